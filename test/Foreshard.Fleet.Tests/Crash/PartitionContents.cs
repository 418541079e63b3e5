using Npgsql;

namespace Foreshard.Fleet.Tests.Crash;

/// <summary>A partition's database, read past the store: what is in it counts, whoever may see it.</summary>
internal sealed class PartitionContents : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;

    private PartitionContents(string name, NpgsqlConnection connection)
    {
        Name = name;
        this.connection = connection;
    }

    public string Name { get; }

    public static async Task<PartitionContents> OpenAsync(string name, string location)
    {
        var connection = new NpgsqlConnection(location + ";Pooling=false;Application Name=check");
        await connection.OpenAsync();
        return new PartitionContents(name, connection);
    }

    public async Task<List<object[]>> RowsAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<object[]>();
        while (await reader.ReadAsync())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }

    public async Task<List<string>> TextsAsync(string sql) => [.. (await RowsAsync(sql)).Select(row => string.Join('|', row))];

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
