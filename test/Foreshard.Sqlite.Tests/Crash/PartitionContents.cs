using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite.Tests.Crash;

/// <summary>A partition's file, read past the store: what is in it counts, whoever may see it.</summary>
internal sealed class PartitionContents : IDisposable
{
    private readonly SqliteConnection connection;

    public PartitionContents(string file)
    {
        Name = Path.GetFileNameWithoutExtension(file).Split('-')[1];
        connection = new SqliteConnection($"Data Source={file};Pooling=False;Mode=ReadOnly");
        connection.Open();
    }

    public string Name { get; }

    public static IReadOnlyList<PartitionContents> OpenAll(string folder) =>
        [.. Directory.EnumerateFiles(folder, "p*-p*.db").Order(StringComparer.Ordinal).Select(file => new PartitionContents(file))];

    public List<object[]> Rows(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<object[]>();
        while (reader.Read())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }

    public IEnumerable<string> Texts(string sql) => Rows(sql).Select(row => string.Join('|', row));

    public void Dispose() => connection.Dispose();
}
