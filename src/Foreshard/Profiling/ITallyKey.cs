namespace Foreshard.Profiling;

/// <summary>A key of a <see cref="TallyTable{TKey,TTally}"/>: compared in place, since keys are too large to be copied for it.</summary>
internal interface ITallyKey<TSelf>
    where TSelf : struct
{
    bool SameAs(in TSelf other);

    uint Hash();
}
