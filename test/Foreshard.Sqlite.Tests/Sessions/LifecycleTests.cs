using Foreshard.Partitions;
using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite.Tests.Sessions;

public sealed class LifecycleTests
{
    private const string Total = "SELECT sum(total) FROM orders WHERE customer_id = 1";

    private static readonly SessionOptions Impatient = new() { WaitLimit = TimeSpan.FromMilliseconds(50) };

    [Fact]
    public async Task What_is_not_committed_is_rolled_back()
    {
        await using var shop = await OpenAsync();

        await using (var dropped = await shop.Store.BeginAsync(Shop.Customer(1), "eu")) Shop.Execute(dropped, "UPDATE orders SET total = 0");
        await Assert.ThrowsAsync<InvalidOperationException>(() => shop.Store.RunAsync(Shop.Customer(1), "eu", session =>
        {
            Shop.Execute(session, "UPDATE orders SET total = 0");
            throw new InvalidOperationException("the application's");
        }));

        Assert.Equal(60L, await shop.ReadAsync(1, Total));
    }

    [Fact]
    public async Task A_session_that_is_over_gives_neither_connection_nor_commit()
    {
        await using var shop = await OpenAsync();
        var session = await shop.Store.BeginAsync(Shop.Customer(1), "eu");
        await session.CommitAsync();

        Assert.Throws<InvalidOperationException>(() => session.Connection);
        Assert.Throws<InvalidOperationException>(() => session.Transaction);
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.CommitAsync().AsTask());
        await session.DisposeAsync();
        await session.DisposeAsync();
    }

    [Fact]
    public async Task A_failed_commit_leaves_the_session_open_to_be_mended()
    {
        await using var shop = await OpenAsync();
        await using var session = await shop.Store.BeginAsync(Shop.Customer(1), "eu");
        Shop.Execute(session, "INSERT INTO orders (customer_id, region, id, total) VALUES (1, 'eu', 50, 5)");

        Assert.Throws<SqliteException>(() => Shop.Execute(session, "INSERT INTO order_lines VALUES (1, 'eu', 77, 1, 'x')"));
        await session.CommitAsync();

        Assert.Equal(65L, await shop.ReadAsync(1, Total));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reader_left_open_keeps_no_old_snapshot_for_the_next_session(bool writes)
    {
        await using var shop = await OpenAsync();
        var session = await shop.Store.BeginAsync(Shop.Customer(1), "eu", writes ? null : SessionOptions.Read);
        var command = session.Connection.CreateCommand();
        command.CommandText = "SELECT * FROM orders";
        command.Transaction = session.Transaction;
        var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        if (writes) await session.CommitAsync();
        else await session.DisposeAsync();
        await shop.AddOrdersAsync(1, "eu", 50, 1);

        Assert.Equal(560L, await shop.ReadAsync(1, Total));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Temporary_tables_end_with_their_session(bool readOnly)
    {
        await using var shop = await OpenAsync();
        await using (var session = await shop.Store.BeginAsync(Shop.Customer(1), "eu", readOnly ? SessionOptions.Read : null))
        {
            Shop.Execute(session, "CREATE TEMP TABLE mine AS SELECT 1 AS one; CREATE TEMP VIEW notes AS SELECT 1 AS text");
            Assert.Equal(1L, Shop.Scalar(session, "SELECT count(*) FROM mine"));
            await session.CommitAsync();
        }

        await using var next = await shop.Store.BeginAsync(Shop.Customer(1), "eu", readOnly ? SessionOptions.Read : null);
        Assert.Throws<SqliteException>(() => Shop.Scalar(next, "SELECT count(*) FROM mine"));
        Assert.Equal("first", Shop.Scalar(next, "SELECT text FROM notes"));
    }

    [Fact]
    public async Task One_flow_writes_in_one_session_at_a_time()
    {
        await using var shop = await OpenAsync();
        await using (var session = await shop.Store.BeginAsync(Shop.Customer(1), "eu"))
        {
            var nested = await Assert.ThrowsAsync<NestedSessionException>(() => shop.Store.BeginAsync(Shop.Customer(2)).AsTask());
            Assert.Equal((Shop.Customer(1), Shop.Customer(2)), (nested.Open, nested.Refused));
            await using var reads = await shop.Store.BeginAsync(Shop.Customer(2), default, SessionOptions.Read);
            Assert.Equal("c2", Shop.Scalar(reads, "SELECT name FROM customers WHERE id = 2"));
        }

        await using (var next = await shop.Store.BeginAsync(Shop.Customer(2))) await next.CommitAsync();
        await Task.WhenAll(Enumerable.Range(100, 20).Select(id => Task.Run(() => shop.AddOrdersAsync(1 + (id % 2), "eu", id, 1))));
        Assert.Equal(13L, await shop.ReadAsync(1, "SELECT count(*) FROM orders WHERE customer_id = 1"));
    }

    [Fact]
    public async Task Waiting_writers_come_in_the_order_in_which_they_came()
    {
        await using var shop = await OpenAsync();
        var first = await shop.Store.BeginAsync(Shop.Customer(1), "eu");
        var order = new List<int>();
        var waiting = new List<Task>();
        for (var number = 0; number < 10; number++)
        {
            var mine = number;
            var began = new TaskCompletionSource();
            using (ExecutionContext.SuppressFlow()) waiting.Add(Task.Run(() => WriteAsync(mine, began)));
            await began.Task;
        }

        await first.CommitAsync();
        await Task.WhenAll(waiting);

        Assert.Equal(Enumerable.Range(0, 10), order);

        async Task WriteAsync(int number, TaskCompletionSource began)
        {
            var session = shop.Store.BeginAsync(Shop.Customer(1), "eu");
            began.SetResult();
            await using var mine = await session;
            order.Add(number);
        }
    }

    [Fact]
    public async Task A_writer_that_waited_long_enough_is_told_who_keeps_it()
    {
        await using var shop = await OpenAsync();
        await using var first = await shop.Store.BeginAsync(Shop.Customer(1), "eu");

        var busy = await Apart(() => Assert.ThrowsAsync<WriterBusyException>(() => shop.Store.BeginAsync(Shop.Customer(1), "eu", Impatient).AsTask()));

        Assert.Equal(Impatient.WaitLimit, busy.Waited);
        Assert.Equal(shop.Store.Where(Shop.Customer(1)).Shards[0].Partition, busy.Partition);
    }

    [Fact]
    public async Task A_cancelled_wait_leaves_nothing_held()
    {
        await using var shop = await OpenAsync();
        var first = await shop.Store.BeginAsync(Shop.Customer(1), "eu");
        await Apart(async () =>
        {
            using var stop = new CancellationTokenSource();
            var waiting = shop.Store.BeginAsync(Shop.Customer(1), "eu", cancellationToken: stop.Token);
            Assert.False(waiting.IsCompleted);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.AsTask());
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                shop.Store.BeginAsync(Shop.Customer(1), "eu", cancellationToken: stop.Token).AsTask());
            return true;
        });
        await first.DisposeAsync();

        // A move needs the unit free of sessions: one that was still counted would keep it from freezing.
        await shop.Store.MoveAsync(Shop.Customer(1), shop.Store.Where(Shop.Customer(1)).Shards[0].Partition == "p1" ? "p2" : "p1");
        await shop.AddOrdersAsync(1, "eu", 70, 1);
    }

    [Fact]
    public async Task Cancelling_sessions_on_the_whole_of_a_split_entity_leaves_no_shard_held()
    {
        await using var shop = await OpenAsync();
        await shop.Store.SplitAsync(Shop.Customer(1), Moving.SplitPoints.Segments(["us"], ["asia"]));
        await using (var open = await shop.Store.BeginAsync(Shop.Customer(1), "us", SessionOptions.Read))
        {
            for (var delay = 1; delay <= 15; delay++)
            {
                using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(delay));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shop.Store.BeginAsync(Shop.Customer(1), cancellationToken: stop.Token).AsTask());
            }
        }

        foreach (var region in new[] { "eu", "us", "asia", "new" }) await shop.AddOrdersAsync(1, region, 80, 1);
        await using var whole = await shop.Store.BeginAsync(Shop.Customer(1));
        Assert.Equal(7L, Shop.Scalar(whole, "SELECT count(*) FROM orders WHERE customer_id = 1"));
    }

    [Fact]
    public async Task Entities_and_groups_that_the_schema_does_not_declare_are_refused()
    {
        await using var shop = await OpenAsync();
        var unknown = EntityType.Of("nobody", KeyKind.Integer).Key(1);

        await Assert.ThrowsAsync<ArgumentException>(() => shop.Store.BeginAsync(unknown).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => shop.Store.BeginAsync(Shop.Customer(1), 5L).AsTask());
        await Assert.ThrowsAnyAsync<Exception>(() => shop.Store.BeginAsync(default).AsTask());
    }

    [Fact]
    public async Task A_point_read_costs_about_one_unit_and_each_row_written_is_counted()
    {
        await using var shop = await OpenAsync();
        await shop.AddOrdersAsync(1, "eu", 100, 2000);
        await UseAsync(SessionOptions.Read, "SELECT count(*) FROM orders");
        await shop.Store.VerifyAsync();

        var read = await UseAsync(SessionOptions.Read, "SELECT total FROM orders WHERE customer_id = 1 AND region = 'eu' AND id = 150");
        var again = await UseAsync(SessionOptions.Read, "SELECT total FROM orders WHERE customer_id = 1 AND region = 'eu' AND id = 160");
        var scan = await UseAsync(SessionOptions.Read, "SELECT sum(length(item)) FROM order_lines WHERE customer_id = 1");
        var update = await UseAsync(null, "UPDATE orders SET total = 1 WHERE customer_id = 1 AND region = 'eu' AND id = 150");
        var cascade = await UseAsync(null, "DELETE FROM orders WHERE customer_id = 1 AND region = 'eu' AND id = 150");

        Assert.InRange(read.Cost, 0.3, 20); // some of its pages come from the file
        Assert.InRange(again.Cost, 0.3, 4);
        Assert.Equal(0, read.Writes);
        Assert.True(scan.Reads > 10 * again.Reads, $"{scan} against {again}");
        Assert.Equal((1L, 3L), (update.Writes, cascade.Writes));
        Assert.True(cascade.Cost > update.Cost && update.Cost > again.Cost);

        async Task<SessionUsage> UseAsync(SessionOptions? options, string sql)
        {
            await using var session = await shop.Store.BeginAsync(Shop.Customer(1), "eu", options);
            Shop.Execute(session, sql);
            await session.CommitAsync();
            return session.Usage;
        }
    }

    private static async Task<Shop> OpenAsync()
    {
        var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(1, 3, "eu");
        await shop.AddCustomerAsync(2, 3, "eu");
        return shop;
    }

    /// <summary>In a flow of its own, which knows nothing of the caller's sessions.</summary>
    private static Task<T> Apart<T>(Func<Task<T>> work)
    {
        using (ExecutionContext.SuppressFlow()) return Task.Run(work);
    }

    [Fact]
    public async Task A_session_that_writes_is_refused_inside_the_work_of_another()
    {
        await using var shop = await Shop.OpenAsync();

        await Assert.ThrowsAsync<NestedSessionException>(() => shop.Store.RunAsync(
            Shop.Customer(1), default, _ => shop.Store.RunAsync(Shop.Customer(2), default, _ => Task.CompletedTask)));
    }
}
