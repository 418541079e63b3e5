using Foreshard.Moving;
using Foreshard.Schema;
using Foreshard.Sessions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite.Tests.Stores;

/// <summary>A store in a folder of its own that is deleted afterwards: customers with orders by region, their lines, and notes.</summary>
internal sealed class Shop : IAsyncDisposable
{
    public const string Ddl = """
        CREATE TABLE countries (code TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);
        CREATE TABLE customers (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, balance INTEGER NOT NULL DEFAULT 0,
            country TEXT REFERENCES countries (code));
        CREATE TABLE notes (customer_id INTEGER NOT NULL REFERENCES customers (id), id INTEGER NOT NULL, text TEXT NOT NULL,
            PRIMARY KEY (customer_id, id)) WITHOUT ROWID;
        CREATE TABLE orders (customer_id INTEGER NOT NULL REFERENCES customers (id), region TEXT NOT NULL, id INTEGER NOT NULL, total INTEGER NOT NULL,
            doubled INTEGER GENERATED ALWAYS AS (total * 2) STORED, PRIMARY KEY (customer_id, region, id));
        CREATE TABLE order_lines (customer_id INTEGER NOT NULL, region TEXT NOT NULL, order_id INTEGER NOT NULL, line INTEGER NOT NULL, item TEXT NOT NULL,
            PRIMARY KEY (customer_id, region, order_id, line),
            FOREIGN KEY (customer_id, region, order_id) REFERENCES orders (customer_id, region, id) ON DELETE CASCADE);
        """;

    private Shop(string folder, EntityStore store)
    {
        Folder = folder;
        Store = store;
    }

    public static StoreSchema Schema { get; } = StoreSchema.Define(schema => schema
        .Entity("customer", KeyKind.Integer, customer => customer
            .Root("customers", "id")
            .KeyColumn("customer_id")
            .GroupBySegment("region")
            .Splittable())
        .Reference("countries"));

    public string Folder { get; }

    public EntityStore Store { get; private set; }

    public static EntityKey Customer(long id) => Schema["customer"].Key(id);

    public static async Task<Shop> OpenAsync(SqliteStoreOptions? options = null)
    {
        var folder = Path.Combine(Path.GetTempPath(), "foreshard-tests", Guid.NewGuid().ToString("N"));
        var store = await EntityStore.OpenAsync(folder, Schema, options ?? Options());
        await store.ApplySchemaAsync(1, Ddl);
        return new Shop(folder, store);
    }

    /// <summary>Whether a move is live depends on its rows alone, not on how busy the machine is.</summary>
    public static SqliteStoreOptions Options(Action<string>? reached = null) => new()
    {
        InitialPartitions = 3,
        Buckets = 16,
        StepReached = reached,
        Moves = new MoveOptions { QuickToFind = TimeSpan.FromMinutes(1) },
    };

    public async Task ReopenAsync(SqliteStoreOptions? options = null)
    {
        await Store.DisposeAsync();
        Store = await EntityStore.OpenAsync(Folder, Schema, options ?? Options());
    }

    /// <summary>A customer with so many orders of two lines in each region, and a note.</summary>
    public async Task AddCustomerAsync(long id, int orders, params string[] regions)
    {
        await using (var whole = await Store.BeginAsync(Customer(id)))
        {
            Execute(whole, $"INSERT INTO customers (id, name) VALUES ({id}, 'c{id}'); INSERT INTO notes VALUES ({id}, 1, 'first')");
            await whole.CommitAsync();
        }

        foreach (var region in regions) await AddOrdersAsync(id, region, 1, orders);
    }

    public async Task AddOrdersAsync(long id, string region, int first, int count)
    {
        await using var session = await Store.BeginAsync(Customer(id), region);
        Execute(session, $"""
            WITH RECURSIVE n (i) AS (VALUES ({first}) UNION ALL SELECT i + 1 FROM n WHERE i < {first + count - 1})
            INSERT INTO orders (customer_id, region, id, total) SELECT {id}, '{region}', i, i * 10 FROM n;
            WITH RECURSIVE n (i) AS (VALUES ({first}) UNION ALL SELECT i + 1 FROM n WHERE i < {first + count - 1})
            INSERT INTO order_lines SELECT {id}, '{region}', i, l.column1, 'item ' || i FROM n, (VALUES (1), (2)) l
            """);
        await session.CommitAsync();
    }

    public static int Execute(EntitySession session, string sql)
    {
        using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = session.Transaction;
        return command.ExecuteNonQuery();
    }

    public static object? Scalar(EntitySession session, string sql)
    {
        using var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = session.Transaction;
        return command.ExecuteScalar();
    }

    public async Task<object?> ReadAsync(long id, string sql, GroupKey group = default)
    {
        await using var session = await Store.BeginAsync(Customer(id), group, SessionOptions.Read);
        return Scalar(session, sql);
    }

    /// <summary>What a partition's file holds, asked past the store.</summary>
    public object? ReadFile(string partition, string sql)
    {
        var file = Directory.EnumerateFiles(Folder, $"p*-{partition}.db").Single();
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False;Mode=ReadOnly");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    public async Task AssertWholeAsync() => Assert.Empty(await Store.VerifyAsync());

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
