using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>A prepared statement of the mapping store's one connection, with its values by position: <c>$1</c>, <c>$2</c> …</summary>
internal sealed class SqliteMappingStoreStatement : IDisposable
{
    private readonly SqliteCommand command;

    public SqliteMappingStoreStatement(SqliteConnection connection, string sql)
    {
        command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 1; sql.Contains($"${i}", StringComparison.Ordinal); i++) command.Parameters.Add(new SqliteParameter($"${i}", null));
    }

    /// <summary>Runs it; how many rows it wrote.</summary>
    public int Run(params ReadOnlySpan<object> values) => Bind(values).ExecuteNonQuery();

    /// <summary>The first column of its first row, or null.</summary>
    public object? Value(params ReadOnlySpan<object> values) => Bind(values).ExecuteScalar();

    public List<T> Rows<T>(Func<SqliteDataReader, T> read, params ReadOnlySpan<object> values)
    {
        using var reader = Bind(values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    public void Dispose() => command.Dispose();

    private SqliteCommand Bind(ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command;
    }
}
