using Foreshard.Balancing;
using Foreshard.Mapping;

namespace Foreshard.Simulation.Cluster;

/// <summary>Carries plans out in virtual time: re-units at once, moves over the time that their bytes take.</summary>
/// <remarks>
/// <para>
/// <see cref="StepQueue"/> says which steps may begin. One that no longer fits the mapping, the fleet or the target's size budget is dropped and
/// counted. A new plan takes the place of all steps that haven't begun.
/// </para>
/// <para>Moves share a partition's bandwidth evenly; a move runs at the lower of what its two ends give it. What is written to a unit while it
/// moves goes along without taking time.</para>
/// </remarks>
internal sealed class StepExecutor(FleetSettings settings, NodeTable nodes, NodeSizes sizes, ClusterMap map, FleetMembers members)
{
    private readonly StepQueue queue = new();
    private readonly List<RunningTransfer> running = [];
    private readonly int[] runningAt = new int[settings.Partitions];

    /// <summary>Steps of plans that were dropped.</summary>
    public int Dropped { get; private set; }

    /// <summary>The moves that run.</summary>
    public IReadOnlyList<RunningTransfer> Running => running;

    /// <summary>Seconds of the last time that passed in which a partition took part in a move.</summary>
    public double[] MoveSeconds { get; } = new double[settings.Partitions];

    /// <summary>Steps that were done in the last time that passed, in order.</summary>
    public List<CompletedStep> Completed { get; } = [];

    /// <summary>Whether a partition takes part in a move.</summary>
    public bool IsBusy(int partition) => runningAt[partition] > 0;

    /// <summary>Puts a plan in the place of what hasn't begun.</summary>
    public void Replace(IReadOnlyList<PlanStep> steps) => queue.Replace(steps);

    /// <summary>The moves that run, as plans see them.</summary>
    public List<RunningMove> ForPlans(DateTime nowUtc) =>
    [
        .. running.OrderBy(move => move.Unit).Select(move => new RunningMove(
            move.Unit, new PartitionId(move.From + 1), new PartitionId(move.To + 1), nowUtc.AddSeconds(move.SecondsLeft(SpeedOf(move))), move.BytesLeft)),
    ];

    /// <summary>Time passes.</summary>
    /// <param name="startUtc">From when.</param>
    /// <param name="seconds">For how long.</param>
    public void Advance(DateTime startUtc, double seconds)
    {
        Completed.Clear();
        Array.Clear(MoveSeconds);
        for (var at = 0.0; ;)
        {
            var now = startUtc.AddSeconds(at);
            Begin(now);
            var pause = Math.Min(seconds - at, SecondsToNextEvent(now));
            foreach (var move in running) move.Advance(pause, SpeedOf(move));
            for (var partition = 0; partition < runningAt.Length; partition++)
            {
                if (runningAt[partition] > 0) MoveSeconds[partition] += pause;
            }

            at += pause;
            Finish(startUtc.AddSeconds(at));
            if (at >= seconds) return;
        }
    }

    private double SpeedOf(RunningTransfer move) => settings.MoveBytesPerSecond / Math.Max(runningAt[move.From], runningAt[move.To]);

    private double SecondsToNextEvent(DateTime now)
    {
        var next = double.PositiveInfinity;
        foreach (var move in running) next = Math.Min(next, move.SecondsLeft(SpeedOf(move)));
        if (queue.NextStartAfter(now) is { } start) next = Math.Min(next, (start - now).TotalSeconds);
        return next;
    }

    private void Finish(DateTime now)
    {
        for (var i = 0; i < running.Count; i++)
        {
            var move = running[i];
            if (move.OverheadLeft > 0 || move.BytesLeft > 1e-6) continue;
            running.RemoveAt(i--);
            runningAt[move.From]--;
            runningAt[move.To]--;
            var content = map.NodesOf(move.Unit);
            map.Move(move.Unit, new PartitionId(move.To + 1));
            Completed.Add(new CompletedStep(
                move.Step, move.Unit, content, move.From, move.To, move.StartUtc, now, move.Bytes, members[move.From] == MemberState.Draining));
        }
    }

    private void Begin(DateTime now)
    {
        queue.StartRound();
        while (queue.Next(now, HasRoom) is { } step)
        {
            var outcome = step.Kind == StepKind.Move ? TryMove(step, now) : TryReunit(step, now);
            if (outcome == Outcome.Wait)
            {
                queue.Wait();
                continue;
            }

            if (outcome == Outcome.Drop) Dropped++;
            queue.Took();
        }
    }

