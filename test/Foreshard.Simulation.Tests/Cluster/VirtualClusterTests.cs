using System.Collections.Immutable;
using CsCheck;
using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Simulation.Cluster;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Tests.Cluster;

public sealed class VirtualClusterTests
{
    private const double Slot = 300;
    private static readonly DateTime Start = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);
    private static readonly EntityType Shop = EntityType.Of("shop", KeyKind.Text);
    private static readonly EntityKey A = Shop.Key("a");
    private static readonly EntityKey B = Shop.Key("b");

    private readonly LatencyHistogram latency = new(50);

    [Fact]
    public void A_move_takes_its_bytes_and_its_overhead_and_loads_both_ends()
    {
        var (cluster, demand, bytes) = Make(3);
        var unit = cluster.Map.Isolate(A);
        var from = cluster.Map.Find(A, ShardScope.Whole)!.Value.Partition;
        var to = Other(from);
        bytes(A, 10e9);
        cluster.Executor.Replace([MoveOf(A, ShardScope.Whole, unit, from, to, Start.AddSeconds(60))]);

        cluster.Advance(Start, Slot, demand, 1, latency);

        // 10 GB at 50 MB/s are 200 s; begun after a minute, with 2 s beside, it ends 38 s before the slot does.
        var done = Assert.Single(cluster.Executor.Completed);
        Assert.Equal((StepKind.Move, from.Value - 1, to.Value - 1, 10e9), (done.Step.Kind, done.From, done.To, done.Bytes));
        Assert.Equal((60, 262), ((done.StartUtc - Start).TotalSeconds, Math.Round((done.EndUtc - Start).TotalSeconds, 3)));
        Assert.Equal(to, cluster.Map.Find(A, ShardScope.Whole)!.Value.Partition);

        // A asks for 100 a second; the target has it for the last 38 s, and both ends a tenth of their capacity for 202 s.
        Assert.Equal((100 * 38 / Slot) + (0.1 * 1000 * 202 / Slot), cluster.Demand[to.Value - 1] - LoadOfOthers(cluster, to), 1e-3);
        Assert.Equal((100 * 262 / Slot) + (0.1 * 1000 * 202 / Slot), cluster.Demand[from.Value - 1] - LoadOfOthers(cluster, from), 1e-3);
        Assert.Equal(150 * Slot, Enumerable.Range(0, 3).Sum(cluster.Served), 1e-2);
    }

    [Fact]
    public void Moves_wait_for_their_turn_at_a_partition_and_a_late_one_is_not_overtaken()
    {
        var (cluster, demand, bytes) = Make(3);
        var (a, b) = (cluster.Map.Isolate(A), cluster.Map.Isolate(B));
        Gather(cluster, new PartitionId(1));
        bytes(A, 5e9);
        bytes(B, 5e9);
        cluster.Executor.Replace(
        [
            MoveOf(A, ShardScope.Whole, a, new PartitionId(1), new PartitionId(2), Start),
            MoveOf(B, ShardScope.Whole, b, new PartitionId(1), new PartitionId(3), Start),
        ]);
        cluster.Advance(Start, Slot, demand, 1, latency);

        Assert.Equal([102, 204], cluster.Executor.Completed.Select(done => Math.Round((done.EndUtc - Start).TotalSeconds, 3)));
        Assert.Equal([A, B], cluster.Executor.Completed.Select(done => done.Step.Entity));
    }

    [Fact]
    public void Moves_at_the_same_time_share_the_bandwidth_of_their_common_end_but_load_it_once()
    {
        var (cluster, demand, bytes) = Make(3, movesPerPartition: 2);
        var (a, b) = (cluster.Map.Isolate(A), cluster.Map.Isolate(B));
        Gather(cluster, new PartitionId(1));
        bytes(A, 5e9);
        bytes(B, 2.5e9);
        cluster.Executor.Replace(
        [
            MoveOf(A, ShardScope.Whole, a, new PartitionId(1), new PartitionId(2), Start),
            MoveOf(B, ShardScope.Whole, b, new PartitionId(1), new PartitionId(3), Start),
        ]);
        cluster.Advance(Start, Slot, demand, 1, latency);

        // B's 2.5 GB go at half of 50 MB/s; after that A's other half goes at all of it.
        Assert.Equal([(B, 102), (A, 152)], cluster.Executor.Completed.Select(done => (done.Step.Entity, (int)Math.Round((done.EndUtc - Start).TotalSeconds))));
        Assert.Equal([152, 152, 102], cluster.Executor.MoveSeconds.Select(seconds => Math.Round(seconds, 3)));
    }

    [Fact]
    public void A_split_waits_for_the_move_that_it_is_for_and_rows_go_with_their_groups()
    {
        var (cluster, demand, bytes) = Make(2);
        bytes(A, 4e9);
        var bucket = cluster.Map.Snapshot.PlacementOf(cluster.Map.Snapshot.BucketOf(A));
        var to = new PartitionId(3 - bucket.Partition.Value);
        var (eu, us) = (ShardScope.OfSegments(["eu"], takesNew: true), ShardScope.OfSegments(["us"], takesNew: false));
        PlanStep[] steps =
        [
            Reunit(StepKind.Isolate, ShardScope.Whole, []),
            Reunit(StepKind.Split, ShardScope.Whole, [eu, us]),
            MoveOf(A, us, bucket.Unit, bucket.Partition, to, Start.AddSeconds(30)),
        ];
        cluster.Executor.Replace(steps);
        cluster.Advance(Start, 20, demand, 20 / Slot, latency);
        Assert.Empty(cluster.Executor.Completed);

        cluster.Advance(Start.AddSeconds(20), 280, demand, 280 / Slot, latency);
        Assert.Equal([StepKind.Isolate, StepKind.Split, StepKind.Move], cluster.Executor.Completed.Select(done => done.Step.Kind));
        Assert.Equal((bucket.Partition, to), (cluster.Map.Find(A, eu)!.Value.Partition, cluster.Map.Find(A, us)!.Value.Partition));
        Assert.Equal(1e9, cluster.BytesAt(to.Value - 1), 1);
        Assert.Equal(0, cluster.Executor.Dropped);

        PlanStep Reunit(StepKind kind, ShardScope scope, ImmutableArray<ShardScope> parts) =>
            MoveOf(A, scope, bucket.Unit, bucket.Partition, bucket.Partition, Start) with { Kind = kind, Parts = parts };
    }

    [Fact]
    public void Shards_become_one_again_and_go_back_into_their_bucket()
    {
        var (cluster, demand, _) = Make(2);
        var unit = cluster.Map.Isolate(A);
        var place = cluster.Map.Find(A, ShardScope.Whole)!.Value.Partition;
        var (eu, us) = (ShardScope.OfSegments(["eu"], takesNew: true), ShardScope.OfSegments(["us"], takesNew: false));
        cluster.Map.Reshard(A, [unit], [eu, us]);
        cluster.Executor.Replace(
        [
            MoveOf(A, ShardScope.Whole, unit, place, place, Start) with { Kind = StepKind.Merge, Parts = [eu, us] },
            MoveOf(A, ShardScope.Whole, unit, place, place, Start) with { Kind = StepKind.Fold },
        ]);
        cluster.Advance(Start, Slot, demand, 1, latency);

        Assert.Equal([StepKind.Merge, StepKind.Fold], cluster.Executor.Completed.Select(done => done.Step.Kind));
        Assert.Equal(0, cluster.Map.Snapshot.EntryCount);
    }

    [Fact]
    public void What_does_not_fit_is_dropped_and_counted()
    {
        var (cluster, demand, bytes) = Make(2);
        var unit = cluster.Map.Isolate(A);
        var from = cluster.Map.Find(A, ShardScope.Whole)!.Value.Partition;
        bytes(A, 60e9);
        bytes(B, 60e9);
        Gather(cluster, Other(from), B);
        cluster.Executor.Replace([MoveOf(A, ShardScope.Whole, unit, from, Other(from), Start), MoveOf(A, ShardScope.Whole, unit, Other(from), from, Start)]);
        cluster.Advance(Start, Slot, demand, 1, latency);

        // Together they are above the target's budget of 100 GB, and the second step is about a place where it isn't.
        Assert.Empty(cluster.Executor.Completed);
        Assert.Equal(2, cluster.Executor.Dropped);
        Assert.Empty(cluster.Executor.Running);
    }

    [Fact]
    public void Whatever_steps_come_no_demand_and_no_byte_is_lost()
    {
        Gen.Int[0, 1_000_000].Sample(seed =>
        {
            var (cluster, demand, bytes) = Make(4);
            bytes(A, 3e9);
            bytes(B, 2e9);
            var random = new Random(seed);
            for (var slot = 0; slot < 30; slot++)
            {
                var now = Start.AddSeconds(slot * Slot);
                cluster.Executor.Replace([.. Enumerable.Range(0, 3).Select(_ => AnyStep(cluster, random, now))]);
                cluster.Advance(now, Slot, demand, 1, latency);
                Assert.Equal(150 * Slot, Enumerable.Range(0, 4).Sum(cluster.Served), 0.05);
                Assert.Equal(5e9, Enumerable.Range(0, 4).Sum(cluster.BytesAt), 1);
                Assert.True(cluster.Executor.Running.SelectMany(move => new[] { move.From, move.To }).GroupBy(end => end).All(end => end.Count() == 1));
            }
        }, iter: 100);
    }

    [Fact]
    public void A_draining_partition_sleeps_once_it_is_empty_and_is_woken_again()
    {
        var (cluster, demand, bytes) = Make(2);
        bytes(A, 0);
        bytes(B, 0);
        cluster.Map.Isolate(A);
        cluster.Map.Isolate(B);
        Gather(cluster, new PartitionId(1));
        cluster.Members.Drain(1);
        cluster.Advance(Start, Slot, demand, 1, latency);
        Assert.Equal((MemberState.Asleep, 1), (cluster.Members[1], cluster.Members.AwakeCount));
        var mapping = cluster.Map.Snapshot;
        Assert.All(Enumerable.Range(0, mapping.BucketCount), bucket => Assert.Equal(1, mapping.PlacementOf(new UnitId(bucket)).Partition.Value));

        cluster.Members.Add(Start.AddSeconds(Slot), TimeSpan.FromMinutes(5));
        cluster.Advance(Start.AddSeconds(Slot), Slot, demand, 1, latency);
        Assert.Equal((MemberState.Waking, 2), (cluster.Members[1], cluster.Members.AwakeCount));
        cluster.Advance(Start.AddSeconds(2 * Slot), Slot, demand, 1, latency);
        Assert.Equal(MemberState.Active, cluster.Members[1]);
    }

    /// <summary>Shop a asks for 75 a second in the EU and 25 in the US, b for 50; of a's bytes, groups have as much.</summary>
    private static (VirtualCluster Cluster, SlotDemand Demand, Action<EntityKey, double> Bytes) Make(int partitions, int movesPerPartition = 1)
    {
        WorkloadEntity[] shops =
        [
            new() { Entity = A, Rate = 100, Groups = [new WorkloadGroup("eu", 0.75), new WorkloadGroup("us", 0.25)] },
            new() { Entity = B, Rate = 50 },
        ];
        var trace = WorkloadGenerator.Generate(Start, 1, shops, seed: null);
        var nodes = new NodeTable(trace.Keys, MappingSnapshot.DefaultBucketCount);
        var bytes = new double[nodes.Count];
        var sizes = new NodeSizes(nodes, bytes, 0);
        var settings = new FleetSettings
        {
            Partitions = partitions,
            Awake = partitions,
            Capacity = 1000,
            SizeBudgetBytes = 100e9,
            MoveBytesPerSecond = 50e6,
            MovesPerPartition = movesPerPartition,
        };
        var demand = new SlotDemand(nodes);
        demand.Read(trace, 0);
        sizes.Close(demand);
        return (new VirtualCluster(settings, nodes, sizes), demand, Size);

        void Size(EntityKey entity, double size)
        {
            var (from, to) = nodes.NodesOf(nodes.NumberOf(entity));
            for (var node = from; node < to; node++) bytes[node] = size * (to - from == 1 ? 1 : nodes.Groups[node].Segment == "eu" ? 0.75 : 0.25);
        }
    }

    private static void Gather(VirtualCluster cluster, PartitionId on, params EntityKey[] entities)
    {
        foreach (var entity in entities.Length > 0 ? entities : [A, B])
        {
            var place = cluster.Map.Snapshot.Find(entity);
            if (place.Partition != on) cluster.Map.Move(place.Unit, on);
        }
    }

    private static PlanStep AnyStep(VirtualCluster cluster, Random random, DateTime now)
    {
        var entity = random.Next(2) == 0 ? A : B;
        var snapshot = cluster.Map.Snapshot;
        var (eu, us) = (ShardScope.OfSegments(["eu"], takesNew: true), ShardScope.OfSegments(["us"], takesNew: false));
        var scope = random.Next(3) switch { 0 => ShardScope.Whole, 1 => eu, _ => us };
        var kind = (StepKind)random.Next(5);
        var place = cluster.Map.Find(entity, scope) ?? snapshot.Find(entity);
        var to = kind == StepKind.Move ? new PartitionId(1 + random.Next(4)) : place.Partition;
        var isBucket = kind == StepKind.Move && random.Next(4) == 0;
        var (owner, unit) = isBucket ? (default, snapshot.BucketOf(entity)) : (entity, place.Unit);
        return MoveOf(owner, scope, unit, place.Partition, to, now.AddSeconds(random.Next(300))) with
        {
            Kind = kind,
            Scope = kind is StepKind.Split or StepKind.Merge ? ShardScope.Whole : scope,
            Parts = kind is StepKind.Split or StepKind.Merge ? [eu, us] : [],
        };
    }

    private static PlanStep MoveOf(EntityKey entity, ShardScope scope, UnitId unit, PartitionId from, PartitionId to, DateTime start) => new()
    {
        Kind = StepKind.Move,
        Unit = unit,
        Entity = entity,
        Scope = scope,
        From = from,
        To = to,
        StartUtc = start,
        EndUtc = start,
        Reason = StepReason.Overload,
        Because = "for a test",
    };

    private static PartitionId Other(PartitionId partition) => new(partition.Value == 1 ? 2 : 1);

    private static double LoadOfOthers(VirtualCluster cluster, PartitionId partition) => cluster.Map.Snapshot.Find(B).Partition == partition ? 50 : 0;
}
