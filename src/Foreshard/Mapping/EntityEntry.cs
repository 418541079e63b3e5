using System.Collections.Immutable;

namespace Foreshard.Mapping;

/// <summary>One shard of an entity: where it is and which groups it holds.</summary>
internal readonly record struct Shard(Placement Placement, ShardScope Scope);

/// <summary>The mapping table's entry of an entity that was placed by itself: its shards.</summary>
/// <remarks>Immutable. Invariant: the scopes cover every group exactly once; <see cref="Home"/> is one of the shards.</remarks>
internal sealed class EntityEntry
{
    /// <summary>Most shards of one entity: a change of them all, with room for its records, still fits one etcd transaction.</summary>
    public const int MaxShards = 24;

    /// <summary>Takes the shards in the order of their unit ids.</summary>
    /// <exception cref="ArgumentException">
    /// The scopes overlap or leave a gap, there are no shards, too many or unsorted ones, or the home is none of them.
    /// </exception>
    public EntityEntry(EntityKey entity, ImmutableArray<Shard> shards, UnitId home)
    {
        if (entity.IsNone) throw new ArgumentException("The default value is no entity.", nameof(entity));
        Entity = entity;
        Shards = shards;
        Home = home;
        if (Problem() is { } problem) throw new ArgumentException($"{entity}: {problem}", nameof(shards));
    }

    public EntityKey Entity { get; }

    /// <summary>In the order of their unit ids.</summary>
    public ImmutableArray<Shard> Shards { get; }

    /// <summary>The shard beside which the core rows are kept.</summary>
    public UnitId Home { get; }

    public bool IsSplit => Shards.Length > 1;

    public Shard HomeShard => Shards[IndexOf(Home)];

    /// <summary>The shard of that unit; null if the entity has none such.</summary>
    public Shard? ShardOf(UnitId unit) => IndexOf(unit) is >= 0 and var index ? Shards[index] : null;

    /// <summary>Which shard a unit of the entity is.</summary>
    public HeldShard Describe(UnitId unit) => new(Entity, Shards[IndexOf(unit)].Scope, unit == Home);

    /// <summary>The shard that holds the group; exactly one does.</summary>
    /// <exception cref="ArgumentException">The entity is split and the group is none, or of another kind than the scopes.</exception>
    public Shard ShardOf(in GroupKey group)
    {
        if (!IsSplit) return Shards[0];
        var kind = Shards[0].Scope.Kind;
        if (group.IsNone) throw new ArgumentException($"{Entity} is split: say which group ({kind}).", nameof(group));
        if (group.Kind != kind)
            throw new ArgumentException($"{Entity} is split by groups of kind {kind}; '{group}' is of kind {group.Kind}.", nameof(group));

        var taker = 0;
        for (var i = 0; i < Shards.Length; i++)
        {
            if (Shards[i].Scope.Names(group)) return Shards[i];
            if (Shards[i].Scope.TakesNew) taker = i;
        }

        return Shards[taker];
    }

    /// <summary>
    /// The segments that the entity's other shards name, in ordinal order: what the shard that takes new segments does not hold.
    /// Empty for intervals.
    /// </summary>
    public ImmutableArray<string> OtherSegments(UnitId unit) =>
        [.. Shards.Where(shard => shard.Placement.Unit != unit).SelectMany(shard => shard.Scope.Segments).Order(StringComparer.Ordinal)];

    private int IndexOf(UnitId unit)
    {
        for (var i = 0; i < Shards.Length; i++)
        {
            if (Shards[i].Placement.Unit == unit) return i;
        }

        return -1;
    }

    private string? Problem()
    {
        if (Shards.IsDefaultOrEmpty) return "an entry has at least one shard.";
        if (Shards.Length > MaxShards) return $"an entry has at most {MaxShards} shards, not {Shards.Length}.";
        for (var i = 1; i < Shards.Length; i++)
        {
            var (before, unit) = (Shards[i - 1].Placement.Unit, Shards[i].Placement.Unit);
            if (before.Value >= unit.Value) return $"shards stand in the order of their units, each once; {unit} follows {before}.";
        }

        if (IndexOf(Home) < 0) return $"the home {Home} is none of its shards.";
        return CoverageProblem();
    }

    private string? CoverageProblem()
    {
        var first = Shards[0].Scope;
        foreach (var (placement, scope) in Shards)
        {
            if (scope.IsWhole)
                return Shards.Length == 1 ? null : $"{placement.Unit} holds the whole entity, so there can't be other shards.";
            if (scope.Kind != first.Kind)
                return $"{placement.Unit} holds groups of kind {scope.Kind}, {Shards[0].Placement.Unit} of kind {first.Kind}.";
        }

        return first.Kind == GroupKind.Segment ? SegmentProblem() : IntervalProblem();
    }

    private string? SegmentProblem()
    {
        UnitId? taker = null;
        var owners = new Dictionary<string, UnitId>(StringComparer.Ordinal);
        foreach (var (placement, scope) in Shards)
        {
            if (scope.TakesNew)
            {
                if (taker is { } other) return $"new segments would go to {other} and to {placement.Unit}.";
                taker = placement.Unit;
            }

            foreach (var segment in scope.Segments)
            {
                if (!owners.TryAdd(segment, placement.Unit)) return $"the segment '{segment}' is in {owners[segment]} and in {placement.Unit}.";
            }
        }

        return taker is null ? "no shard takes new segments." : null;
    }

    private string? IntervalProblem()
    {
        var line = Shards.Sort(static (left, right) => Nullable.Compare(left.Scope.From, right.Scope.From));
        if (line[0].Scope.From is not null) return $"nothing holds the line before {line[0].Scope} of {line[0].Placement.Unit}.";
        if (line[^1].Scope.To is not null) return $"nothing holds the line after {line[^1].Scope} of {line[^1].Placement.Unit}.";
        for (var i = 1; i < line.Length; i++)
        {
            var (before, after) = (line[i - 1], line[i]);
            if (before.Scope.To is null || before.Scope.To != after.Scope.From)
            {
                return $"{before.Scope} of {before.Placement.Unit} and {after.Scope} of {after.Placement.Unit} "
                    + "overlap or leave a gap.";
            }
        }

        return null;
    }
}
