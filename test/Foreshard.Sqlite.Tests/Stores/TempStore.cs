using System.Data.Common;
using System.Globalization;
using Foreshard.Schema;
using Foreshard.Sessions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite.Tests.Stores;

/// <summary>A store of any schema in a folder of its own that is deleted afterwards.</summary>
internal sealed class TempStore : IAsyncDisposable
{
    private readonly StoreSchema schema;

    private TempStore(string folder, StoreSchema schema, EntityStore store)
    {
        Folder = folder;
        this.schema = schema;
        Store = store;
    }

    public string Folder { get; }

    public EntityStore Store { get; private set; }

    public static async Task<TempStore> OpenAsync(StoreSchema schema, string ddl, SqliteStoreOptions? options = null)
    {
        var folder = Path.Combine(Path.GetTempPath(), "foreshard-tests", Guid.NewGuid().ToString("N"));
        var store = await EntityStore.OpenAsync(folder, schema, options ?? Shop.Options());
        await store.ApplySchemaAsync(1, ddl);
        return new TempStore(folder, schema, store);
    }

    public async Task ReopenAsync(SqliteStoreOptions? options = null)
    {
        await Store.DisposeAsync();
        Store = await EntityStore.OpenAsync(Folder, schema, options ?? Shop.Options());
    }

    public Task<int> RunAsync(EntityKey entity, GroupKey group, string sql) => Store.ExecuteAsync(entity, group, sql);

    public string PartitionOf(EntityKey entity, GroupKey group = default) =>
        group.IsNone ? Store.Where(entity).Shards[0].Partition : Store.Where(entity, group).Partition;

    /// <summary>A partition that none of the entity's shards is on.</summary>
    public string AnotherThan(EntityKey entity) =>
        Store.Partitions.Select(partition => partition.Name).First(name => Store.Where(entity).Shards.All(shard => shard.Partition != name));

    public Task<IReadOnlyList<string>> ReadAsync(EntityKey entity, string sql, GroupKey group = default) => Store.QueryAsync(entity, sql, Line, group: group);

    /// <summary>What a partition's file holds, asked past the store: each row as its values with bars between them.</summary>
    public IReadOnlyList<string> ReadFile(string partition, string sql)
    {
        using var connection = Connect(partition, SqliteOpenMode.ReadOnly);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read()) rows.Add(Line(reader));
        return rows;
    }

    /// <summary>Writes to a partition's file past the store: no foreign key is checked and no trigger fires.</summary>
    public void WriteFile(string partition, string sql)
    {
        using var connection = Connect(partition, SqliteOpenMode.ReadWrite);
        _ = SQLitePCL.raw.sqlite3_db_config(connection.Handle, Native.ConfigEnableTrigger, 0, out _);
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public async Task AssertWholeAsync() => Assert.Empty(await Store.VerifyAsync());

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    public static string Line(DbDataReader reader) => string.Join(
        '|', Enumerable.Range(0, reader.FieldCount).Select(field => Convert.ToString(reader.GetValue(field), CultureInfo.InvariantCulture)));

    private SqliteConnection Connect(string partition, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Directory.EnumerateFiles(Folder, $"p*-{partition}.db").Single(),
            Mode = mode,
            Pooling = false,
            ForeignKeys = false,
        }.ToString());
        connection.Open();
        return connection;
    }
}
