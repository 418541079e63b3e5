using Dapper;
using Foreshard;
using Foreshard.Moving;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite;

var shop = StoreSchema.Define(schema => schema.Entity("customer", KeyKind.Integer, customer => customer
    .Root("customers", "id").KeyColumn("customer_id").GroupBySegment("region").Splittable()));
await using var store = await EntityStore.OpenAsync("shop.foreshard", shop);
await store.ApplySchemaAsync(1, """
    CREATE TABLE customers (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL);
    CREATE TABLE orders (customer_id INTEGER NOT NULL REFERENCES customers (id), region TEXT NOT NULL,
        id INTEGER NOT NULL, total INTEGER NOT NULL, PRIMARY KEY (customer_id, region, id));
    """);

var ada = shop["customer"].Key(42);
await store.ExecuteAsync(ada, default, "INSERT INTO customers VALUES (42, 'Ada') ON CONFLICT DO NOTHING");
await using (var session = await store.BeginAsync(ada, group: "us")) // one transaction on one real connection
{
    var order = new { id = store.Ids.Next(), total = 100 };
    await session.Connection.ExecuteAsync("INSERT INTO orders VALUES (42, 'us', @id, @total)", order, session.Transaction);
    await session.CommitAsync();
}

if (store.Where(ada).Shards.Count == 1) await store.SplitAsync(ada, SplitPoints.Segments(["us"]));
await store.MoveAsync(ada, store.Where(ada, "us").Partition == "p1" ? "p2" : "p1", group: "us"); // while sessions go on
foreach (var shard in store.Where(ada).Shards) Console.WriteLine($"{ada} {shard.Scope} is on partition {shard.Partition}");
var orders = await store.QueryAsync(ada, "SELECT count(*) FROM orders WHERE customer_id = 42", row => row.GetInt64(0));
Console.WriteLine($"orders, read with the same SQL as before: {orders[0]}");
