using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite;
using Microsoft.Data.Sqlite;

namespace Foreshard.Benchmarks;

/// <summary>A store of accounts in a folder that is deleted afterwards, and the same tables in a file of their own for the bare driver.</summary>
internal sealed class BenchStore : IDisposable
{
    public const string Ddl = """
        CREATE TABLE accounts (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, balance INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE orders (account_id INTEGER NOT NULL REFERENCES accounts (id), region TEXT NOT NULL, id INTEGER NOT NULL, total INTEGER NOT NULL,
            note TEXT NOT NULL, PRIMARY KEY (account_id, region, id));
        CREATE TABLE lines (account_id INTEGER NOT NULL, region TEXT NOT NULL, order_id INTEGER NOT NULL, line INTEGER NOT NULL, item TEXT NOT NULL,
            PRIMARY KEY (account_id, region, order_id, line),
            FOREIGN KEY (account_id, region, order_id) REFERENCES orders (account_id, region, id));
        """;

    public BenchStore(int partitions, Action<SqliteStoreOptions>? configure = null)
    {
        Folder = Path.Combine(Path.GetTempPath(), "foreshard-bench", Guid.NewGuid().ToString("N"));
        var options = new SqliteStoreOptions { InitialPartitions = partitions };
        configure?.Invoke(options);
        Store = EntityStore.OpenAsync(Folder, Schema, options).GetAwaiter().GetResult();
        Store.ApplySchemaAsync(1, Ddl).GetAwaiter().GetResult();
    }

    public static StoreSchema Schema { get; } = StoreSchema.Define(schema => schema
        .Entity("account", KeyKind.Integer, account => account.Root("accounts", "id").KeyColumn("account_id").GroupBySegment("region").Splittable()));

    public string Folder { get; }

    public EntityStore Store { get; }

    public static EntityKey Account(long id) => Schema["account"].Key(id);

    public string FileOf(string partition) => Directory.EnumerateFiles(Folder, $"p*-{partition}.db").Single();

    /// <summary>The same tables in a file of its own, opened as the store opens its files.</summary>
    public SqliteConnection OpenBare(string name)
    {
        var path = Path.Combine(Folder, name);
        var isNew = !File.Exists(path);
        var connection = new SqliteConnection($"Data Source={path};Pooling=False;Foreign Keys=True");
        connection.Open();
        Execute(connection, null, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192");
        if (isNew) Execute(connection, null, Ddl);
        return connection;
    }

    public static int Execute(SqliteConnection connection, SqliteTransaction? transaction, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        return command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        Store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(Folder, recursive: true);
    }
}
