using System.Diagnostics;
using Foreshard.Moving;
using Foreshard.Sessions;

namespace Foreshard.Fleet.Tests;

/// <summary>What a process leaves that ends in the middle, others finish or undo. Here it ends by throwing in a step and being closed.</summary>
[Trait("Category", "Slow")]
public sealed class TakeOverTests(OneEtcd etcd)
{
    [Theory]
    [InlineData(MoveStep.Frozen, false)]
    [InlineData(MoveStep.Activated, false)]
    [InlineData(MoveStep.Committed, true)]
    public async Task A_session_takes_over_from_a_mover_that_stopped_with_the_unit_frozen(string step, bool isMoved)
    {
        var (fleet, one) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        await Fleet.AddCustomerAsync(one, 42, 5, "eu");
        await one.IsolateAsync(Fleet.Customer(42), Fleet.Stop);
        var from = one.Where(Fleet.Customer(42)).Shards[0].Partition;
        var to = from == "p1" ? "p2" : "p1";
        var stuck = new TaskCompletionSource();
        var mover = await fleet.OpenAsync(options => options.StepReached = reached =>
        {
            if (reached != step) return;
            stuck.TrySetResult();
            Thread.Sleep(Timeout.Infinite);
        });
        var moving = Task.Run(() => mover.MoveAsync(Fleet.Customer(42), to, cancellationToken: Fleet.Stop), Fleet.Stop);
        await stuck.Task.WaitAsync(TimeSpan.FromSeconds(30), Fleet.Stop);

        // Its connections live on, so that it looks as if it went on; only the limit that a freeze may last tells.
        var watch = Stopwatch.StartNew();
        await using (var session = await one.BeginAsync(
            Fleet.Customer(42), "eu", new SessionOptions { WaitLimit = TimeSpan.FromSeconds(10) }, Fleet.Stop)) Assert.NotNull(session);

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(isMoved ? to : from, one.Where(Fleet.Customer(42)).Shards[0].Partition);
        Assert.Equal(5L, await Fleet.ReadAsync(one, 42, "SELECT count(*) FROM orders WHERE customer_id = 42"));
        Assert.False(moving.IsCompleted);

        // Once it is committed the target serves, and nobody waits for what is left to do.
        var last = (await one.ReadOperationsAsync(Fleet.Stop))[^1];
        Assert.True(isMoved ? last.State is OperationState.Committed or OperationState.Done : last.State == OperationState.Aborted, $"{last.State}");
        fleet.Abandon(mover);
    }

    [Fact]
    public async Task An_operation_of_a_process_that_lives_is_left_to_it()
    {
        var (fleet, one) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        await Fleet.AddCustomerAsync(one, 42, 5, "eu");
        var from = one.Where(Fleet.Customer(42)).Shards[0].Partition;
        var (reached, goOn) = (new TaskCompletionSource(), new ManualResetEventSlim());
        var mover = await fleet.OpenAsync(options => options.StepReached = step =>
        {
            if (step != MoveStep.Planned || !reached.TrySetResult()) return;
            goOn.Wait();
        });
        var moving = Task.Run(() => mover.MoveAsync(Fleet.Customer(42), from == "p1" ? "p2" : "p1", cancellationToken: Fleet.Stop), Fleet.Stop);
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), Fleet.Stop);

        await new Recovery(one.Moving).RunAsync(Fleet.Stop);
        var busy = await Assert.ThrowsAsync<MoveRefusedException>(
            () => one.MoveAsync(Fleet.Customer(42), from == "p1" ? "p2" : "p1", cancellationToken: Fleet.Stop));
        Assert.Equal(MoveRefusal.UnitBusy, busy.Reason);
        goOn.Set();
        await moving;
        Assert.Equal(5L, await Fleet.ReadAsync(one, 42, "SELECT count(*) FROM orders WHERE customer_id = 42"));
    }

    [Theory]
    [InlineData(MoveStep.CoreCopiesPrepared, "old")]
    [InlineData(MoveStep.CoreDecided, "new")]
    public async Task Core_rows_of_a_writer_that_stopped_before_all_copies_had_them_are_brought_there_before_anybody_reads_them(string step, string expected)
    {
        var (fleet, one) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        await Fleet.AddCustomerAsync(one, 42, 5, "eu", "us");
        await one.ExecuteAsync(Fleet.Customer(42), default, "UPDATE customers SET name = 'old'", cancellationToken: Fleet.Stop);
        var home = one.Where(Fleet.Customer(42)).Shards[0].Partition;
        await one.SplitAsync(Fleet.Customer(42), SplitPoints.Segments(["us"]), Fleet.Stop);
        await one.MoveAsync(Fleet.Customer(42), home == "p1" ? "p2" : "p1", "us", cancellationToken: Fleet.Stop);
        var stopped = new InvalidOperationException("stopped here");
        var writer = await fleet.OpenAsync(options => options.StepReached = reached =>
        {
            if (reached == step) throw stopped;
        });

        Assert.Same(stopped, await Assert.ThrowsAsync<InvalidOperationException>(() => writer.ExecuteAsync(
            Fleet.Customer(42), default, "UPDATE customers SET name = 'new'", cancellationToken: Fleet.Stop)));

        // Whoever asks first makes up for it, at the copy or at the home.
        Assert.Equal(expected, await Fleet.ReadAsync(one, 42, "SELECT name FROM customers WHERE id = 42", "us"));
        Assert.Equal(expected, await Fleet.ReadAsync(one, 42, "SELECT name FROM customers WHERE id = 42", "eu"));
        Assert.Equal(expected, await Fleet.ReadAsync(one, 42, "SELECT name FROM customers WHERE id = 42"));
        await one.ExecuteAsync(Fleet.Customer(42), default, "UPDATE customers SET name = 'last'", cancellationToken: Fleet.Stop);
        Assert.Equal("last", await Fleet.ReadAsync(one, 42, "SELECT name FROM customers WHERE id = 42", "us"));
        Assert.Empty(await one.VerifyAsync(Fleet.Stop));
    }
}
