using CsCheck;
using Foreshard.Mapping;
using Foreshard.Routing;
using Foreshard.Tests.Mapping;
using Microsoft.Extensions.Time.Testing;

namespace Foreshard.Tests.Routing;

public sealed class MappingReplicaTests : IAsyncDisposable
{
    private const int Steps = 200;

    private readonly FakeTimeProvider time = new();
    private readonly MemoryMappingStore store = new(MappingModel.Start);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public Task Replicas_end_where_the_model_ends_however_changes_and_publishing_interleave() => Gen.Int.SampleAsync(
        async seed =>
        {
            var (model, shared) = (new MappingModel(seed), new MemoryMappingStore(MappingModel.Start));
            await using var watcher = await MappingReplica.StartAsync(shared, time, null, Stop);
            await using var committer = await MappingReplica.StartAsync(shared, time, null, Stop);
            using var done = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            var falls = Task.Run(() => CountFalls(watcher, done.Token), Stop);
            try
            {
                await CommitAllAsync(model, shared, committer);
                model.AssertShownBy(await watcher.WaitForAsync(MappingModel.Start.Version + Steps, Stop));
                model.AssertShownBy(await committer.WaitForAsync(MappingModel.Start.Version + Steps, Stop));
            }
            finally
            {
                await done.CancelAsync();
            }

            Assert.Equal(0, await falls);
        },
        iter: 20);

    [Fact]
    public async Task A_refused_placement_is_waited_out_by_the_watch()
    {
        await using var replica = await MappingReplica.StartAsync(store, time, null, Stop);
        var refused = replica.Current.PlacementOf(new UnitId(1));
        var refreshing = replica.RefreshAsync(refused, Stop).AsTask();

        Assert.False(refreshing.IsCompleted);
        await store.CommitAsync(Raise(refused), Stop);

        Assert.Equal(500, (await refreshing).PlacementOf(refused.Unit).Epoch);
        Assert.Equal(1, store.Loads);
        Assert.True(replica.RefreshAsync(refused, Stop).AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_refused_placement_is_asked_for_when_the_watch_is_silent()
    {
        await using var replica = await MappingReplica.StartAsync(store, time, null, Stop);
        var refused = replica.Current.PlacementOf(new UnitId(1));
        var refreshing = replica.RefreshAsync(refused, Stop).AsTask();
        time.Advance(MappingReplica.WatchPatience);
        while (store.Loads < 2) await Task.Yield();
        Assert.False(refreshing.IsCompleted);

        store.IsWatchSilent = true;
        await store.CommitAsync(Raise(refused), Stop);
        while (!refreshing.IsCompleted)
        {
            time.Advance(MappingReplica.WatchPatience);
            await Task.Yield();
        }

        Assert.Equal(500, (await refreshing).PlacementOf(refused.Unit).Epoch);
    }

    [Fact]
    public async Task A_store_that_is_down_leaves_the_replica_as_it_was_and_is_tried_again()
    {
        await using var replica = await MappingReplica.StartAsync(store, time, null, Stop);
        var refused = replica.Current.PlacementOf(new UnitId(1));
        store.IsDown = true;
        using var ceiling = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var refreshing = replica.RefreshAsync(refused, ceiling.Token).AsTask();
        while (replica.Failure is null)
        {
            time.Advance(MappingReplica.WatchPatience);
            await Task.Yield();
        }

        await ceiling.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => refreshing);
        Assert.Same(MappingModel.Start, replica.Current);

        store.IsDown = false;
        await store.CommitAsync(Raise(refused), Stop);
        Assert.Equal(500, (await replica.RefreshAsync(refused, Stop)).PlacementOf(refused.Unit).Epoch);
        Assert.Null(replica.Failure);
    }

    [Fact]
    public async Task A_gap_in_the_watch_is_closed_by_loading()
    {
        await using var replica = await MappingReplica.StartAsync(store, time, null, Stop);
        store.IsWatchSilent = true;
        await store.CommitAsync(Raise(replica.Current.PlacementOf(new UnitId(1))), Stop);
        store.IsWatchSilent = false;
        var last = await store.CommitAsync(Raise(replica.Current.PlacementOf(new UnitId(2))), Stop);

        var snapshot = await replica.WaitForAsync(last.Version, Stop);

        Assert.Equal((500, 500), (snapshot.PlacementOf(new UnitId(1)).Epoch, snapshot.PlacementOf(new UnitId(2)).Epoch));
    }

    [Fact]
    public async Task An_older_snapshot_is_not_taken_over()
    {
        await using var replica = await MappingReplica.StartAsync(store, time, null, Stop);
        var newer = MappingModel.Start.With(new MappingChange(), MappingModel.Start.Version + 5);

        await replica.AdvanceAsync(newer);
        await replica.AdvanceAsync(MappingModel.Start);

        Assert.Same(newer, replica.Current);
    }

    private static MappingChange Raise(Placement placement) => new() { Expected = [placement], Buckets = [placement with { Epoch = 500 }] };

    private static async Task CommitAllAsync(MappingModel model, MemoryMappingStore shared, MappingReplica committer)
    {
        for (var step = 0; step < Steps; step++)
        {
            var change = model.Next();
            model.Apply(change);
            Assert.True((await shared.CommitAsync(change, Stop)).IsCommitted);
            if (step % 3 == 0) await committer.AdvanceAsync(await shared.LoadAsync(Stop));
        }
    }

    private static int CountFalls(MappingReplica replica, CancellationToken done)
    {
        var (falls, seen) = (0, 0L);
        while (!done.IsCancellationRequested)
        {
            var version = replica.Current.Version;
            if (version < seen) falls++;
            seen = version;
        }

        return falls;
    }
}
