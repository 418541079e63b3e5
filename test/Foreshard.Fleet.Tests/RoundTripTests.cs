using Foreshard.Autopilot;
using Foreshard.Balancing;
using Foreshard.Profiling;
using Foreshard.Servers;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Foreshard.Fleet.Tests;

/// <summary>Processes measure how far partitions are, and plans go by it.</summary>
[Trait("Category", "Slow")]
public sealed class RoundTripTests(OneEtcd etcd)
{
    private const int FarMilliseconds = 20;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task What_users_of_a_region_ask_for_goes_to_the_partition_that_its_processes_found_near()
    {
        await using var proxy = new TcpProxy((await PostgresDatabases.ServerAsync()).Port) { Delay = TimeSpan.FromMilliseconds(FarMilliseconds) };
        var far = new NpgsqlConnectionStringBuilder(await PostgresDatabases.CreateAsync()) { Host = "127.0.0.1", Port = proxy.Port }.ConnectionString;
        await using var fleet = await Fleet.PrepareAsync(etcd, last: far);
        await using var store = await fleet.OpenAsync(options => Piloted(options, "eu"));
        await store.ApplySchemaAsync(1, Fleet.Ddl, cancellationToken: Fleet.Stop);
        await Fleet.AddCustomerAsync(store, 42, 5, "eu");
        if (store.Where(Fleet.Customer(42)).Shards[0].Partition != "p2") await store.MoveAsync(Fleet.Customer(42), "p2", cancellationToken: Fleet.Stop);
        else await store.IsolateAsync(Fleet.Customer(42), Fleet.Stop);
        var other = await fleet.OpenAsync(options => Piloted(options, "us"));
        await other.Autopilot.MeasureAsync(Fleet.Stop);
        await other.Autopilot.PostAsync(Fleet.Stop);
        await store.Autopilot.MeasureAsync(Fleet.Stop);

        store.Autopilot.Learn(History());
        await store.Autopilot.StartAsync(Fleet.Stop);

        // Of whom nobody knows how much of a partition they ask for, no regions are counted: that begins with the first plan.
        for (var interval = 0; interval < 3; interval++)
        {
            for (var one = 0; one < 20; one++) await Fleet.ReadAsync(store, 42, "SELECT count(*) FROM orders WHERE customer_id = 42", "eu");
            clock.Advance(Interval);
            await store.Autopilot.SettleAsync(Fleet.Stop);
        }

        var trips = store.Autopilot.Status.RoundTrips;
        Assert.Equal(["eu p1", "eu p2", "us p1", "us p2"], trips.Select(trip => $"{trip.Region} {trip.Partition}"));
        Assert.All(trips, trip => Assert.Equal(1, trip.Processes));
        Assert.All(trips.Where(trip => trip.Partition == "p2"), trip => Assert.InRange(trip.Milliseconds, FarMilliseconds, double.PositiveInfinity));
        Assert.All(trips.Where(trip => trip.Partition == "p1"), trip => Assert.InRange(trip.Milliseconds, 1, FarMilliseconds - 1));
        var plan = store.Autopilot.LastPlan!;
        var step = Assert.Single(plan.Steps, step => step.Kind == StepKind.Move && step.Entity == Fleet.Customer(42));
        Assert.Equal(StepReason.Latency, step.Reason);
        Assert.Contains("(measured: eu is ", step.Because, StringComparison.Ordinal);
        Assert.Equal(trips.Count, (await other.Autopilot.ReadPlanAsync(Fleet.Stop))!.RoundTrips.Count);
    }

    [Fact]
    public async Task A_process_that_does_not_know_where_it_is_measures_nothing()
    {
        var (fleet, store) = await Fleet.StartAsync(etcd, configure: options => Piloted(options, ""));
        await using var _ = fleet;

        await store.Autopilot.MeasureAsync(Fleet.Stop);
        await store.Autopilot.PostAsync(Fleet.Stop);

        Assert.Equal(0L, await fleet.ReadPartitionAsync("p1", "SELECT count(*) FROM foreshard.access_batch"));
    }

    /// <summary>Two weeks of 2 cost units a second at midnight and 38 at noon, all from eu.</summary>
    private IEnumerable<Access> History()
    {
        var end = clock.GetUtcNow().UtcDateTime;
        for (var time = end.AddDays(-14); time < end; time += Interval)
        {
            var cost = (20 - (18 * Math.Cos(time.TimeOfDay.TotalDays * 2 * Math.PI))) * Interval.TotalSeconds;
            yield return new Access { TimeUtc = time, Entity = Fleet.Customer(42), Group = "eu", Region = "eu", Reads = 10, Cost = cost };
        }
    }

    private void Piloted(FleetStoreOptions options, string region)
    {
        options.Region = region;
        options.Autopilot = new AutopilotOptions
        {
            Mode = AutopilotMode.Advise,
            Interval = Interval,
            PlanEvery = Interval,
            AssumedCapacity = 100,
            TimeProvider = clock,
            IsStepped = true,
        };
    }
}
