using Foreshard.Mapping;
using Foreshard.Moving;
using Foreshard.Sessions;

namespace Foreshard.Fleet.Tests;

/// <summary>Partitions keep which shards their units are, so that a lost mapping table can be made anew of them alone.</summary>
[Trait("Category", "Slow")]
public sealed class UnitNotesTests(OneEtcd etcd)
{
    [Fact]
    public async Task Whatever_happens_to_entities_the_partitions_alone_tell_where_their_shards_are()
    {
        var (fleet, store) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        await Fleet.AddCustomerAsync(store, 1, 3, "eu", "us", "asia");
        await Fleet.AddCustomerAsync(store, 2, 3, "eu", "us");
        await Fleet.AddCustomerAsync(store, 3, 3, "eu");
        await store.MoveAsync(Fleet.Customer(3), OtherOf(store, 3), cancellationToken: Fleet.Stop);
        await SplitAsync(store, 1, "eu");
        await SplitAsync(store, 1, "us");
        await store.MoveAsync(Fleet.Customer(1), OtherOf(store, 1), "eu", cancellationToken: Fleet.Stop);
        await SplitAsync(store, 2, "us");
        await store.MoveAsync(Fleet.Customer(2), OtherOf(store, 2), "us", cancellationToken: Fleet.Stop);
        await store.MergeAsync(Fleet.Customer(2), cancellationToken: Fleet.Stop);

        await AssertRebuiltAsync(store);
    }

    [Theory]
    [InlineData(MoveStep.Committed)]
    [InlineData(MoveStep.Retired)]
    public async Task Who_finishes_what_another_process_committed_notes_it_too(string step)
    {
        var (fleet, one) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        await Fleet.AddCustomerAsync(one, 42, 3, "eu", "us");
        await one.IsolateAsync(Fleet.Customer(42), Fleet.Stop);
        var stopped = new InvalidOperationException("stopped here");
        var mover = await fleet.OpenAsync(options => options.StepReached = reached =>
        {
            if (reached == step) throw stopped;
        });
        await Assert.ThrowsAnyAsync<Exception>(() => SplitAsync(mover, 42, "us"));
        await mover.DisposeAsync();
        fleet.Abandon(mover);

        while ((await one.ReadOperationsAsync(Fleet.Stop)).Any(operation => !operation.IsOver))
        {
            await new Recovery(one.Moving).RunAsync(Fleet.Stop);
            await Task.Delay(100, Fleet.Stop);
        }

        await one.CatchUpAsync(Fleet.Stop);
        Assert.Equal(2, one.Where(Fleet.Customer(42)).Shards.Count);
        await AssertRebuiltAsync(one);
    }

    [Fact]
    public async Task A_partition_of_the_first_format_is_upgraded_when_it_is_opened_and_learns_which_shards_it_holds()
    {
        var (fleet, store) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        await Fleet.AddCustomerAsync(store, 1, 3, "eu", "us");
        await SplitAsync(store, 1, "eu");
        await store.MoveAsync(Fleet.Customer(1), OtherOf(store, 1), "eu", cancellationToken: Fleet.Stop);
        await store.DisposeAsync();
        foreach (var partition in new[] { "p1", "p2" })
        {
            await fleet.ReadPartitionAsync(
                partition,
                "ALTER TABLE foreshard.owner DROP COLUMN shard; UPDATE foreshard.partition SET format = 1; "
                + "DROP FUNCTION foreshard.finish; CREATE FUNCTION foreshard.finish(older oid[]) RETURNS void LANGUAGE sql AS ''");
        }

        var opened = await fleet.OpenAsync();
        Assert.Equal(3L, await Fleet.ReadAsync(opened, 1, "SELECT count(*) FROM orders WHERE customer_id = 1", "eu"));
        await opened.DescribeUnitsAsync(Fleet.Stop);

        await AssertRebuiltAsync(opened);
        Assert.Empty(await opened.VerifyAsync(Fleet.Stop));
    }

    private static string OtherOf(EntityStore store, long id) => store.Where(Fleet.Customer(id)).Shards[0].Partition == "p1" ? "p2" : "p1";

    private static Task SplitAsync(EntityStore store, long id, string segment) =>
        store.SplitAsync(Fleet.Customer(id), SplitPoints.Segments([segment]), Fleet.Stop);

    /// <summary>As when the table was lost: only the owner rows tell.</summary>
    private static async Task AssertRebuiltAsync(EntityStore store)
    {
        var known = await store.Moving.Store.LoadAsync(Fleet.Stop);
        var held = new List<HeldUnit>();
        foreach (var partition in store.Moving.Partitions.All)
        {
            held.AddRange((await partition.ReadOwnersAsync(Fleet.Stop)).Select(row => new HeldUnit(
                new Placement(row.Unit, partition.Id, row.Epoch), Enum.Parse<HeldState>(row.State.ToString()), row.Successor, row.Operation, row.Shard)));
        }

        var rebuilt = new MappingRebuild(known.BucketCount, known.Partitions, export: null, _ => false).From(held);

        Assert.Empty(rebuilt.Findings);
        var table = rebuilt.Contents!.Table;
        Assert.Equal(Lines(known), Lines(table));
    }

    private static List<string> Lines(MappingSnapshot table) =>
    [
        .. Enumerable.Range(0, table.BucketCount).Select(bucket => table.PlacementOf(new UnitId(bucket)).ToString()),
        .. table.Entries().OrderBy(entry => entry.Entity).SelectMany(entry => entry.Shards.Select(shard =>
            $"{entry.Entity} {shard.Placement} {shard.Scope} {entry.Home == shard.Placement.Unit}")),
    ];
}
