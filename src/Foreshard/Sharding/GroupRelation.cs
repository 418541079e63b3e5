namespace Foreshard.Sharding;

/// <summary>What ties two groups of an entity together.</summary>
internal enum GroupRelation
{
    /// <summary>Rows of one reference rows of the other: never cut.</summary>
    ForeignKey,

    /// <summary>One transaction writes both: never cut.</summary>
    WrittenTogether,

    /// <summary>One transaction reads both: may be cut, at a price.</summary>
    ReadTogether,
}
