using Foreshard.Schema;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>A script of CREATE statements, looked at before any database exists.</summary>
internal static class SqliteSchemaFile
{
    /// <summary>The catalogue of the database that the script makes. The database lives in memory and is thrown away.</summary>
    /// <exception cref="SchemaException">The script fails or attaches a file; the message says why, as SQLite puts it.</exception>
    public static Catalogue ReadCatalogue(string script)
    {
        using var connection = new SqliteConnection("Data Source=:memory:;Pooling=False");
        connection.Open();

        // A script of the application's may do anything to a database, but not to files beside it.
        SQLitePCL.raw.sqlite3_limit(connection.Handle, SQLitePCL.raw.SQLITE_LIMIT_ATTACHED, 0);
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = script;
            command.ExecuteNonQuery();
        }
        catch (SqliteException exception)
        {
            throw new SchemaException([new(
                RuleNames.SchemaFile, "", "", $"The SQL script fails: {exception.Message}",
                "Correct the script; it has to run on an empty database from beginning to end.")]);
        }

        return SqliteCatalogue.Read(connection, withReservedNames: true);
    }
}
