using Foreshard.Autopilot;
using Foreshard.Partitions;
using Foreshard.Sessions;

namespace Foreshard.Cli.Demo;

/// <summary>The store as all policies find it, and the traffic that comes to it.</summary>
internal sealed class DemoScene
{
    private DemoScene(IDemoGround ground, DemoPlan plan, DemoTraffic traffic, DemoLedger ledger, double largestBytes, TimeProvider time)
    {
        LargestBytes = largestBytes;
        Ground = ground;
        Plan = plan;
        Traffic = traffic;
        Ledger = ledger;
        Time = time;
        Accesses = [.. traffic.Between(DemoPlan.Begin, plan.End)];
    }

    /// <summary>Where the stores are, one for each policy.</summary>
    public IDemoGround Ground { get; }

    public DemoPlan Plan { get; }

    public DemoTraffic Traffic { get; }

    /// <summary>What the store holds at the start.</summary>
    public DemoLedger Ledger { get; }

    /// <summary>Bytes of the largest city at the start.</summary>
    public double LargestBytes { get; }

    /// <summary>The real clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>What is replayed.</summary>
    public IReadOnlyList<DemoAccess> Accesses { get; }

    /// <summary>Reads the record and makes the store that policies get copies of.</summary>
    public static async Task<DemoScene> PrepareAsync(IDemoGround ground, DemoPlan plan, TimeProvider time, CancellationToken cancellationToken)
    {
        var traffic = DemoTraffic.Read(DemoStore.Schema[DemoStore.EntityTypeName], cancellationToken);
        var ledger = new DemoLedger(traffic.Stations.Count);
        await using var store = await ground.OpenBaseAsync(null, cancellationToken);
        await DemoStore.FillAsync(store, traffic, ledger, cancellationToken);
        return new DemoScene(ground, plan, traffic, ledger, await LargestAsync(store, cancellationToken), time);
    }

    /// <summary>Lets the autopilot of the store that policies get copies of learn from what was before.</summary>
    /// <param name="usage">What an access was measured to cost.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task LearnAsync(SessionUsage usage, CancellationToken cancellationToken)
    {
        await using var store = await Ground.OpenBaseAsync(
            options =>
            {
                options.Autopilot.Mode = AutopilotMode.Advise;
                options.Autopilot.Interval = DemoPlan.Interval;
                options.Autopilot.TimeProvider = new AcceleratedClock(Time, DemoPlan.Begin, Plan.Factor);
                options.Autopilot.IsStepped = true;
            },
            cancellationToken);
        store.Autopilot.Learn(Traffic.History(usage));
        await store.Autopilot.StartAsync(cancellationToken);
    }

    private static async ValueTask<double> LargestAsync(EntityStore store, CancellationToken cancellationToken)
    {
        var sizes = new List<EntitySize>();
        foreach (var partition in store.Moving.Partitions.All) sizes.AddRange(await partition.ReadSizesAsync(cancellationToken));
        return sizes.GroupBy(size => size.Entity).Max(city => city.Sum(size => size.Bytes));
    }
}
