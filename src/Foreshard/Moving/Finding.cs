namespace Foreshard.Moving;

/// <summary>What kind of thing is not as it should be.</summary>
public enum FindingKind
{
    /// <summary>Rows on a partition that does not own their unit.</summary>
    StrayRows,

    /// <summary>A partition's owner row and the mapping table say different things.</summary>
    WrongOwner,

    /// <summary>Copies of an entity's core rows differ.</summary>
    DifferingCopies,

    /// <summary>Keys or groups that are not written in their canonical form.</summary>
    MalformedKeys,

    /// <summary>An operation that neither goes on nor was ended: nobody carries it out and nobody took it up, or it was taken up again and again.</summary>
    StuckOperation,
}

/// <summary>One thing that is not as it should be.</summary>
/// <param name="Kind">What kind.</param>
/// <param name="Partition">The partition's name.</param>
/// <param name="Subject">The table, unit or entity.</param>
/// <param name="Message">What is wrong, with the values.</param>
public sealed record Finding(FindingKind Kind, string Partition, string Subject, string Message);
