namespace Foreshard.Profiling;

/// <summary>How much an entity matters to its partition: by forecast load as a share of the partition's capacity.</summary>
internal enum ProfileClass : byte
{
    /// <summary>Not worth a thought of its own.</summary>
    Cold,

    /// <summary>Many of them make a partition's load; forecast one by one.</summary>
    Warm,

    /// <summary>Alone a visible part of a partition: what is moved and split.</summary>
    Hot,
}
