using Foreshard.Partitions;
using Foreshard.Schema;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Foreshard.Sqlite;

internal sealed partial class SqlitePartition
{
    public async ValueTask<IPreparedWrite> PrepareSchemaAsync(
        long version, string sql, Func<Catalogue, StoreLayout>? accept, CancellationToken cancellationToken)
    {
        // Foreign keys off, as SQLite's own recipe for rebuilding a table asks; whether all hold is looked at before the commit.
        var turn = await EnterWriterAsync(cancellationToken).ConfigureAwait(false);
        SqliteConnection? connection = null;
        try
        {
            connection = Files.Open(SqliteOpenMode.ReadWrite, foreignKeys: false);
            Functions.Register(connection, static (_, _, _) => false, static (_, _) => false);
            PartitionFiles.Execute(connection, "PRAGMA synchronous = FULL");
            var transaction = connection.BeginTransaction();
            if (PartitionFiles.Scalar(connection, $"SELECT 1 FROM foreshard_schema WHERE version = {Sql.Number(version)}", transaction) is null)
                ChangeSchema(connection, transaction, version, sql, accept);
            return new PreparedWrite(this, transaction, connection, turn);
        }
        catch (Exception exception)
        {
            connection?.Dispose();
            turn.Dispose();
            if (exception is SqliteException failure) throw PartitionFileException.From(failure, Name, Files.Path, "written");
            throw;
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
        PartitionConnection? connection = null;
        try
        {
            connection = new PartitionConnection(this);
            PartitionFiles.Execute(connection.Connection, "PRAGMA synchronous = FULL");
            var transaction = connection.Connection.BeginTransaction();
            var written = $"SELECT 1 FROM foreshard_reference WHERE number = {Sql.Number(write.Number)}";
            if (PartitionFiles.Scalar(connection.Connection, written, transaction) is null)
                WriteReference(connection, transaction, write);
            return new PreparedWrite(this, transaction, connection, turn);
        }
        catch (Exception exception)
        {
            connection?.Authorizer.AllowEnd();
            connection?.Dispose();
            turn.Dispose();
            if (exception is SqliteException { SqliteErrorCode: 23 } && connection?.Authorizer.Violation is { } violation)
                throw new SessionScopeException(violation, exception);
            throw;
        }
    }

    /// <summary>
    /// The statement is judged first without foreign keys: what they look at in the tables of entities is no reading of the statement's.
    /// </summary>
    private void WriteReference(PartitionConnection connection, SqliteTransaction transaction, ReferenceWrite write)
    {
        using (var command = connection.Connection.CreateCommand())
        {
            command.Transaction = transaction;
            command.CommandText = write.Sql;
            foreach (var (name, value) in write.Arguments) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
            EnforceForeignKeys(connection, isOn: false);
            connection.Authorizer.Enter(layout.References);
            command.Prepare();
            EnforceForeignKeys(connection, isOn: true);
            connection.Authorizer.Enter(layout.JudgedReferences);
            command.ExecuteNonQuery();
        }

        connection.Authorizer.Enter(Permit.Everything);
        connection.Authorizer.AllowEnd();
        PartitionFiles.Execute(connection.Connection, $"INSERT INTO foreshard_reference (number) VALUES ({Sql.Number(write.Number)})", transaction);
    }

    /// <summary>Unlike the PRAGMA, this acts inside a transaction.</summary>
    private static void EnforceForeignKeys(PartitionConnection connection, bool isOn) =>
        raw.sqlite3_db_config(connection.Connection.Handle, Native.ConfigEnableForeignKeys, isOn ? 1 : 0, out _);

    private void ChangeSchema(
        SqliteConnection connection, SqliteTransaction transaction, long version, string sql, Func<Catalogue, StoreLayout>? accept)
    {
        using var authorizer = new Authorizer(connection.Handle!.DangerousGetHandle());
        var entities = CountEntities(connection, transaction, layout.Layout);
        var ours = DropTriggers(connection, transaction);
        RunScript(connection, transaction, version, sql, authorizer);
        RestoreTriggers(connection, transaction, ours);
        PartitionFiles.Execute(connection, $"INSERT INTO foreshard_schema (version) VALUES ({Sql.Number(version)})", transaction);
        if (accept is not null) RefuseNewRows(connection, transaction, version, accept(SqliteCatalogue.Read(connection)), entities);
    }

    private static Dictionary<string, long> CountEntities(SqliteConnection connection, SqliteTransaction transaction, StoreLayout of) =>
        of.Entities.ToDictionary(
            entity => entity.Root.Name,
            entity => (long)PartitionFiles.Scalar(connection, $"SELECT count(*) FROM {Sql.Name(entity.Root.Name)}", transaction)!,
            StringComparer.Ordinal);

    private void RefuseNewRows(
        SqliteConnection connection, SqliteTransaction transaction, long version, StoreLayout next, Dictionary<string, long> entitiesBefore)
    {
        ScriptRows.RefuseEntities(version, entitiesBefore, CountEntities(connection, transaction, next));
        foreach (var (table, root, isRootNew) in ScriptRows.NewTables(layout.Layout, next))
        {
            var foreign = isRootNew
                ? ""
                : $"WHERE NOT EXISTS (SELECT 1 FROM {Sql.Name(root.Name)} r WHERE r.{Sql.Name(root.KeyColumn)} = t.{Sql.Name(table.KeyColumn)})";
            if (PartitionFiles.Scalar(connection, $"SELECT 1 FROM {Sql.Name(table.Name)} t {foreign} LIMIT 1", transaction) is not null)
                throw ScriptRows.Refusal(version, table.Name);
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
