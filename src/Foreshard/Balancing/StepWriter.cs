using System.Collections.Immutable;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Writes scheduled moves down as steps: what has to be isolated or split first, then the moves, each with its reason.</summary>
internal sealed class StepWriter(PlanTable table, FleetLoad before)
{
    private readonly PlanWords words = new(
        before, table.Prices.RoundTrips, table.Units.Where(unit => unit.IsSurging).Select(unit => table.IndexOf(unit.Partition)).ToHashSet());

    /// <summary>In the order in which they begin; a re-unit before what it makes moves.</summary>
    public ImmutableArray<PlanStep> Write(IReadOnlyList<PlanMove> moves, IReadOnlyList<PlanMerge> merges)
    {
        var merging = merges.SelectMany(merge => merge.Shards).Select(shard => shard.Unit).ToHashSet();
        var steps = new List<PlanStep>();
        var begins = moves.GroupBy(move => move.Unit.Unit).ToDictionary(group => group.Key, group => group.Min(move => move.StartUtc));
        var taking = moves.Select(move => move.To).ToHashSet();
        foreach (var group in moves.GroupBy(move => (move.Unit.Unit, move.Entity)))
        {
            var inOrder = group.OrderBy(move => move.StartUtc).ThenBy(move => move.To).ToList();
            AddMoves(steps, inOrder, begins[group.Key.Unit], merging, taking);
            if (group.Key.Entity.IsNone) AddStaying(steps, inOrder[0], moves, begins[group.Key.Unit]);
        }

        foreach (var merge in merges) steps.Add(StepOf(merge));
        return
        [
            .. steps
                .OrderBy(step => step.StartUtc)
                .ThenBy(step => step.Kind)
                .ThenBy(step => step.Unit)
                .ThenBy(step => step.Entity)
                .ThenBy(step => step.To)
                .ThenBy(step => step.Scope.ToString(), StringComparer.Ordinal),
        ];
    }

    private void AddMoves(List<PlanStep> steps, List<PlanMove> moves, DateTime begin, HashSet<UnitId> merging, HashSet<int> taking)
    {
        var (first, atom) = (moves[0], moves[0].Atoms[0]);
        var (reason, because) = words.Of(first, taking);
        if (merging.Contains(first.Unit.Unit)) (reason, because) = (StepReason.Cooled, "it joins the other shards of its entity");
        
        // Before anything of the bucket goes: what is left of it may go first.
        if (atom.IsIsolated) steps.Add(ReUnit(first, StepKind.Isolate, ShardScope.Whole, [], reason, because) with { StartUtc = begin, EndUtc = begin });
        var scopes = atom.Part is null ? [] : ScopesOf(moves);
        if (scopes.Length > 1)
            steps.Add(ReUnit(first, StepKind.Split, first.Unit.Scope, scopes, reason, CutInWords(atom.Cut!, scopes.Length)));
        foreach (var move in moves)
        {
            var (moveReason, moveBecause) = merging.Contains(move.Unit.Unit) ? (reason, because) : words.Of(move, taking);
            steps.Add(new PlanStep
            {
                Kind = StepKind.Move,
                Unit = move.Unit.Unit,
                Entity = move.Entity,
                Scope = scopes.Length > 1 ? ScopeOf(move.Atoms) : move.Unit.Scope,
                From = before.Partitions[move.From].Id,
                To = before.Partitions[move.To].Id,
                StartUtc = move.StartUtc,
                EndUtc = move.EndUtc,
                Bytes = move.Subject.Bytes,
                Reason = moveReason,
                Because = moveBecause,
                Gain = move.Gain,
                Candidates = move.Candidates,
            });
        }
    }

