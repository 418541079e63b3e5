using Foreshard;
using Foreshard.Moving;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite;
using Microsoft.EntityFrameworkCore;

var shop = StoreSchema.Define(schema => schema
    .Entity("customer", KeyKind.Integer, customer => customer
        .Root("Customers", "Id").KeyColumn("CustomerId").GroupByInterval("PlacedOn", GroupKind.Date).Splittable()));

await using var store = await EntityStore.OpenAsync("efcore.foreshard", shop);
await store.ApplySchemaAsync(1, """
    CREATE TABLE Customers (Id INTEGER PRIMARY KEY NOT NULL, Name TEXT NOT NULL);
    CREATE TABLE Orders (CustomerId INTEGER NOT NULL REFERENCES Customers (Id), PlacedOn TEXT NOT NULL,
        Id INTEGER NOT NULL, Total INTEGER NOT NULL, PRIMARY KEY (CustomerId, PlacedOn, Id));
    """);

var ada = shop["customer"].Key(42);
await using (var session = await store.BeginAsync(ada))
{
    await using var context = await ShopContext.OnAsync(session);
    if (await context.Customers.FindAsync(42L) is null) context.Customers.Add(new Customer { Id = 42, Name = "Ada" });
    await context.SaveChangesAsync();
    await session.CommitAsync();
}

foreach (var day in new[] { new DateOnly(2025, 11, 28), new DateOnly(2026, 3, 1) })
{
    await using var session = await store.BeginAsync(ada, day);
    await using var context = await ShopContext.OnAsync(session);
    foreach (var total in new[] { 10, 20, 30 })
        context.Orders.Add(new Order { CustomerId = 42, PlacedOn = day, Id = store.Ids.Next(), Total = total });
    await context.SaveChangesAsync();
    await session.CommitAsync();
}

async Task PrintOrdersAsync()
{
    await using var session = await store.BeginAsync(ada, options: SessionOptions.Read);
    await using var context = await ShopContext.OnAsync(session);
    var days = await context.Orders.Where(order => order.CustomerId == 42)
        .GroupBy(order => order.PlacedOn)
        .Select(orders => new { Day = orders.Key, Count = orders.Count(), Total = orders.Sum(order => order.Total) })
        .OrderBy(day => day.Day).ToListAsync();
    foreach (var day in days) Console.WriteLine($"{day.Day:yyyy-MM-dd}: {day.Count} orders, {day.Total} in all");
}

await PrintOrdersAsync();

if (store.Where(ada).Shards.Count == 1)
{
    await store.SplitAsync(ada, SplitPoints.At(new DateOnly(2026, 1, 1)));
    var move = await store.MoveAsync(ada, "p2", group: new DateOnly(2025, 1, 1));
    Console.WriteLine($"split, and moved what is before 2026 to p2; sessions waited {move.Stall.TotalMilliseconds:0} ms");
    await PrintOrdersAsync();
}
