using System.Globalization;
using Foreshard.Partitions;

namespace Foreshard.Contracts;

public abstract partial class PartitionContract
{
    private const string AllOrders = "SELECT customer_id, region, id, note, total FROM orders ORDER BY customer_id, region, id";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_unit_arrives_with_every_row_and_leaves_none_behind(bool live)
    {
        var (source, target) = await MakePairAsync();
        var before = await ReadAsync(source, Unit(9, source), AllOrders);
        await using var transfer = Transfer(source, target, First, AllOf(1), live);

        await CarryAsync(transfer, source, First, live, between: null);

        Assert.Equal(before.Where(row => row.StartsWith("1|", StringComparison.Ordinal)), await ReadAsync(target, Unit(5, target, 8), AllOrders));
        Assert.Equal(["first"], await ReadAsync(target, Unit(5, target, 8), "SELECT text FROM notes"));
        Assert.Equal(before.Where(row => !row.StartsWith("1|", StringComparison.Ordinal)), await ReadAsync(source, Unit(9, source), AllOrders));
        Assert.Equal(["c2"], await ReadAsync(source, Unit(9, source), "SELECT name FROM customers"));
        Assert.Equal([(5, 7, OwnerState.Moved), (9, 7, OwnerState.Active)], await OwnersAsync(source));
        Assert.Equal([(5, 8, OwnerState.Active)], await OwnersAsync(target));
        Assert.Equal(RefusalKind.Stale, (await AdmitAsync(source, Unit(5, source))).Refusal);
    }