    /// <summary>Who stays when a bucket goes has to leave it before.</summary>
    private void AddStaying(List<PlanStep> steps, PlanMove bucket, IReadOnlyList<PlanMove> moves, DateTime begin)
    {
        var gone = moves.Where(move => move.Unit == bucket.Unit).SelectMany(move => move.Atoms).Select(atom => atom.Entity).ToHashSet();
        foreach (var atom in table.Atoms.Atoms.Where(atom => atom.IsIsolated && atom.Unit == bucket.Unit && gone.Add(atom.Entity)))
        {
            var (reason, because) = words.Of(bucket, new HashSet<int>());
            var stay = bucket with { Atoms = [atom], Subject = atom.Subject };
            steps.Add(ReUnit(stay, StepKind.Isolate, ShardScope.Whole, [], reason, because) with { StartUtc = begin, EndUtc = begin });
        }
    }

    private PlanStep ReUnit(
        PlanMove move, StepKind kind, ShardScope scope, ImmutableArray<ShardScope> parts, StepReason reason, string because) => new()
        {
            Kind = kind,
            Unit = move.Unit.Unit,
            Entity = move.Entity,
            Scope = scope,
            Parts = parts,
            From = before.Partitions[move.From].Id,
            To = before.Partitions[move.From].Id,
            StartUtc = move.StartUtc,
            EndUtc = move.StartUtc,
            Reason = reason,
            Because = because,
        };

    /// <summary>What a split makes: what stays first, then what goes, in the order of going.</summary>
    private static ImmutableArray<ShardScope> ScopesOf(List<PlanMove> moves)
    {
        var cut = moves[0].Atoms[0].Cut!;
        var going = moves.SelectMany(move => move.Atoms).Select(atom => atom.Part!).ToHashSet(ReferenceEqualityComparer.Instance);
        var scopes = ImmutableArray.CreateBuilder<ShardScope>();
        var staying = new List<CutPart>();
        foreach (var part in cut.Parts)
        {
            if (!going.Contains(part))
            {
                staying.Add(part);
                if (part.Scope.Kind == GroupKind.Segment) continue;
            }
            else if (part.Scope.Kind != GroupKind.Segment && staying.Count > 0)
            {
                scopes.Add(Union(staying));
                staying.Clear();
            }
        }

        if (staying.Count > 0) scopes.Add(Union(staying));
        foreach (var move in moves) scopes.Add(ScopeOf(move.Atoms));
        return scopes.ToImmutable();
    }

    private static ShardScope ScopeOf(ImmutableArray<PlanAtom> atoms) => Union([.. atoms.Select(atom => atom.Part!)]);

    private static ShardScope Union(List<CutPart> parts)
    {
        var first = parts[0].Scope;
        return first.Kind == GroupKind.Segment
            ? ShardScope.OfSegments(parts.SelectMany(part => part.Scope.Segments), parts.Exists(part => part.Scope.TakesNew))
            : ShardScope.OfInterval(first.Kind, first.From, parts[^1].Scope.To);
    }

    private PlanStep StepOf(PlanMerge merge)
    {
        var home = merge.Shards[0];
        var capacity = table.Load.Partitions[table.IndexOf(home.Partition)].Capacity;
        var isFold = merge.Shards.Count == 1;
        return new PlanStep
        {
            Kind = isFold ? StepKind.Fold : StepKind.Merge,
            Unit = home.Unit,
            Entity = home.Entity,
            Scope = isFold ? home.Scope : ShardScope.Whole,
            Parts = isFold ? [] : [.. merge.Shards.Select(shard => shard.Scope)],
            From = home.Partition,
            To = home.Partition,
            StartUtc = merge.StartUtc,
            EndUtc = merge.StartUtc,
            Reason = StepReason.Cooled,
            Because = FormattableString.Invariant(
                $"its forecast peak is {merge.Curve.Peak / capacity:0.000} of a partition at {words.Clock(merge.Curve.PeakSlot)}"),
        };
    }

    private static string CutInWords(Cut cut, int shards) => FormattableString.Invariant(
        $"too heavy to be moved whole: into {shards}, of {cut.Parts.Length} parts the heaviest has {cut.LargestShare:0%} of the load, ")
        + FormattableString.Invariant($"{cut.StraddlingShare:0%} of reads straddle");
}
