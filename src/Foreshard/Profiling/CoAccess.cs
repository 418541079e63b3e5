namespace Foreshard.Profiling;

/// <summary>That an entity was used together with another one. Each of the two has its own.</summary>
/// <param name="entity">Whose access it was.</param>
/// <param name="partner">Which other entity the transaction worked on.</param>
internal readonly struct CoAccess(in EntityKey entity, in EntityKey partner) : ITallyKey<CoAccess>, IComparable<CoAccess>
{
    public readonly EntityKey Entity = entity;
    public readonly EntityKey Partner = partner;

    public bool SameAs(in CoAccess other) => Entity == other.Entity && Partner == other.Partner;

    public uint Hash() => (uint)(ProfileHash.Mix(unchecked((ProfileHash.Of(Entity) * 31) + ProfileHash.Of(Partner))) >> 32);

    public int CompareTo(CoAccess other)
    {
        var order = Entity.CompareTo(other.Entity);
        return order != 0 ? order : Partner.CompareTo(other.Partner);
    }
}
