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

        var refused = await Assert.ThrowsAsync<MoveRefusedException>(async () => await new OperationLog(store).BeginAsync(record, planned, CancellationToken.None));
        Assert.Equal(MoveRefusal.UnitBusy, refused.Reason);
    }
}
