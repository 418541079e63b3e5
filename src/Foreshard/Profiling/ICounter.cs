namespace Foreshard.Profiling;

/// <summary>A counter of <see cref="SpaceSaving"/>: an item with its weight and whatever goes with it.</summary>
internal interface ICounter<TSelf>
    where TSelf : struct
{
    /// <summary>0 if the counter is free.</summary>
    float Weight { get; }

    bool SameItem(in TSelf other);

    int CompareItem(in TSelf other);

    /// <summary>Adds what was counted of the same item elsewhere.</summary>
    void Add(in TSelf other);

    /// <summary>Takes over the weight of another item, as weight that this one may have had, and as much error.</summary>
    void Follow(in TSelf evicted);

    void Scale(float factor);
}
