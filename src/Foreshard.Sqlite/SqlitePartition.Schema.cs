using Foreshard.Partitions;
using Foreshard.Schema;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

internal sealed partial class SqlitePartition
{
    public async ValueTask ApplySchemaAsync(long version, string sql, Func<Catalogue, StoreLayout>? accept, CancellationToken cancellationToken)
    {
        using var turn = await EnterWriterAsync(cancellationToken).ConfigureAwait(false);

        // Foreign keys off, as SQLite's own recipe for rebuilding a table asks; whether all hold is looked at before the commit.
        using var connection = Files.Open(SqliteOpenMode.ReadWrite, foreignKeys: false);
        using var authorizer = new Authorizer(connection.Handle!.DangerousGetHandle());
        Functions.Register(connection, static (_, _, _) => false, static (_, _) => false);
        try
        {
            PartitionFiles.Execute(connection, "PRAGMA synchronous = FULL");
            using var transaction = connection.BeginTransaction();
            if (PartitionFiles.Scalar(connection, $"SELECT 1 FROM foreshard_schema WHERE version = {Sql.Number(version)}", transaction) is not null) return;
            var ours = DropTriggers(connection, transaction);
            authorizer.NoInsertInto =
                layout.Layout.Entities.SelectMany(entity => entity.Tables).Select(table => table.Name).ToHashSet(StringComparer.Ordinal);
            RunScript(connection, transaction, version, sql, authorizer);
            RestoreTriggers(connection, transaction, ours);
            PartitionFiles.Execute(connection, $"INSERT INTO foreshard_schema (version) VALUES ({Sql.Number(version)})", transaction);
            if (accept is not null) RefuseNewRows(connection, transaction, version, accept(SqliteCatalogue.Read(connection)));
            transaction.Commit();
        }
        catch (SqliteException exception)
        {
            throw PartitionFileException.From(exception, Name, Files.Path, "written");
        }
    }

    public async ValueTask CopyReferencesAsync(IPartition source, CancellationToken cancellationToken)
    {
        var from = (SqlitePartition)source;
        using var turn = await EnterWriterAsync(cancellationToken).ConfigureAwait(false);
        using var connection = Files.Open(SqliteOpenMode.ReadWrite, foreignKeys: false, triggers: false);
        try
        {
            PartitionFiles.Execute(connection, $"PRAGMA synchronous = FULL; ATTACH DATABASE {Sql.Text(from.Files.Uri + "?mode=ro")} AS src");
            using var transaction = connection.BeginTransaction();
            foreach (var table in layout.Layout.References)
            {
                PartitionFiles.Execute(
                    connection,
                    $"DELETE FROM main.{Sql.Name(table.Name)}; "
                    + $"INSERT INTO main.{Sql.Name(table.Name)} ({Sql.Names(table.Columns)}) SELECT {Sql.Names(table.Columns)} FROM src.{Sql.Name(table.Name)}",
                    transaction);
            }

            PartitionFiles.Execute(connection, "INSERT OR IGNORE INTO main.foreshard_reference SELECT number FROM src.foreshard_reference", transaction);
            transaction.Commit();
        }
        catch (SqliteException exception)
        {
            throw PartitionFileException.From(exception, Name, Files.Path, "written");
        }
    }

    public async ValueTask<IPreparedWrite> PrepareReferenceAsync(ReferenceWrite write, CancellationToken cancellationToken)
    {
        var turn = await EnterWriterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return PreparedReference.Begin(this, turn, write, layout);
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A script may rebuild tables and change their rows, on every partition alike: our triggers are out of its way meanwhile.
    /// </summary>
    private static List<(string Table, string Sql)> DropTriggers(SqliteConnection connection, SqliteTransaction transaction)
    {
        var triggers = PartitionTables.Rows(
            connection,
            "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'foreshard\\_%' ESCAPE '\\'",
            reader => (Name: reader.GetString(0), Table: reader.GetString(1), Sql: reader.GetString(2)),
            transaction);
        foreach (var (name, _, _) in triggers) PartitionFiles.Execute(connection, $"DROP TRIGGER {Sql.Name(name)}", transaction);
        return [.. triggers.Select(trigger => (trigger.Table, trigger.Sql))];
    }

    /// <summary>Sessions that go on before the new layout is in use are checked and logged as before.</summary>
    private static void RestoreTriggers(SqliteConnection connection, SqliteTransaction transaction, List<(string Table, string Sql)> triggers)
    {
        foreach (var (_, sql) in triggers.Where(trigger => Exists(connection, trigger.Table, transaction)))
            PartitionFiles.Execute(connection, sql, transaction);
    }

    /// <summary>Rows in a table that has just become a member's would be on every partition, and belong to one.</summary>
    private void RefuseNewRows(SqliteConnection connection, SqliteTransaction transaction, long version, StoreLayout next)
    {
        var known = layout.Layout.Entities.SelectMany(entity => entity.Tables).Select(table => table.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var table in next.Entities.SelectMany(entity => entity.Tables).Where(table => !known.Contains(table.Name)))
        {
            if (PartitionFiles.Scalar(connection, $"SELECT 1 FROM {Sql.Name(table.Name)} LIMIT 1", transaction) is not null)
                throw new SchemaScriptException(version, $"it adds rows to '{table.Name}', which would be on every partition; write them in sessions");
        }
    }

    private static void RunScript(SqliteConnection connection, SqliteTransaction transaction, long version, string sql, Authorizer authorizer)
    {
        try
        {
            authorizer.Enter(Permit.SchemaScript);
            PartitionFiles.Execute(connection, sql, transaction);
            authorizer.Enter(Permit.Everything);
            if (PartitionFiles.Scalar(connection, "SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1", transaction) is string table)
                throw new SchemaScriptException(version, $"it leaves rows in table '{table}' whose foreign keys point at nothing");
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode is 1 or 18 or 19 or 20 or 23 or 25)
        {
            throw new SchemaScriptException(version, authorizer.Violation ?? exception.Message, exception);
        }
        finally
        {
            authorizer.Enter(Permit.Everything);
        }
    }
}
