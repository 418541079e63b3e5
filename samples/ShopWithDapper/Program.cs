using Dapper;
using Foreshard;
using Foreshard.Moving;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite;

var shop = StoreSchema.Define(schema => schema
    .Entity("customer", KeyKind.Integer, customer => customer
        .Root("customers", "id").KeyColumn("customer_id").GroupBySegment("region").Splittable())
    .Reference("countries"));

await using var store = await EntityStore.OpenAsync("dapper.foreshard", shop);
await store.ApplySchemaAsync(1, """
    CREATE TABLE countries (code TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);
    CREATE TABLE customers (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL,
        country TEXT NOT NULL REFERENCES countries (code));
    CREATE TABLE orders (customer_id INTEGER NOT NULL REFERENCES customers (id), region TEXT NOT NULL,
        id INTEGER NOT NULL, total INTEGER NOT NULL, PRIMARY KEY (customer_id, region, id));
    INSERT INTO countries VALUES ('gb', 'United Kingdom'), ('us', 'United States');
    """);

var ada = shop["customer"].Key(42);
await store.RunAsync(ada, default, session => session.Connection.ExecuteAsync(
    "INSERT INTO customers VALUES (@id, @name, @country) ON CONFLICT DO NOTHING",
    new { id = 42, name = "Ada", country = "gb" }, session.Transaction));

foreach (var region in new[] { "eu", "us" })
{
    await using var session = await store.BeginAsync(ada, region);
    var orders = Enumerable.Range(1, 3).Select(n => new { customer = 42, region, id = store.Ids.Next(), total = 10 * n });
    await session.Connection.ExecuteAsync(
        "INSERT INTO orders VALUES (@customer, @region, @id, @total)", orders, session.Transaction);
    await session.CommitAsync();
}

async Task PrintOrdersAsync()
{
    await using var session = await store.BeginAsync(ada, options: SessionOptions.Read);
    var regions = await session.Connection.QueryAsync<(string Name, long Orders, long Total)>(
        "SELECT region, count(*), sum(total) FROM orders WHERE customer_id = @id GROUP BY region ORDER BY region",
        new { id = 42 }, session.Transaction);
    foreach (var region in regions) Console.WriteLine($"{region.Name}: {region.Orders} orders, {region.Total} in all");
}

await PrintOrdersAsync();

if (store.Where(ada).Shards.Count == 1)
{
    await store.SplitAsync(ada, SplitPoints.Segments(["us"]));
    var move = await store.MoveAsync(ada, "p2", group: "us");
    Console.WriteLine($"split, and moved the region us to p2; sessions waited {move.Stall.TotalMilliseconds:0} ms");
    await PrintOrdersAsync();
}
