using Foreshard.Sessions;
using Microsoft.EntityFrameworkCore;

internal sealed class ShopContext(DbContextOptions<ShopContext> options) : DbContext(options)
{
    public DbSet<Customer> Customers => Set<Customer>();

    public DbSet<Order> Orders => Set<Order>();

    /// <summary>A context on the session's connection, in its transaction.</summary>
    public static async Task<ShopContext> OnAsync(EntitySession session)
    {
        var options = new DbContextOptionsBuilder<ShopContext>().UseSqlite(session.Connection).Options;
        var context = new ShopContext(options);
        await context.Database.UseTransactionAsync(session.Transaction);
        return context;
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.Entity<Order>().HasKey(order => new { order.CustomerId, order.PlacedOn, order.Id });
}

internal sealed class Customer
{
    public long Id { get; set; }

    public string Name { get; set; } = "";
}

internal sealed class Order
{
    public long CustomerId { get; set; }

    public DateOnly PlacedOn { get; set; }

    public long Id { get; set; }

    public long Total { get; set; }
}
