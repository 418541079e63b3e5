using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;

namespace Foreshard.Sqlite.Tests.Crash;

public sealed class CoreLogTests
{
    /// <summary>
    /// A log that outlived its session would be replayed at the next opening from a partition that has no rows of the entity any more:
    /// as if all of them had been deleted.
    /// </summary>
    [Fact]
    public async Task A_core_row_written_while_a_split_waits_leaves_no_log_to_be_replayed()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(42, 3, "eu", "us");
        await shop.Store.IsolateAsync(Shop.Customer(42));
        var from = shop.Store.Where(Shop.Customer(42)).Shards[0].Partition;
        var (first, second) = from == "p1" ? ("p2", "p3") : from == "p2" ? ("p1", "p3") : ("p1", "p2");
        Task split;
        await using (await shop.Store.BeginAsync(Shop.Customer(42), default, SessionOptions.Read))
        {
            split = Task.Run(() => shop.Store.SplitAsync(Shop.Customer(42), Moving.SplitPoints.Segments(["us"])));
            await WaitForAsync(() => shop.ReadFile(from, "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'foreshard_core%'") is > 0L);
            await shop.Store.ExecuteAsync(Shop.Customer(42), default, "UPDATE customers SET name = 'renamed' WHERE id = 42");
        }

        await split;
        Assert.Equal(0L, shop.ReadFile(from, "SELECT count(*) FROM foreshard_core_customers"));
        await shop.Store.MoveAsync(Shop.Customer(42), first, "us");
        await shop.Store.MoveAsync(Shop.Customer(42), second, "eu");
        await shop.ReopenAsync();

        Assert.Equal("renamed", await shop.ReadAsync(42, "SELECT name FROM customers WHERE id = 42"));
        await shop.AssertWholeAsync();
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        for (var tries = 0; !condition(); tries++)
        {
            Assert.True(tries < 500, "What was waited for did not come within 5 s.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}
