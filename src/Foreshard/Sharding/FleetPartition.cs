namespace Foreshard.Sharding;

/// <summary>A partition as plans see it.</summary>
internal sealed record FleetPartition
{
    public required PartitionId Id { get; init; }

    /// <summary>What people call it.</summary>
    public required string Name { get; init; }

    /// <summary>Where it is; empty: not said.</summary>
    public string Region { get; init; } = "";

    /// <summary>Cost units per second that it serves well; above 0.</summary>
    public required double Capacity { get; init; }

    /// <summary>How large it may grow; 0: no budget.</summary>
    public double SizeBudgetBytes { get; init; }

    /// <summary>Bytes per second of moves that it sends or takes; above 0.</summary>
    public required double MoveBytesPerSecond { get; init; }

    /// <summary>What plans may do with it.</summary>
    public FleetState State { get; init; }

    /// <summary>From when on it serves; before, it holds nothing. The default: it does already.</summary>
    public DateTime ReadyUtc { get; init; }
}
