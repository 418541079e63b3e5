using Foreshard.Balancing;

namespace Foreshard.Simulation.Cluster;

/// <summary>A fleet of virtual partitions under one policy: takes demand, carries plans out, tells what it was like.</summary>
internal sealed class VirtualCluster
{
    private readonly NodeTable nodes;
    private readonly NodeSizes sizes;
    private readonly PartitionQueue[] queues;
    private readonly double[] cost;
    private readonly double[,] accesses;
    private readonly double[,] roundTripMs;

    public VirtualCluster(FleetSettings settings, NodeTable nodes, NodeSizes sizes)
    {
        Settings = settings;
        this.nodes = nodes;
        this.sizes = sizes;
        Members = new FleetMembers(settings);
        Map = new ClusterMap(nodes, Members.Infos());
        Executor = new StepExecutor(settings, nodes, sizes, Map, Members);
        queues = [.. Enumerable.Range(0, settings.Partitions).Select(_ => new PartitionQueue(settings.Capacity, settings.ServiceMs))];
        cost = new double[settings.Partitions];
        Demand = new double[settings.Partitions];
        accesses = new double[settings.Partitions, nodes.Regions.Length];
        roundTripMs = new double[settings.Partitions, nodes.Regions.Length];
        for (var partition = 0; partition < settings.Partitions; partition++)
        {
            for (var region = 0; region < nodes.Regions.Length; region++)
                roundTripMs[partition, region] = settings.RoundTrips.Between(nodes.Regions[region], settings.RegionOf(partition));
        }
    }

    public FleetSettings Settings { get; }

    public ClusterMap Map { get; }

    public FleetMembers Members { get; }

    public StepExecutor Executor { get; }

    /// <summary>Of each partition, in the last time that passed: cost units per second, the load of moves included.</summary>
    public double[] Demand { get; }

    /// <summary>Time passes, in which a part of a slot's demand comes, evenly.</summary>
    /// <param name="startUtc">From when.</param>
    /// <param name="seconds">For how long.</param>
    /// <param name="demand">The slot's.</param>
    /// <param name="share">Part of the slot that this is.</param>
    /// <param name="latency">Where answer times are told.</param>
    public void Advance(DateTime startUtc, double seconds, SlotDemand demand, double share, LatencyHistogram latency)
    {
        Members.Wake(startUtc);
        Attribute(demand, share);
        Executor.Advance(startUtc, seconds);
        foreach (var done in Executor.Completed)
        {
            if (done.Step.Kind == StepKind.Move) Shift(done, demand, share * ((startUtc.AddSeconds(seconds) - done.EndUtc).TotalSeconds / seconds));
        }

        for (var partition = 0; partition < Demand.Length; partition++)
        {
            var moving = Settings.MoveShare * Settings.Capacity * Executor.MoveSeconds[partition];
            Demand[partition] = (cost[partition] + moving) / seconds;
            queues[partition].Advance(Demand[partition], seconds);
        }

        foreach (var done in Executor.Completed)
        {
            if (done.Step.Kind == StepKind.Move) Stall(done, demand, share * Settings.StallMs / 1000 / seconds, latency);
        }

        Tell(latency);
        PutToSleep();
    }

    /// <summary>Of a partition, in the last time that passed: cost units that users asked for.</summary>
    public double Served(int partition) => cost[partition];

    /// <summary>Bytes of a unit.</summary>
    public double BytesOf(UnitId unit)
    {
        var sum = 0.0;
        foreach (var node in Map.NodesOf(unit)) sum += sizes.Bytes[node];
        return sum;
    }

    /// <summary>Bytes on a partition.</summary>
    public double BytesAt(int partition)
    {
        var sum = 0.0;
        for (var node = 0; node < nodes.Count; node++)
        {
            if (Map.PartitionOfNode[node] == partition) sum += sizes.Bytes[node];
        }

        return sum;
    }

    private void Attribute(SlotDemand demand, double share)
    {
        Array.Clear(cost);
        Array.Clear(accesses);
        var places = Map.PartitionOfNode;
        foreach (ref readonly var row in demand.Rows)
        {
            var partition = places[nodes.NodeOfKey[row.Key]];
            cost[partition] += row.Cost * share;
            accesses[partition, nodes.RegionOfKey[row.Key]] += row.Accesses * share;
        }
    }

    /// <summary>What came after a move's end came to its target.</summary>
    private void Shift(CompletedStep done, SlotDemand demand, double share)
    {
        foreach (var node in done.Nodes)
        {
            foreach (var row in demand.RowsOf(node))
            {
                var region = nodes.RegionOfKey[row.Key];
                cost[done.From] -= row.Cost * share;
                cost[done.To] += row.Cost * share;
                accesses[done.From, region] -= row.Accesses * share;
                accesses[done.To, region] += row.Accesses * share;
            }
        }
    }

    private void Stall(CompletedStep done, SlotDemand demand, double share, LatencyHistogram latency)
    {
        foreach (var node in done.Nodes)
        {
            foreach (var row in demand.RowsOf(node))
            {
                var region = nodes.RegionOfKey[row.Key];
                var stalled = Math.Min(row.Accesses * share, Math.Max(0, accesses[done.To, region]));
                accesses[done.To, region] -= stalled;
                queues[done.To].TellStalled(stalled, roundTripMs[done.To, region], Settings.StallMs, latency);
            }
        }
    }

    private void Tell(LatencyHistogram latency)
    {
        for (var partition = 0; partition < queues.Length; partition++)
        {
            for (var region = 0; region < nodes.Regions.Length; region++)
                queues[partition].Tell(accesses[partition, region], roundTripMs[partition, region], latency);
        }
    }

    /// <summary>A draining partition that has no rows left gives its empty buckets away, which carries nothing, and sleeps.</summary>
    private void PutToSleep()
    {
        for (var partition = 0; partition < Members.Count; partition++)
        {
            if (Members[partition] != MemberState.Draining || Executor.IsBusy(partition) || HoldsRows(partition)) continue;
            var others = Enumerable.Range(0, Members.Count).Where(other => Members[other] == MemberState.Active).ToArray();
            if (others.Length == 0) continue;
            var given = 0;
            foreach (var unit in UnitsAt(partition)) Map.Move(unit, new PartitionId(others[given++ % others.Length] + 1));
            Members.Sleep(partition);
        }
    }

    private bool HoldsRows(int partition)
    {
        for (var node = 0; node < nodes.Count; node++)
        {
            if (Map.PartitionOfNode[node] == partition && sizes.HasCome(node)) return true;
        }

        return false;
    }

    private List<UnitId> UnitsAt(int partition)
    {
        var id = new PartitionId(partition + 1);
        var snapshot = Map.Snapshot;
        var buckets = Enumerable.Range(0, snapshot.BucketCount).Select(bucket => new UnitId(bucket)).Where(unit => snapshot.PlacementOf(unit).Partition == id);
        var shards = snapshot.Entries().SelectMany(entry => entry.Shards).Where(shard => shard.Placement.Partition == id)
            .Select(shard => shard.Placement.Unit).Order();
        return [.. buckets, .. shards];
    }
}
