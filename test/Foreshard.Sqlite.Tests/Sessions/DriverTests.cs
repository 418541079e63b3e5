using Dapper;
using Foreshard.Moving;
using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Foreshard.Sqlite.Tests.Sessions;

/// <summary>What applications use on connections works on a session's unchanged, split or not.</summary>
public sealed class DriverTests
{
    private static readonly int[] Totals = [5, 6, 10];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dapper_queries_and_executes(bool isSplit)
    {
        await using var shop = await OpenAsync(isSplit);
        await using (var session = await shop.Store.BeginAsync(Shop.Customer(1), "eu"))
        {
            var inserted = await session.Connection.ExecuteAsync(
                "INSERT INTO orders (customer_id, region, id, total) VALUES (@Customer, @Region, @Id, @Total)",
                new[] { new { Customer = 1L, Region = "eu", Id = 50L, Total = 5L }, new { Customer = 1L, Region = "eu", Id = 51L, Total = 6L } },
                session.Transaction);
            Assert.Equal(2, inserted);
            await session.CommitAsync();
        }

        await using var whole = await shop.Store.BeginAsync(Shop.Customer(1), default, SessionOptions.Read);
        var orders = (await whole.Connection.QueryAsync<Order>(
            "SELECT customer_id AS CustomerId, region AS Region, id AS Id, total AS Total FROM orders "
            + "WHERE customer_id = @id AND total IN @totals ORDER BY region, id",
            new { id = 1, totals = Totals }, whole.Transaction)).ToList();
        var name = await whole.Connection.ExecuteScalarAsync<string>("SELECT name FROM customers WHERE id = @id", new { id = 1 }, whole.Transaction);

        Assert.Equal([("eu", 1L), ("eu", 50L), ("eu", 51L), ("us", 1L)], orders.Select(order => (order.Region, order.Id)));
        Assert.Equal("c1", name);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Entity_framework_queries_and_saves(bool isSplit)
    {
        await using var shop = await OpenAsync(isSplit);
        await using (var session = await shop.Store.BeginAsync(Shop.Customer(1), "us"))
        {
            await using var context = await ShopContext.OnAsync(session);
            var first = await context.Orders.SingleAsync(order => order.CustomerId == 1 && order.Region == "us" && order.Id == 1);
            first.Total = 99;
            context.Orders.Add(new Order { CustomerId = 1, Region = "us", Id = 60, Total = 7 });
            context.Orders.Remove(await context.Orders.SingleAsync(order => order.CustomerId == 1 && order.Region == "us" && order.Id == 2));
            Assert.Equal(3, await context.SaveChangesAsync());
            await context.Orders.Where(order => order.CustomerId == 1 && order.Region == "us" && order.Id == 60)
                .ExecuteUpdateAsync(set => set.SetProperty(order => order.Total, 8));
            await session.CommitAsync();
        }

        await using (var session = await shop.Store.BeginAsync(Shop.Customer(1)))
        {
            await using var context = await ShopContext.OnAsync(session);
            (await context.Customers.SingleAsync(customer => customer.Id == 1)).Name = "renamed";
            await context.SaveChangesAsync();
            await session.CommitAsync();
        }

        await using var whole = await shop.Store.BeginAsync(Shop.Customer(1), default, SessionOptions.Read);
        await using var reading = await ShopContext.OnAsync(whole);
        var sums = await reading.Orders.Where(order => order.CustomerId == 1).GroupBy(order => order.Region)
            .Select(group => new { group.Key, Sum = group.Sum(order => order.Total) }).OrderBy(group => group.Key).ToListAsync();
        var joined = await (from customer in reading.Customers
                            join order in reading.Orders on customer.Id equals order.CustomerId
                            where customer.Id == 1 && order.Total > 90
                            select customer.Name).ToListAsync();

        Assert.Equal([("eu", 60L), ("us", 137L)], sums.Select(sum => (sum.Key, sum.Sum)));
        Assert.Equal(["renamed"], joined);
        await shop.AssertWholeAsync();
    }

    [Fact]
    public async Task What_entity_framework_left_undone_is_rolled_back_with_the_session()
    {
        await using var shop = await OpenAsync(isSplit: false);
        await using (var session = await shop.Store.BeginAsync(Shop.Customer(1), "us"))
        {
            await using var context = await ShopContext.OnAsync(session);
            context.Orders.Add(new Order { CustomerId = 1, Region = "us", Id = 60, Total = 7 });
            await context.SaveChangesAsync();
            context.Orders.Add(new Order { CustomerId = 77, Region = "us", Id = 61, Total = 7 });
            await Assert.ThrowsAsync<DbUpdateException>(() => context.SaveChangesAsync());
        }

        Assert.Equal(6L, await shop.ReadAsync(1, "SELECT count(*) FROM orders"));
    }

    [Fact]
    public async Task One_shot_calls_take_arguments_with_or_without_prefix()
    {
        await using var shop = await OpenAsync(isSplit: true);

        var changed = await shop.Store.ExecuteAsync(
            Shop.Customer(1), "eu", "UPDATE orders SET total = @total WHERE customer_id = 1 AND region = 'eu' AND id = $id",
            new Dictionary<string, object?> { ["total"] = 5, ["$id"] = 1 });
        var totals = await shop.Store.QueryAsync(
            Shop.Customer(1), "SELECT total FROM orders WHERE customer_id = @id AND NULL IS @none ORDER BY total LIMIT 2",
            reader => reader.GetInt64(0), new Dictionary<string, object?> { ["id"] = 1L, ["@none"] = null });

        Assert.Equal(1, changed);
        Assert.Equal([5, 10], totals);
    }

    private static async Task<Shop> OpenAsync(bool isSplit)
    {
        var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(1, 3, "eu", "us");
        if (!isSplit) return shop;
        await shop.Store.SplitAsync(Shop.Customer(1), SplitPoints.Segments(["us"]));
        await shop.Store.MoveAsync(Shop.Customer(1), shop.Store.Where(Shop.Customer(1)).Shards[0].Partition == "p1" ? "p2" : "p1", "us");
        return shop;
    }

    internal sealed class Order
    {
        public long CustomerId { get; set; }

        public string Region { get; set; } = "";

        public long Id { get; set; }

        public long Total { get; set; }
    }

    internal sealed class Customer
    {
        public long Id { get; set; }

        public string Name { get; set; } = "";
    }

    private sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
    {
        public DbSet<Order> Orders => Set<Order>();

        public DbSet<Customer> Customers => Set<Customer>();

        public static async Task<ShopContext> OnAsync(EntitySession session)
        {
            var context = new ShopContext(new DbContextOptionsBuilder<ShopContext>().UseSqlite((SqliteConnection)session.Connection).Options);
            await context.Database.UseTransactionAsync(session.Transaction);
            return context;
        }

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            modelBuilder.Entity<Customer>(customer =>
            {
                customer.ToTable("customers").HasKey(row => row.Id);
                customer.Property(row => row.Id).HasColumnName("id");
                customer.Property(row => row.Name).HasColumnName("name");
            });
            modelBuilder.Entity<Order>(order =>
            {
                order.ToTable("orders").HasKey(row => new { row.CustomerId, row.Region, row.Id });
                order.Property(row => row.CustomerId).HasColumnName("customer_id");
                order.Property(row => row.Region).HasColumnName("region");
                order.Property(row => row.Id).HasColumnName("id");
                order.Property(row => row.Total).HasColumnName("total");
            });
        }
    }
}
