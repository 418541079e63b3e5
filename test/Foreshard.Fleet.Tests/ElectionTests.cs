using Foreshard.Autopilot;

namespace Foreshard.Fleet.Tests;

/// <summary>One of several processes runs the autopilot.</summary>
[Trait("Category", "Slow")]
public sealed class ElectionTests(OneEtcd etcd)
{
    [Fact]
    public async Task One_process_runs_the_autopilot_and_another_goes_on_when_it_ends()
    {
        var (fleet, one) = await Fleet.StartAsync(etcd, configure: Advise);
        await using var _ = fleet;
        await WaitAsync(() => one.Autopilot.Status.IsRunning);
        var two = await fleet.OpenAsync(Advise);
        await Task.Delay(TimeSpan.FromSeconds(1), Fleet.Stop);
        Assert.False(two.Autopilot.Status.IsRunning);
        await WaitAsync(() => two.Autopilot.Status.Leader == one.Member!.Name);
        await WaitAsync(() => one.Autopilot.Status.Leader == one.Member!.Name);

        await one.DisposeAsync();
        await WaitAsync(() => two.Autopilot.Status.IsRunning);
        await WaitAsync(() => two.Autopilot.Status.Leader == two.Member!.Name);
    }

    [Fact]
    public async Task What_sessions_of_all_processes_do_is_counted_by_the_one_that_runs_it()
    {
        var (fleet, leader) = await Fleet.StartAsync(etcd, configure: Advise);
        await using var _ = fleet;
        await WaitAsync(() => leader.Autopilot.Status.IsRunning);
        var other = await fleet.OpenAsync(Advise);
        await Fleet.AddCustomerAsync(other, 42, 5, "eu");
        for (var i = 0; i < 20; i++) await Fleet.ReadAsync(other, 42, "SELECT count(*) FROM orders WHERE customer_id = 42", "eu");

        // An interval is five minutes; so long nobody wants to wait.
        await other.Autopilot.PostAsync(Fleet.Stop);
        var batches = (long)(await fleet.ReadPartitionAsync("p1", "SELECT count(*) FROM foreshard.access_batch"))!;
        Assert.Equal(1, batches);
    }

    [Fact]
    public async Task It_can_be_paused_and_resumed_from_any_process()
    {
        var (fleet, leader) = await Fleet.StartAsync(etcd, configure: Advise);
        await using var _ = fleet;
        await WaitAsync(() => leader.Autopilot.Status.IsRunning);
        var other = await fleet.OpenAsync(Advise);

        await other.Autopilot.PauseAsync("sale", Fleet.Stop);
        Assert.Equal("sale", (await leader.Autopilot.ReadStateAsync(Fleet.Stop))!.Paused);
        await leader.Autopilot.ResumeAsync(Fleet.Stop);
        Assert.Null((await other.Autopilot.ReadStateAsync(Fleet.Stop))!.Paused);
    }

    private static void Advise(FleetStoreOptions options) => options.Autopilot.Mode = AutopilotMode.Advise;

    private static async Task WaitAsync(Func<bool> condition)
    {
        for (var i = 0; i < 300 && !condition(); i++) await Task.Delay(100, Fleet.Stop);
        Assert.True(condition());
    }
}
