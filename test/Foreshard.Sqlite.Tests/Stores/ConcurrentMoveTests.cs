using Foreshard.Mapping;
using Foreshard.Moving;

namespace Foreshard.Sqlite.Tests.Stores;

public sealed class ConcurrentMoveTests
{
    /// <summary>Whether a move takes core rows along depends on where the other shards are, so the plan is void once one of them has moved.</summary>
    [Fact]
    public async Task A_move_that_was_planned_before_another_shard_moved_is_refused()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(42, 3, "eu", "us");
        await shop.Store.SplitAsync(Shop.Customer(42), SplitPoints.Segments(["us"]));
        var store = shop.Store.Moving.Store;
        var planned = await store.LoadAsync(CancellationToken.None);
        var (eu, us) = (shop.Store.Where(Shop.Customer(42), "eu").Placement, shop.Store.Where(Shop.Customer(42), "us").Placement);
        var target = planned.Partitions.First(partition => partition.Id != eu.Partition);
        await shop.Store.MoveAsync(Shop.Customer(42), target.Name, "us");

        var record = new OperationRecord
        {
            Id = await store.AllocateAsync(NumberKind.Operation, 1, CancellationToken.None),
            Kind = OperationKind.Move,
            State = OperationState.Planned,
            Attempt = 1,
            StartedAt = default,
            Subject = "planned too early",
            From = [eu],
            To = [eu with { Partition = target.Id, Epoch = eu.Epoch + 100 }],
            Locks = [eu.Unit, us.Unit],
        };

        var log = new OperationLog(store);
        var refused = await Assert.ThrowsAsync<MoveRefusedException>(async () => await log.BeginAsync(record, planned, CancellationToken.None));
        Assert.Equal(MoveRefusal.UnitBusy, refused.Reason);
    }

    [Fact]
    public async Task A_shard_that_another_operation_has_just_ended_is_refused()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(42, 3, "eu", "us", "asia");
        await shop.Store.SplitAsync(Shop.Customer(42), SplitPoints.Segments(["us"]));
        var (eu, us) = (shop.Store.Where(Shop.Customer(42), "eu").Placement, shop.Store.Where(Shop.Customer(42), "us").Placement);
        var reuniter = new Reuniter(shop.Store.Moving);
        await shop.Store.MoveAsync(Shop.Customer(42), shop.Store.Partitions.First(partition => partition.Id != eu.Partition).Name, "us");
        Assert.Equal(MoveRefusal.NotMergeable, await RefusalOfAsync(async () => await MergeAsync()));

        await shop.Store.MergeAsync(Shop.Customer(42));
        Assert.Equal(MoveRefusal.UnitBusy, await RefusalOfAsync(async () => await MergeAsync()));
        Assert.Equal(MoveRefusal.UnitBusy, await RefusalOfAsync(async () => await SplitAsync()));
        await shop.Store.FoldAsync(Shop.Customer(42));
        Assert.Equal(MoveRefusal.UnitBusy, await RefusalOfAsync(async () => await SplitAsync()));

        ValueTask<UnitId> MergeAsync() => reuniter.MergeAsync(Shop.Customer(42), [eu.Unit, us.Unit], ShardScope.Whole, CancellationToken.None);

        ValueTask SplitAsync() => reuniter.SplitAsync(Shop.Customer(42), us.Unit, [ShardScope.Whole, ShardScope.Whole], CancellationToken.None);
    }

    private static async Task<MoveRefusal> RefusalOfAsync(Func<Task> operation) => (await Assert.ThrowsAsync<MoveRefusedException>(operation)).Reason;
}