    private Outcome TryMove(PlanStep step, DateTime now)
    {
        if (UnitOf(step) is not { } place || place.Partition != step.From || step.From == step.To) return Outcome.Drop;
        var (from, to) = (step.From.Value - 1, step.To.Value - 1);
        if (members[to] is MemberState.Asleep or MemberState.Draining) return Outcome.Drop;
        if (IsMoving(place.Unit)) return Outcome.Wait;
        var content = map.NodesOf(place.Unit);
        var bytes = BytesOf(content);
        if (settings.SizeBudgetBytes > 0 && BytesAt(to) + bytes > settings.SizeBudgetBytes) return Outcome.Drop;
        running.Add(new RunningTransfer
        {
            Step = step,
            Unit = place.Unit,
            From = from,
            To = to,
            StartUtc = now,
            Bytes = bytes,
            BytesLeft = bytes,
            OverheadLeft = Math.Max(settings.MoveOverhead.TotalSeconds, 1e-3),
        });
        runningAt[from]++;
        runningAt[to]++;
        return Outcome.Done;
    }

    private Outcome TryReunit(PlanStep step, DateTime now)
    {
        var entry = map.Snapshot.EntryOf(step.Entity);
        var bucket = map.Snapshot.PlacementOf(map.Snapshot.BucketOf(step.Entity));
        if (IsMoving(bucket.Unit) || (entry is not null && entry.Shards.Any(shard => IsMoving(shard.Placement.Unit)))) return Outcome.Wait;
        return step.Kind switch
        {
            StepKind.Isolate => entry is null && bucket.Partition == step.From ? Isolate(step, now) : Outcome.Drop,
            StepKind.Fold => entry is { IsSplit: false } && entry.HomeShard.Placement.Partition == bucket.Partition ? Fold(step, bucket, now) : Outcome.Drop,
            StepKind.Split => Reshard(step, [step.Scope], step.Parts, now),
            _ => Reshard(step, [.. step.Parts], [step.Scope], now),
        };
    }

    private Outcome Isolate(PlanStep step, DateTime now) => Done(step, map.Isolate(step.Entity), now);

    private Outcome Fold(PlanStep step, Placement bucket, DateTime now)
    {
        map.Fold(step.Entity);
        return Done(step, bucket.Unit, now);
    }

    private Outcome Reshard(PlanStep step, IReadOnlyList<ShardScope> old, IReadOnlyList<ShardScope> scopes, DateTime now)
    {
        var found = old.Select(scope => map.Find(step.Entity, scope)).ToList();
        if (found.Count == 0 || scopes.Count == 0 || found.Any(place => place?.Partition != step.From)) return Outcome.Drop;
        if (map.Snapshot.EntryOf(step.Entity)!.Shards.Length - old.Count + scopes.Count > EntityEntry.MaxShards) return Outcome.Drop;
        return Done(step, map.Reshard(step.Entity, [.. found.Select(place => place!.Value.Unit)], [.. scopes])[0], now);
    }

    private Outcome Done(PlanStep step, UnitId unit, DateTime now)
    {
        var at = step.From.Value - 1;
        Completed.Add(new CompletedStep(step, unit, map.NodesOf(unit), at, at, now, now, 0, false));
        return Outcome.Done;
    }

    private Placement? UnitOf(PlanStep step)
    {
        if (!step.Entity.IsNone) return map.Find(step.Entity, step.Scope);
        return map.Snapshot.TryPlacementOf(step.Unit, out var placement) ? placement : null;
    }

    private bool HasRoom(PartitionId partition, bool isTarget)
    {
        var index = partition.Value - 1;
        if (runningAt[index] >= settings.MovesPerPartition) return false;

        // One that isn't there any more is no reason to wait: the step will be dropped.
        return !isTarget || members[index] != MemberState.Waking;
    }

    private bool IsMoving(UnitId unit) => running.Any(move => move.Unit == unit);

    private double BytesOf(List<int> content)
    {
        var sum = 0.0;
        foreach (var node in content) sum += sizes.Bytes[node];
        return sum;
    }

    /// <summary>What a partition holds, and what is on its way to it.</summary>
    private double BytesAt(int partition)
    {
        var sum = 0.0;
        for (var node = 0; node < nodes.Count; node++)
        {
            if (map.PartitionOfNode[node] == partition) sum += sizes.Bytes[node];
        }

        foreach (var move in running)
        {
            if (move.To == partition) sum += move.Bytes;
        }

        return sum;
    }

    private enum Outcome
    {
        Done,
        Wait,
        Drop,
    }
}
