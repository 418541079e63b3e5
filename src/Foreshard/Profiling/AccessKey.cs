using System.Runtime.CompilerServices;

namespace Foreshard.Profiling;

/// <summary>What accesses are counted by.</summary>
/// <param name="entity">Whose rows.</param>
/// <param name="group">Which group; the default value for the entity as a whole.</param>
/// <param name="segment">The label of the user behind; null if there is none.</param>
/// <param name="region">Where the router is; null if not known.</param>
internal readonly struct AccessKey(in EntityKey entity, in GroupKey group, string? segment, string? region)
    : ITallyKey<AccessKey>, IComparable<AccessKey>
{
    public readonly EntityKey Entity = entity;
    public readonly GroupKey Group = group;
    public readonly string? Segment = segment;
    public readonly string? Region = region;

    /// <summary>Whether it says no more than whose access it was.</summary>
    public bool IsBare => Group.IsNone && Segment is null && Region is null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool SameAs(in AccessKey other) => SameEntity(other.Entity) && SameDetails(other);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool SameEntity(in EntityKey other) =>
        Entity.Low == other.Low && ReferenceEquals(Entity.TypeOrNull, other.TypeOrNull) && Entity.High == other.High
        && (ReferenceEquals(Entity.Text, other.Text) || string.Equals(Entity.Text, other.Text, StringComparison.Ordinal));

    public uint Hash()
    {
        unchecked
        {
            var hash = Entity.IsNone ? 0 : ProfileHash.Of(Entity);
            if (!Group.IsNone) hash += (ulong)Group.Position + 1 + (Group.Segment is { } name ? ProfileHash.Of(name) : 0);
            if (Segment is not null) hash = (hash ^ ProfileHash.Of(Segment)) * 0xd6e8feb86659fd93;
            if (Region is not null) hash = (hash ^ ProfileHash.Of(Region)) * 0xa0761d6478bd642f;
            return (uint)(ProfileHash.Mix(hash) >> 32);
        }
    }

    /// <summary>By entity, then the bare key, then groups in their order, then segment and region by code point.</summary>
    public int CompareTo(AccessKey other)
    {
        var order = Entity.CompareTo(other.Entity);
        if (order == 0) order = other.Group.IsNone.CompareTo(Group.IsNone);
        if (order == 0) order = (int)Group.Kind - (int)other.Group.Kind;
        if (order == 0) order = Group.CompareTo(other.Group);
        if (order == 0) order = string.CompareOrdinal(Segment, other.Segment);
        return order != 0 ? order : string.CompareOrdinal(Region, other.Region);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool SameDetails(in AccessKey other) =>
        Group.IsNone == other.Group.IsNone && Group.Position == other.Group.Position && Group.Kind == other.Group.Kind
        && string.Equals(Group.Segment, other.Group.Segment, StringComparison.Ordinal)
        && string.Equals(Segment, other.Segment, StringComparison.Ordinal)
        && string.Equals(Region, other.Region, StringComparison.Ordinal);
}
