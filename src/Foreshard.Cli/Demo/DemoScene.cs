using Foreshard.Autopilot;
using Foreshard.Partitions;
using Foreshard.Sessions;
using Foreshard.Sqlite;

namespace Foreshard.Cli.Demo;

/// <summary>The store as all policies find it, and the traffic that comes to it.</summary>
internal sealed class DemoScene
{
    private const string BaseFolder = "base";

    private DemoScene(string folder, DemoPlan plan, DemoTraffic traffic, DemoLedger ledger, double largestBytes, TimeProvider time)
    {
        LargestBytes = largestBytes;
        Folder = folder;
        Plan = plan;
        Traffic = traffic;
        Ledger = ledger;
        Time = time;
        Accesses = [.. traffic.Between(DemoPlan.Begin, plan.End)];
    }

    /// <summary>Where the stores are, one for each policy.</summary>
    public string Folder { get; }

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
    public static async Task<DemoScene> PrepareAsync(string folder, DemoPlan plan, TimeProvider time, CancellationToken cancellationToken)
    {
        var traffic = DemoTraffic.Read(DemoStore.Schema[DemoStore.EntityTypeName], cancellationToken);
        var ledger = new DemoLedger(traffic.Stations.Count);
        var path = Path.Combine(folder, BaseFolder);
        Directory.CreateDirectory(folder);
        await using var store = await EntityStore.OpenAsync(path, DemoStore.Schema, DemoStore.Options(), cancellationToken);
        await DemoStore.FillAsync(store, traffic, ledger, cancellationToken);
        return new DemoScene(folder, plan, traffic, ledger, await LargestAsync(store, cancellationToken), time);
    }

    /// <summary>Lets the autopilot of the store that policies get copies of learn from what was before.</summary>
    /// <param name="usage">What an access was measured to cost.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task LearnAsync(SessionUsage usage, CancellationToken cancellationToken)
    {
        var options = DemoStore.Options();
        options.Autopilot.Mode = AutopilotMode.Advise;
        options.Autopilot.Interval = DemoPlan.Interval;
        options.Autopilot.TimeProvider = new AcceleratedClock(Time, DemoPlan.Begin, Plan.Factor);
        options.Autopilot.IsStepped = true;
        await using var store = await EntityStore.OpenAsync(Path.Combine(Folder, BaseFolder), DemoStore.Schema, options, cancellationToken);
        store.Autopilot.Learn(Traffic.History(usage));
        await store.Autopilot.StartAsync(cancellationToken);
    }

    /// <summary>Where a policy's store is.</summary>
    public string FolderOf(DemoPolicy policy) => Path.Combine(Folder, Output.Words.Of(policy));

    /// <summary>A copy of the store for a policy; while nobody has it open a store is its folder.</summary>
    public string Copy(DemoPolicy policy)
    {
        var path = FolderOf(policy);
        DemoFolder.Copy(Path.Combine(Folder, BaseFolder), path);
        return path;
    }

    private static async ValueTask<double> LargestAsync(EntityStore store, CancellationToken cancellationToken)
    {
        var sizes = new List<EntitySize>();
        foreach (var partition in store.Moving.Partitions.All) sizes.AddRange(await partition.ReadSizesAsync(cancellationToken));
        return sizes.GroupBy(size => size.Entity).Max(city => city.Sum(size => size.Bytes));
    }
}