    [Fact]
    public async Task Changes_made_while_a_unit_is_copied_arrive_too()
    {
        var (source, target) = await MakePairAsync();
        await using var transfer = Transfer(source, target, First, AllOf(1), live: true);

        await CarryAsync(transfer, source, First, live: true, between: async () =>
        {
            var unit = Unit(5, source);
            await RunAsync(
                source, unit, 1, SessionScope.Group, "eu",
                "UPDATE orders SET total = 777 WHERE customer_id = 1 AND region = 'eu' AND id = 1",
                "DELETE FROM orders WHERE customer_id = 1 AND region = 'eu' AND id = 2",
                "INSERT INTO orders (customer_id, region, id, total) VALUES (1, 'eu', 900, 1)",
                "UPDATE orders SET id = 901 WHERE customer_id = 1 AND region = 'eu' AND id = 3");
            await RunAsync(source, unit, 1, SessionScope.Whole, null, "UPDATE customers SET name = 'late' WHERE id = 1");
            await using var dropped = await BeginAsync(source, unit, 1, SessionScope.Group, "us");
            await ExecuteAsync(dropped, "DELETE FROM orders WHERE customer_id = 1 AND region = 'us'");
        });

        var at = Unit(5, target, 8);
        Assert.Equal(["1|777", "4|40", "900|1", "901|30"], await ReadAsync(target, at, "SELECT id, total FROM orders WHERE region = 'eu' ORDER BY id"));
        Assert.Equal(["4"], await ReadAsync(target, at, "SELECT count(*) FROM orders WHERE region = 'us'"));
        Assert.Equal(["late"], await ReadAsync(target, at, "SELECT name FROM customers"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_discarded_transfer_leaves_nothing_and_the_source_as_it_was(bool live)
    {
        var (source, target) = await MakePairAsync();
        var before = await ReadAsync(source, Unit(5, source), AllOrders);
        await using (var transfer = Transfer(source, target, First, AllOf(1), live))
        {
            await transfer.PrepareAsync(CancellationToken.None);
            await transfer.CopyAsync(null, CancellationToken.None);
            Assert.True(await source.FreezeAsync(First, [Unit(5, source)], Ample, CancellationToken.None));
            await transfer.ActivateAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
            await source.ThawAsync(First, [Unit(5, source)], CancellationToken.None);
            await transfer.DiscardAsync(CancellationToken.None);
            await transfer.DiscardAsync(CancellationToken.None);
        }

        Assert.Equal(before, await ReadAsync(source, Unit(5, source), AllOrders));
        Assert.Equal(default, await target.EstimateAsync(AllOf(1), CancellationToken.None));
        Assert.DoesNotContain(await OwnersAsync(target), row => row.State != OwnerState.Moved);
        Assert.Equal(RefusalKind.Stale, (await AdmitAsync(target, Unit(5, target, 8))).Refusal);
        await using var again = Transfer(source, target, new Ticket(101, 1), AllOf(1), live, epoch: 9);
        await CarryAsync(again, source, new Ticket(101, 1), live, between: null);
        Assert.Equal(["8"], await ReadAsync(target, Unit(5, target, 9), "SELECT count(*) FROM orders"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rows_on_the_target_that_nothing_explains_stop_a_transfer_and_stay(bool live)
    {
        var (source, target) = await MakePairAsync();
        await target.AdoptAsync([Unit(20, target)], CancellationToken.None);
        await RunAsync(target, Unit(20, target), 1, SessionScope.Whole, null, "INSERT INTO customers (id, name) VALUES (1, 'stray')");
        await using var transfer = Transfer(source, target, First, AllOf(1), live);

        var refused = await Assert.ThrowsAsync<StrayRowsException>(() => transfer.PrepareAsync(CancellationToken.None).AsTask());
        await transfer.DiscardAsync(CancellationToken.None);

        Assert.Equal((target.Name, "customers"), (refused.Partition, refused.Table));
        Assert.Equal(["stray"], await ReadAsync(target, Unit(20, target), "SELECT name FROM customers"));
        await using var session = await BeginAsync(source, Unit(5, source));
    }

    [Fact]
    public async Task An_attempt_that_takes_over_starts_again_and_the_old_one_does_nothing()
    {
        var (source, target) = await MakePairAsync();
        await using var dead = Transfer(source, target, First, AllOf(1), live: true);
        await dead.PrepareAsync(CancellationToken.None);
        await dead.CopyAsync(null, CancellationToken.None);
        foreach (var partition in new[] { source, target }) await partition.AnnounceAsync(Second, CancellationToken.None);

        await Assert.ThrowsAsync<SupersededException>(() => dead.CatchUpAsync(CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<SupersededException>(() => dead.ActivateAsync(TimeSpan.FromSeconds(5), CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<SupersededException>(() => dead.RetireAsync(CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<SupersededException>(() => dead.DiscardAsync(CancellationToken.None).AsTask());
        await using var alive = Transfer(source, target, Second, AllOf(1), live: true);
        await CarryAsync(alive, source, Second, live: true, between: null);

        Assert.Equal(["8"], await ReadAsync(target, Unit(5, target, 8), "SELECT count(*) FROM orders"));
        await Assert.ThrowsAsync<SupersededException>(() => dead.CleanAsync(CancellationToken.None).AsTask());
    }

    [Fact]
    public async Task A_transfer_interrupted_by_closing_the_source_can_be_discarded_by_the_next_attempt()
    {
        var (source, target) = await MakePairAsync();
        var before = await ReadAsync(source, Unit(5, source), AllOrders);
        await using (var dead = Transfer(source, target, First, AllOf(1), live: true))
        {
            await dead.PrepareAsync(CancellationToken.None);
            await dead.CopyAsync(null, CancellationToken.None);
        }

        (source, target) = (await ReopenAsync(source), await ReopenAsync(target));
        await using var next = Transfer(source, target, Second, AllOf(1), live: true);
        await next.DiscardAsync(CancellationToken.None);

        Assert.Equal(before, await ReadAsync(source, Unit(5, source), AllOrders));
        Assert.Equal(default, await target.EstimateAsync(AllOf(1), CancellationToken.None));
    }

    [Fact]
    public async Task A_copy_that_was_tampered_with_is_found_before_the_flip()
    {
        var (source, target) = await MakePairAsync();
        await target.AdoptAsync([Unit(20, target)], CancellationToken.None);
        await using var transfer = Transfer(source, target, First, AllOf(1), live: true);
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);
        await transfer.VerifyAsync(CancellationToken.None);
        await RunAsync(target, Unit(20, target), 1, SessionScope.Group, "us", "UPDATE orders SET total = 5 WHERE customer_id = 1 AND region = 'us' AND id = 2");

        var differs = await Assert.ThrowsAsync<CopyDiffersException>(() => transfer.VerifyAsync(CancellationToken.None).AsTask());

        Assert.Equal("orders", differs.Table);
        Assert.Contains("us", differs.Key, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_not_applied_yet_are_no_difference()
    {
        var (source, target) = await MakePairAsync();
        await using var transfer = Transfer(source, target, First, AllOf(1), live: true);
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);
        await RunAsync(
            source, Unit(5, source), 1, SessionScope.Group, "eu",
            "DELETE FROM orders WHERE customer_id = 1 AND region = 'eu' AND id = 1",
                "INSERT INTO orders (customer_id, region, id, total) VALUES (1, 'eu', 50, 5)");

        await transfer.VerifyAsync(CancellationToken.None);

        Assert.True(await transfer.CatchUpAsync(CancellationToken.None) >= 2);
        Assert.Equal(0, await transfer.CatchUpAsync(CancellationToken.None));
        await transfer.VerifyAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_shard_goes_with_its_groups_and_core_rows_stay_for_the_others()
    {
        var (source, target) = await MakePairAsync();
        var rows = new ShardRows(Customer(1), Eu, [], WithCore: true);
        await using var transfer = Transfer(source, target, First, rows, live: true, cleaned: rows with { WithCore = false });

        await CarryAsync(transfer, source, First, live: true, between: null);

        Assert.Equal(["eu|4"], await ReadAsync(target, Unit(5, target, 8), "SELECT region, count(*) FROM orders GROUP BY region"));
        Assert.Equal(["c1"], await ReadAsync(target, Unit(5, target, 8), "SELECT name FROM customers"));
        Assert.Equal(["us|4"], await ReadAsync(source, Unit(9, source), "SELECT region, count(*) FROM orders WHERE customer_id = 1 GROUP BY region"));
        Assert.Equal(["c1", "c2"], await ReadAsync(source, Unit(9, source), "SELECT name FROM customers ORDER BY name"));
    }

    [Fact]
    public async Task A_bucket_goes_without_its_isolated_entities()
    {
        var (source, target) = await MakePairAsync();
        await AddAsync(source, Unit(9, source), 3, 2, "eu");
        await using var transfer = Transfer(source, target, First, new BucketRows(0, 1, [Customer(2)]), live: true);

        await CarryAsync(transfer, source, First, live: true, between: () => RunAsync(
            source, Unit(5, source), 3, SessionScope.Group, "eu", "INSERT INTO orders (customer_id, region, id, total) VALUES (3, 'eu', 77, 1)"));

        Assert.Equal(["1|8", "3|3"], await ReadAsync(target, Unit(5, target, 8), "SELECT customer_id, count(*) FROM orders GROUP BY customer_id ORDER BY 1"));
        Assert.Equal(["2"], await ReadAsync(source, Unit(9, source), "SELECT DISTINCT customer_id FROM orders"));
    }

    [Fact]
    public async Task A_unit_comes_back_where_it_was()
    {
        var (source, target) = await MakePairAsync();
        var before = await ReadAsync(source, Unit(9, source), AllOrders);
        await using (var away = Transfer(source, target, First, AllOf(1), live: true)) await CarryAsync(away, source, First, live: true, between: null);
        var ticket = new Ticket(101, 1);
        await using var back = engine.Transfer(
            target, source, new TransferOrder(ticket, Unit(5, target, 8), Unit(5, source, 9), AllOf(1), AllOf(1), Live: true));

        await CarryAsync(back, target, ticket, live: true, between: null, from: Unit(5, target, 8));

        Assert.Equal(before, await ReadAsync(source, Unit(5, source, 9), AllOrders));
        Assert.Equal(default, await target.EstimateAsync(AllOf(1), CancellationToken.None));
    }

    [Fact]
    public async Task A_live_copy_reports_how_far_it_is()
    {
        var (source, target) = await MakePairAsync();
        await using var transfer = Transfer(source, target, First, AllOf(1), live: true);
        await transfer.PrepareAsync(CancellationToken.None);
        var reports = new List<CopyProgress>();

        await transfer.CopyAsync(
            copied =>
            {
                reports.Add(copied);
                return ValueTask.CompletedTask;
            },
            CancellationToken.None);

        Assert.Equal(10, reports[^1].Rows);
        Assert.Equal(10, reports[^1].TotalRows);
        Assert.True(reports[^1].Bytes > 0);
        Assert.Equal(reports.Select(report => report.Rows).Order(), reports.Select(report => report.Rows));
    }

    /// <summary>Customers 1 (unit 5) and 2 (unit 9) on the first of two partitions.</summary>
    private async Task<(IPartition Source, IPartition Target)> MakePairAsync()
    {
        var (source, target) = (await MakeAsync(1, 5, 9), await MakeAsync(2));
        await AddAsync(source, Unit(5, source), 1, 4, "eu", "us");
        await AddAsync(source, Unit(9, source), 2, 3, "eu");
        return (source, target);
    }

    private IUnitTransfer Transfer(
        IPartition source, IPartition target, Ticket ticket, UnitRows rows, bool live, UnitRows? cleaned = null, long epoch = 8) =>
        engine.Transfer(source, target, new TransferOrder(ticket, Unit(5, source), Unit(5, target, epoch), rows, cleaned ?? rows, live));

    private static async Task CarryAsync(
        IUnitTransfer transfer, IPartition source, Ticket ticket, bool live, Func<Task>? between, Placement? from = null)
    {
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);
        if (between is not null) await between();
        if (live) await transfer.VerifyAsync(CancellationToken.None);
        if (live && await transfer.CatchUpAsync(CancellationToken.None) == 0 && between is not null)
            Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"Operation {ticket.Operation} captured none of the changes."));
        Assert.True(await source.FreezeAsync(ticket, [from ?? Unit(5, source)], Ample, CancellationToken.None));
        await transfer.ActivateAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
        await transfer.RetireAsync(CancellationToken.None);
        await transfer.CleanAsync(CancellationToken.None);
    }
}
