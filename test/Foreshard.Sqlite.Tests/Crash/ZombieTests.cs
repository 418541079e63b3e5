using Foreshard.Moving;
using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;

namespace Foreshard.Sqlite.Tests.Crash;

/// <summary>A mover that was paused, taken for dead and superseded changes nothing when it goes on.</summary>
public sealed class ZombieTests
{
    /// <summary>Until a paused operation is at its step, and until a resumed one has noticed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(MoveStep.Planned, 2000)]
    [InlineData(MoveStep.Prepared, 2000)]
    [InlineData(MoveStep.Copying, 2000)]
    [InlineData(MoveStep.Copied, 2000)]
    [InlineData(MoveStep.CaughtUp, 2000)]
    [InlineData(MoveStep.Verified, 2000)]
    [InlineData(MoveStep.Frozen, 2000)]
    [InlineData(MoveStep.Activated, 2000)]
    [InlineData(MoveStep.Committed, 2000)]
    [InlineData(MoveStep.Retired, 2000)]
    [InlineData(MoveStep.Cleaned, 2000)]
    [InlineData(MoveStep.Planned, 3)]
    [InlineData(MoveStep.Prepared, 3)]
    [InlineData(MoveStep.Frozen, 3)]
    [InlineData(MoveStep.Activated, 3)]
    [InlineData(MoveStep.Committed, 3)]
    [InlineData(MoveStep.Retired, 3)]
    [InlineData(MoveStep.Cleaned, 3)]
    public Task A_superseded_move_has_no_effect(string step, int orders) => SupersedeAsync(
        step, orders, (shop, other) => shop.Store.MoveAsync(Shop.Customer(42), other), isolateFirst: true);

    [Theory]
    [InlineData(MoveStep.Aborting)]
    [InlineData(MoveStep.Thawed)]
    [InlineData(MoveStep.Discarded)]
    public Task A_superseded_undoing_has_no_effect(string step)
    {
        var stop = new CancellationTokenSource();
        return SupersedeAsync(
            step,
            orders: 2000,
            (shop, other) => shop.Store.MoveAsync(Shop.Customer(42), other, progress: _ => stop.Cancel(), cancellationToken: stop.Token),
            isolateFirst: true);
    }

    [Theory]
    [InlineData(MoveStep.Planned)]
    [InlineData(MoveStep.Frozen)]
    [InlineData(MoveStep.Committed)]
    [InlineData(MoveStep.Retired)]
    public Task A_superseded_split_has_no_effect(string step) => SupersedeAsync(
        step, orders: 3, (shop, _) => shop.Store.SplitAsync(Shop.Customer(42), SplitPoints.Segments(["us"])), isolateFirst: true);

    [Theory]
    [InlineData(MoveStep.Planned)]
    [InlineData(MoveStep.Frozen)]
    [InlineData(MoveStep.Committed)]
    [InlineData(MoveStep.Retired)]
    public Task A_superseded_isolation_has_no_effect(string step) => SupersedeAsync(
        step, orders: 3, (shop, _) => shop.Store.IsolateAsync(Shop.Customer(42)), isolateFirst: false);

    private static async Task SupersedeAsync(string step, int orders, Func<Shop, string, Task> operate, bool isolateFirst)
    {
        var pauses = new Pauses();
        await using var shop = await Shop.OpenAsync(Shop.Options(pauses.Reached));
        await shop.AddCustomerAsync(42, orders, "eu", "us");
        if (isolateFirst) await shop.Store.IsolateAsync(Shop.Customer(42));
        var other = Other(shop);

        var zombiePause = pauses.At(step);
        var zombie = Task.Run(() => operate(shop, other));
        await zombiePause.Reached.WaitAsync(Patience, TimeProvider.System);
        Assert.Equal(1, await TakeOverAsync(shop.Store));
        await shop.AssertWholeAsync();
        await shop.Store.CatchUpAsync(CancellationToken.None);

        // The next move has the unit frozen when the zombie goes on.
        var nextPause = pauses.At(MoveStep.Frozen, passing: shop.Store.Where(Shop.Customer(42)).IsIsolated ? 0 : 1);
        var shard = shop.Store.Where(Shop.Customer(42)).Shards.Count > 1 ? "eu" : default(GroupKey);
        var next = Task.Run(() => shop.Store.MoveAsync(Shop.Customer(42), Other(shop), shard));
        await nextPause.Reached.WaitAsync(Patience, TimeProvider.System);
        zombiePause.Resume();
        await Task.WhenAny(zombie, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System));
        var impatient = new SessionOptions { WaitLimit = TimeSpan.FromMilliseconds(30) };
        await Assert.ThrowsAsync<MoveInProgressException>(() => shop.Store.RunAsync(Shop.Customer(42), "eu", _ => Task.CompletedTask, impatient));

        nextPause.Resume();
        await next.WaitAsync(Patience, TimeProvider.System);
        if (step is MoveStep.Committed or MoveStep.Retired or MoveStep.Cleaned) await zombie.WaitAsync(Patience, TimeProvider.System);
        else await AssertGivenUpAsync(zombie);
        Assert.Equal(orders * 2L, await shop.ReadAsync(42, "SELECT count(*) FROM orders WHERE customer_id = 42"));
        Assert.All(await shop.Store.ReadOperationsAsync(), operation => Assert.True(operation.IsOver));
        await shop.AssertWholeAsync();
    }

    /// <summary>Whoever asked for it hears that it was undone; who cancelled it, that it was cancelled.</summary>
    private static async Task AssertGivenUpAsync(Task zombie)
    {
        var heard = await Assert.ThrowsAnyAsync<Exception>(() => zombie.WaitAsync(Patience, TimeProvider.System));
        if (heard is OperationCanceledException) return;
        Assert.Contains("another process took it over", Assert.IsType<MoveAbortedException>(heard).Message, StringComparison.Ordinal);
    }

    /// <summary>As another process would that takes the first one for dead.</summary>
    private static async Task<int> TakeOverAsync(EntityStore store)
    {
        var context = store.Moving;
        var other = new MovingContext(context.Store, context.Partitions, () => context.Layout, context.Options, context.Time, null);
        var (finished, undone) = await new Recovery(other).RunAsync(CancellationToken.None);
        return finished + undone;
    }

    private static string Other(Shop shop) => shop.Store.Where(Shop.Customer(42)).Shards[0].Partition == "p1" ? "p2" : "p1";

    /// <summary>Stops whoever reaches a step, once each.</summary>
    private sealed class Pauses
    {
        private readonly Lock turn = new();
        private readonly List<Pause> pauses = [];

        public Pause At(string step, int passing = 0)
        {
            var pause = new Pause(step, passing);
            lock (turn) pauses.Add(pause);
            return pause;
        }

        public void Reached(string step)
        {
            Pause? here;
            lock (turn)
            {
                here = pauses.Find(pause => pause.Step == step);
                if (here is null || here.Passing-- > 0) return;
                pauses.Remove(here);
            }

            here.Wait();
        }
    }

    private sealed class Pause(string step, int passing)
    {
        private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource resumed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Step { get; } = step;

        public int Passing { get; set; } = passing;

        public Task Reached => reached.Task;

        public void Resume() => resumed.SetResult();

        public void Wait()
        {
            reached.SetResult();
            resumed.Task.Wait();
        }
    }
}
