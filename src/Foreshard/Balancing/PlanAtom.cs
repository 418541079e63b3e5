using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>The smallest thing that a plan places: a unit, an entity in a bucket, or a part of a split that may be.</summary>
internal sealed class PlanAtom
{
    /// <summary>The unit that it is, or is in.</summary>
    public required PlanUnit Unit { get; init; }

    /// <summary>Its place in the order of atoms.</summary>
    public required int Index { get; init; }

    /// <summary>Place of the unit in the order of units.</summary>
    public required int Origin { get; init; }

    /// <summary>Load, bytes, users, and where it is.</summary>
    public required PlacementSubject Subject { get; init; }

    /// <summary>Whose; the default value of a bucket or what is left of it.</summary>
    public EntityKey Entity { get; init; }

    /// <summary>Of a part of a split that may be: what it would hold.</summary>
    public CutPart? Part { get; init; }

    /// <summary>Of a part: how good the cut is.</summary>
    public Cut? Cut { get; init; }

    /// <summary>True for an entity that has to leave its bucket to go anywhere.</summary>
    public bool IsIsolated { get; init; }

    /// <summary>True for what is left of a bucket or an entity: it goes nowhere while its parts may.</summary>
    public bool IsFixed => Held is not null;

    /// <summary>Why it stays whatever it costs; null if it may go.</summary>
    public (RefusalReason Reason, string Because)? Held { get; init; }

    /// <summary>What staying costs, because the partition is to be emptied.</summary>
    public double StayPrice { get; init; }

    /// <summary>What going costs beside the transfer, because its unit has moved not long ago.</summary>
    public double AgainPrice { get; init; }

    /// <summary>Whether its unit would become several if its atoms went different ways.</summary>
    public bool IsPiece => Part is not null || IsIsolated || Unit.Members.Count > 0;
}
