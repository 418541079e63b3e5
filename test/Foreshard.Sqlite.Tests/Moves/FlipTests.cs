using Foreshard.Moving;
using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;

namespace Foreshard.Sqlite.Tests.Moves;

/// <summary>What sessions see around the moment in which a unit changes its partition, and moves that do not get there.</summary>
public sealed class FlipTests
{
    private const string Orders = "SELECT count(*) FROM orders WHERE customer_id = 42";

    public static TheoryData<string> BeforeTheFlip =>
        [MoveStep.Planned, MoveStep.Prepared, MoveStep.Copying, MoveStep.Copied, MoveStep.CaughtUp, MoveStep.Verified, MoveStep.Frozen, MoveStep.Activated];

    [Theory]
    [MemberData(nameof(BeforeTheFlip))]
    public async Task Cancelled_before_the_flip_a_move_leaves_everything_as_it_was(string at)
    {
        using var stop = new CancellationTokenSource();
        await using var shop = await OpenAsync(live: true, step => { if (step == at) stop.Cancel(); }, out var arm);
        var (from, to) = Ends(shop);
        var before = Contents(shop);
        arm();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shop.Store.MoveAsync(Shop.Customer(42), to, cancellationToken: stop.Token));

        Assert.Equal(from, shop.Store.Where(Shop.Customer(42)).Shards[0].Partition);
        Assert.Equal(before, Contents(shop));
        Assert.All(shop.Store.Partitions, partition => Assert.Equal(0L, shop.ReadFile(partition.Name, Leftovers)));
        await shop.AddOrdersAsync(42, "eu", 5000, 1);
        await shop.AssertWholeAsync();
        await shop.Store.MoveAsync(Shop.Customer(42), to);
        Assert.Equal(21L, await shop.ReadAsync(42, Orders));
    }

    [Theory]
    [MemberData(nameof(BeforeTheFlip))]
    public async Task A_move_that_fails_before_the_flip_is_undone_and_says_why(string at)
    {
        await using var shop = await OpenAsync(live: true, step => { if (step == at) throw new IOException("made up"); }, out var arm);
        var before = Contents(shop);
        arm();

        var aborted = await Assert.ThrowsAsync<MoveAbortedException>(() => shop.Store.MoveAsync(Shop.Customer(42), Ends(shop).To));

        Assert.Contains("made up", aborted.Message, StringComparison.Ordinal);
        Assert.Equal(before, Contents(shop));
        var operation = (await shop.Store.ReadOperationsAsync()).Single(operation => operation.Id == aborted.Operation);
        Assert.Equal((OperationState.Aborted, "made up"), (operation.State, operation.Error));
        await shop.AssertWholeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sessions_wait_at_the_flip_and_read_what_they_wrote_before(bool live)
    {
        TaskCompletionSource frozen = new(), goOn = new();
        await using var shop = await OpenAsync(live, step =>
        {
            if (step != MoveStep.Frozen) return;
            frozen.TrySetResult();
            goOn.Task.Wait();
        }, out var arm);
        var (from, to) = Ends(shop);
        arm();
        var move = Task.Run(() => shop.Store.MoveAsync(Shop.Customer(42), to));
        await frozen.Task;
        var reading = Task.Run(() => shop.ReadAsync(42, Orders));
        var writing = Task.Run(() => shop.AddOrdersAsync(42, "eu", 6000, 1));
        await Assert.ThrowsAsync<MoveInProgressException>(async () =>
        {
            await using var session = await shop.Store.BeginAsync(Shop.Customer(42), "eu", new SessionOptions { WaitLimit = TimeSpan.FromMilliseconds(30) });
        });
        await shop.AddOrdersAsync(7, "eu", 1, 1);
        Assert.False(reading.IsCompleted || writing.IsCompleted);
        goOn.SetResult();
        var result = await move;
        await writing;

        Assert.InRange((long)(await reading)!, 20, 21);
        Assert.Equal(21L, await shop.ReadAsync(42, Orders));
        Assert.Equal(1L, shop.ReadFile(to, "SELECT count(*) FROM orders WHERE id = 6000"));
        Assert.Equal(0L, shop.ReadFile(from, Orders));
        Assert.True(result.Stall >= TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public async Task A_reader_that_began_before_the_flip_holds_it_up_and_sees_its_own_moment()
    {
        await using var shop = await OpenAsync(live: true, static _ => { }, out _);
        var session = await shop.Store.BeginAsync(Shop.Customer(42), default, SessionOptions.Read);
        Assert.Equal(20L, Shop.Scalar(session, Orders));
        var move = Task.Run(() => shop.Store.MoveAsync(Shop.Customer(42), Ends(shop).To));
        await shop.AddOrdersAsync(42, "eu", 7000, 1);
        await Task.Delay(50);

        Assert.False(move.IsCompleted);
        Assert.Equal(20L, Shop.Scalar(session, Orders));
        Assert.Equal(21L, await shop.ReadAsync(42, Orders));
        await session.DisposeAsync();
        await move;
        Assert.Equal(21L, await shop.ReadAsync(42, Orders));
    }

    [Fact]
    public async Task A_move_that_never_gets_the_unit_alone_is_undone()
    {
        await using var shop = await OpenAsync(live: true, static _ => { }, out _, options => options.Moves.FreezePatience = TimeSpan.FromMilliseconds(60));
        await using var session = await shop.Store.BeginAsync(Shop.Customer(42), default, SessionOptions.Read);

        var aborted = await Task.Run(() => Assert.ThrowsAsync<MoveAbortedException>(() => shop.Store.MoveAsync(Shop.Customer(42), Ends(shop).To)));

        Assert.Contains("FreezePatience", aborted.Message, StringComparison.Ordinal);
        Assert.Equal(20L, Shop.Scalar(session, Orders));
        await shop.AddOrdersAsync(42, "eu", 7000, 1);
    }

    [Fact]
    public async Task A_flip_that_takes_longer_than_its_budget_is_undone()
    {
        await using var shop = await OpenAsync(
            live: true,
            static step => { if (step == MoveStep.Activated) new ManualResetEventSlim().Wait(80); },
            out var arm,
            options => options.Moves.StallBudget = TimeSpan.FromMilliseconds(40));
        arm();

        var aborted = await Assert.ThrowsAsync<MoveAbortedException>(() => shop.Store.MoveAsync(Shop.Customer(42), Ends(shop).To));

        Assert.Contains("StallBudget", aborted.Message, StringComparison.Ordinal);
        await shop.AddOrdersAsync(42, "eu", 7000, 1);
        await shop.AssertWholeAsync();
    }

    [Fact]
    public async Task Progress_goes_from_planned_to_done()
    {
        await using var shop = await OpenAsync(live: true, static _ => { }, out _);
        var told = new List<MoveProgress>();

        var result = await shop.Store.MoveAsync(Shop.Customer(42), Ends(shop).To, progress: told.Add);

        Assert.Equal(62, result.Rows);
        Assert.Equal(
            [OperationState.Copying, OperationState.Streaming, OperationState.Freezing, OperationState.Cleaning, OperationState.Done],
            told.Select(one => one.State).Distinct());
        Assert.Equal((62L, 62L), (told[^1].Rows, told[^1].TotalRows));
        Assert.All(told, one => Assert.Equal(result.Operation, one.Operation));
        Assert.True(result.Bytes > 0 && result.Stall > TimeSpan.Zero && result.Stall <= result.Duration);
    }

    [Fact]
    public async Task Many_move_at_once_in_all_directions_while_sessions_go_on()
    {
        var options = Shop.Options();
        options.Moves.BlockingRows = 0;
        await using var shop = await Shop.OpenAsync(options);
        const int customers = 8;
        for (var id = 1; id <= customers; id++) await shop.AddCustomerAsync(id, 20, "eu");
        using var stop = new CancellationTokenSource();
        var written = new int[customers + 1];
        var writers = Enumerable.Range(1, customers).Select(id => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await shop.AddOrdersAsync(id, "eu", 100 + written[id], 1);
                written[id]++;
                Assert.Equal(20L + written[id], await shop.ReadAsync(id, $"SELECT count(*) FROM orders WHERE customer_id = {id}"));
            }
        })).ToList();

        await Task.WhenAll(Enumerable.Range(1, customers).Select(id => Task.Run(async () =>
        {
            for (var round = 0; round < 3; round++)
            {
                var here = shop.Store.Where(Shop.Customer(id)).Shards[0].Partition;
                try
                {
                    await shop.Store.MoveAsync(Shop.Customer(id), here == "p1" ? "p2" : here == "p2" ? "p3" : "p1");
                }
                catch (MoveRefusedException refused) when (refused.Reason == MoveRefusal.UnitBusy)
                {
                    // Two of one bucket can't leave it at the same moment.
                }
            }
        })));
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        for (var id = 1; id <= customers; id++)
            Assert.Equal(20L + written[id], await shop.ReadAsync(id, $"SELECT count(*) FROM orders WHERE customer_id = {id}"));
        await shop.AssertWholeAsync();
    }

    private static readonly string[] Tables = ["countries", "customers", "notes", "orders", "order_lines"];

    private const string Leftovers =
        "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'foreshard_log*' OR name GLOB 'foreshard_check*' OR name GLOB 'foreshard_core*'";

    /// <param name="live">Whether sessions go on while it copies.</param>
    /// <param name="reached">Told of steps once armed.</param>
    /// <param name="arm">Arms it: customer 42 has been isolated before.</param>
    /// <param name="more">Other options.</param>
    private static Task<Shop> OpenAsync(bool live, Action<string> reached, out Action arm, Action<SqliteStoreOptions>? more = null)
    {
        var isArmed = false;
        arm = () => isArmed = true;
        var options = Shop.Options(step => { if (isArmed) reached(step); });
        options.Moves.BlockingRows = live ? 0 : 10_000;
        more?.Invoke(options);
        return FillAsync(options);
    }

    private static async Task<Shop> FillAsync(SqliteStoreOptions options)
    {
        var shop = await Shop.OpenAsync(options);
        await shop.AddCustomerAsync(42, 10, "eu", "us");
        await shop.AddCustomerAsync(7, 3, "asia");
        await shop.Store.IsolateAsync(Shop.Customer(42));
        return shop;
    }

    private static (string From, string To) Ends(Shop shop)
    {
        var from = shop.Store.Where(Shop.Customer(42)).Shards[0].Partition;
        return (from, from == "p1" ? "p2" : "p1");
    }

    private static List<object?> Contents(Shop shop) =>
    [
        .. from partition in shop.Store.Partitions
           from table in Tables
           select shop.ReadFile(
               partition.Name, $"SELECT '{table} ' || count(*) || ' ' || coalesce(group_concat(row), '') FROM (SELECT * FROM ({Rows(table)}) ORDER BY 1)"),
    ];

    private static string Rows(string table) => table switch
    {
        "countries" => "SELECT code || name AS row FROM countries",
        "customers" => "SELECT id || name || balance AS row FROM customers",
        "notes" => "SELECT customer_id || ':' || id || text AS row FROM notes",
        "orders" => "SELECT customer_id || region || id || ':' || total || ':' || doubled AS row FROM orders",
        _ => "SELECT customer_id || region || order_id || ':' || line || item AS row FROM order_lines",
    };
}
