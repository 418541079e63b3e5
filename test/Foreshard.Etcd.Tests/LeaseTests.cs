using Foreshard.Mapping;
using Microsoft.Extensions.Time.Testing;

namespace Foreshard.Etcd.Tests;

/// <summary>Leases end by etcd's clock, and every later holder has a higher fencing number.</summary>
[Trait("Category", "Slow")]
public sealed class LeaseTests(OneEtcd etcd)
{
    private const string Name = "autopilot";

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    private static CancellationToken Stop => StoreScene.Stop;

    [Fact]
    public async Task When_its_holder_dies_a_lease_passes_on_once_it_has_ended()
    {
        var options = etcd.NewStore();
        var holder = await StoreScene.CreateAsync(options);
        await using var next = await StoreScene.OpenAsync(options);
        var held = await holder.AcquireLeaseAsync(Name, "a", Duration, Stop);
        for (var i = 0; i < 6; i++)
        {
            await StoreScene.PauseAsync(0.7);
            Assert.Equal(held!.Fencing, (await holder.AcquireLeaseAsync(Name, "a", Duration, Stop))!.Fencing);
            Assert.Null(await next.AcquireLeaseAsync(Name, "b", Duration, Stop));
        }

        await holder.DisposeAsync();

        Lease? taken = null;
        await StoreScene.EventuallyAsync(async () => (taken = await next.AcquireLeaseAsync(Name, "b", Duration, Stop)) is not null);
        Assert.True(taken!.Fencing > held!.Fencing);
    }

    [Fact]
    public async Task Who_comes_back_after_its_lease_has_ended_neither_renews_nor_releases_it()
    {
        var options = etcd.NewStore();
        await using var late = await StoreScene.CreateAsync(options);
        await using var next = await StoreScene.OpenAsync(options);
        var old = await late.AcquireLeaseAsync(Name, "a", Duration, Stop);
        Lease? taken = null;
        await StoreScene.EventuallyAsync(async () => (taken = await next.AcquireLeaseAsync(Name, "b", TimeSpan.FromMinutes(1), Stop)) is not null);

        await late.ReleaseLeaseAsync(old!, Stop);
        var refused = await late.AcquireLeaseAsync(Name, "a", Duration, Stop);

        Assert.Null(refused);
        Assert.Equal(taken!.Fencing, (await next.AcquireLeaseAsync(Name, "b", TimeSpan.FromMinutes(1), Stop))!.Fencing);
    }

    [Fact]
    public async Task A_clock_that_is_wrong_ends_no_lease()
    {
        var options = etcd.NewStore();
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using var holder = await StoreScene.CreateAsync(options);
        await using var other = await EtcdMappingStore.OpenAsync(options, clock, Stop);
        await holder.AcquireLeaseAsync(Name, "a", TimeSpan.FromMinutes(1), Stop);

        clock.Advance(TimeSpan.FromDays(365));

        Assert.Null(await other.AcquireLeaseAsync(Name, "b", Duration, Stop));
    }

    [Fact]
    public async Task Another_duration_keeps_the_fencing_number_and_holds_as_long()
    {
        var options = etcd.NewStore();
        await using var holder = await StoreScene.CreateAsync(options);
        await using var other = await StoreScene.OpenAsync(options);
        var shorter = await holder.AcquireLeaseAsync(Name, "a\nb", Duration, Stop);

        var longer = await holder.AcquireLeaseAsync(Name, "a\nb", TimeSpan.FromMinutes(1), Stop);
        await StoreScene.PauseAsync(5);

        Assert.Equal(shorter!.Fencing, longer!.Fencing);
        Assert.Null(await other.AcquireLeaseAsync(Name, "a", Duration, Stop));
        await holder.ReleaseLeaseAsync(longer, Stop);
        Assert.True((await other.AcquireLeaseAsync(Name, "a", Duration, Stop))!.Fencing > longer.Fencing);
    }

    [Fact]
    public async Task Of_many_that_want_a_lease_one_gets_it()
    {
        var options = etcd.NewStore();
        await using var store = await StoreScene.CreateAsync(options);

        var leases = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            i => Task.Run(() => store.AcquireLeaseAsync(Name, $"owner {i}", Duration, Stop).AsTask(), Stop)));

        Assert.Single(leases, lease => lease is not null);
    }
}
