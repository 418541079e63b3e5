using Foreshard.Partitions;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Foreshard.Sqlite;

/// <summary>A statement on reference tables that was run inside an open transaction.</summary>
internal static class PreparedReference
{
    /// <param name="partition">Where it runs.</param>
    /// <param name="turn">The right to write, which is given back at the end.</param>
    /// <param name="write">The statement.</param>
    /// <param name="layout">Which tables it may write.</param>
    /// <exception cref="SessionScopeException">It reaches outside of the reference tables.</exception>
    public static PreparedWrite Begin(SqlitePartition partition, IDisposable turn, ReferenceWrite write, LayoutState layout)
    {
        var connection = new PartitionConnection(partition);
        try
        {
            PartitionFiles.Execute(connection.Connection, "PRAGMA synchronous = FULL");
            var transaction = connection.Connection.BeginTransaction();
            var number = Sql.Number(write.Number);
            if (PartitionFiles.Scalar(connection.Connection, $"SELECT 1 FROM foreshard_reference WHERE number >= {number}", transaction) is null)
            {
                Run(connection, transaction, write, layout);
                PartitionFiles.Execute(connection.Connection, $"INSERT INTO foreshard_reference (number) VALUES ({number})", transaction);
            }

            return new PreparedWrite(connection, transaction, turn);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The statement is judged first without foreign keys: what they look at in the tables of entities is no reading of the statement's.
    /// </summary>
    private static void Run(PartitionConnection connection, SqliteTransaction transaction, ReferenceWrite write, LayoutState layout)
    {
        using var command = connection.Connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = write.Sql;
        foreach (var (name, value) in write.Arguments) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        try
        {
            EnforceForeignKeys(connection, isOn: false);
            connection.Authorizer.Enter(layout.References);
            command.Prepare();
            EnforceForeignKeys(connection, isOn: true);
            connection.Authorizer.Enter(layout.JudgedReferences);
            command.ExecuteNonQuery();
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == 23 && connection.Authorizer.Violation is { } violation)
        {
            throw new SessionScopeException(violation, exception);
        }

        connection.Authorizer.Enter(Permit.Everything);
        connection.Authorizer.AllowEnd();
    }

    /// <summary>Unlike the PRAGMA, this acts inside a transaction.</summary>
    private static void EnforceForeignKeys(PartitionConnection connection, bool isOn) =>
        raw.sqlite3_db_config(connection.Connection.Handle, Native.ConfigEnableForeignKeys, isOn ? 1 : 0, out _);
}
