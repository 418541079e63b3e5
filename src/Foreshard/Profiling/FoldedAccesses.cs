namespace Foreshard.Profiling;

/// <summary>What an interval could only keep with less detail, since it had more distinct rows than <see cref="AccessLimits"/> allow.</summary>
internal struct FoldedAccesses
{
    /// <summary>Accesses that were counted for their entity without group, segment and region.</summary>
    public long WithoutDetails;

    /// <summary>Accesses of entities that found no room: in the sum alone.</summary>
    public AccessTally WithoutEntity;

    /// <summary>Co-accesses that found no room.</summary>
    public long CoAccesses;

    public readonly bool IsNone => WithoutDetails == 0 && WithoutEntity.Accesses == 0 && CoAccesses == 0;

    public void Add(in FoldedAccesses other)
    {
        WithoutDetails = CostScale.Add(WithoutDetails, other.WithoutDetails);
        WithoutEntity.Add(other.WithoutEntity);
        CoAccesses = CostScale.Add(CoAccesses, other.CoAccesses);
    }
}
