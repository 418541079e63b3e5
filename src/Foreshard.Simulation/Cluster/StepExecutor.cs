using Foreshard.Balancing;
using Foreshard.Mapping;

namespace Foreshard.Simulation.Cluster;

/// <summary>Carries plans out in virtual time: re-units at once, moves over the time that their bytes take.</summary>
/// <remarks>
/// <para>
/// Steps begin in the plan's order, when their start has come and both ends have room for one more move. A step that waits keeps its ends for
/// itself, so that later ones don't overtake it. A re-unit waits until the first move that follows of the same entity can begin: a live split
/// is a split in place and a move, and in between nothing is gained. A step that no longer fits the mapping, the fleet or the target's size
/// budget is dropped and counted. A new plan takes the place of all steps that haven't begun.
/// </para>
/// <para>Moves share a partition's bandwidth evenly; a move runs at the lower of what its two ends give it. What is written to a unit while it
/// moves goes along without taking time.</para>
/// </remarks>
internal sealed class StepExecutor(FleetSettings settings, NodeTable nodes, NodeSizes sizes, ClusterMap map, FleetMembers members)
{
    private readonly List<PlanStep> pending = [];
    private readonly List<RunningTransfer> running = [];
    private readonly int[] runningAt = new int[settings.Partitions];
    private readonly bool[] claimed = new bool[settings.Partitions];
    private readonly HashSet<EntityKey> held = [];

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
    public void Replace(IReadOnlyList<PlanStep> steps)
    {
        pending.Clear();
        pending.AddRange(steps);
    }

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
        foreach (var step in pending)
        {
            if (step.StartUtc <= now) continue;
            next = Math.Min(next, (step.StartUtc - now).TotalSeconds);
            break;
        }

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
        if (pending.Count == 0 || pending[0].StartUtc > now) return;
        Array.Clear(claimed);
        held.Clear();
        for (var i = 0; i < pending.Count && pending[i].StartUtc <= now; i++)
        {
            var step = pending[i];
            var outcome = !step.Entity.IsNone && held.Contains(step.Entity) ? Outcome.Wait
                : step.Kind == StepKind.Move ? TryMove(step, now) : TryReunit(step, i, now);
            if (outcome == Outcome.Wait)
            {
                if (!step.Entity.IsNone) held.Add(step.Entity);
                if (step.Kind == StepKind.Move) claimed[step.From.Value - 1] = claimed[step.To.Value - 1] = true;
                continue;
            }

            if (outcome == Outcome.Drop) Dropped++;
            pending.RemoveAt(i--);
        }
    }

    private Outcome TryMove(PlanStep step, DateTime now)
    {
        if (UnitOf(step) is not { } place || place.Partition != step.From || step.From == step.To) return Outcome.Drop;
        var (from, to) = (step.From.Value - 1, step.To.Value - 1);
        if (members[to] is MemberState.Asleep or MemberState.Draining) return Outcome.Drop;
        if (!AreEndsFree(step) || IsMoving(place.Unit)) return Outcome.Wait;
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

    private Outcome TryReunit(PlanStep step, int index, DateTime now)
    {
        for (var later = index + 1; later < pending.Count; later++)
        {
            if (pending[later].Kind != StepKind.Move || pending[later].Entity != step.Entity) continue;
            if (pending[later].StartUtc > now || !AreEndsFree(pending[later])) return Outcome.Wait;
            break;
        }

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

    private bool AreEndsFree(PlanStep step)
    {
        var (from, to) = (step.From.Value - 1, step.To.Value - 1);
        return members[to] == MemberState.Active && !claimed[from] && !claimed[to]
            && runningAt[from] < settings.MovesPerPartition && runningAt[to] < settings.MovesPerPartition;
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
