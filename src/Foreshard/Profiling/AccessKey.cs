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
        && Same(Entity.Text, other.Text);

    /// <remarks>An entity has few segments and regions, and they are there in every call: a glance at them is enough.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Hash()
    {
        unchecked
        {
            var hash = Entity.Low ^ Entity.High ^ (Entity.TypeOrNull?.Salt ?? 0);
            if (Entity.Text is { } text) hash ^= ProfileHash.Of(text);
            var details = (ulong)Group.Position;
            if (Group.Segment is { } name) details ^= ProfileHash.Of(name);
            details += (Glance(Segment) * 0xd6e8feb86659fd93) + (Glance(Region) * 0xa0761d6478bd642f);
            return (uint)(ProfileHash.Mix(hash ^ (details * 0x9e3779b97f4a7c15)) >> 32);
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
    private static ulong Glance(string? label) =>
        label is not { Length: > 0 } ? 0 : ((ulong)(uint)label.Length << 32) | ((uint)label[^1] << 16) | label[label.Length / 2];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool SameDetails(in AccessKey other) =>
        Group.IsNone == other.Group.IsNone && Group.Position == other.Group.Position && Group.Kind == other.Group.Kind
        && Same(Group.Segment, other.Group.Segment) && Same(Segment, other.Segment) && Same(Region, other.Region);

    /// <summary>Labels are nearly always the same object; the call is for the rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Same(string? left, string? right) => ReferenceEquals(left, right) || string.Equals(left, right);
}
