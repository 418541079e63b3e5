using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite.Tests.Stores;

/// <summary>A database in memory that hears the same statements as a store: what the store's answers are compared with.</summary>
internal sealed class OneFile : IDisposable
{
    private readonly SqliteConnection connection = new("Data Source=:memory:;Foreign Keys=True;Pooling=False");

    public OneFile() => connection.Open();

    /// <summary>All statements or none.</summary>
    public void Execute(string sql)
    {
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
        transaction.Commit();
    }

    public List<string> Read(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(TempStore.Line(reader));
        return rows;
    }

    public void Dispose() => connection.Dispose();
}
