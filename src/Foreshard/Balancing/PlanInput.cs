using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>All that a plan is made from.</summary>
internal sealed record PlanInput
{
    /// <summary>The time to plan.</summary>
    public required PlanHorizon Horizon { get; init; }

    /// <summary>The fleet, in any order.</summary>
    public required IReadOnlyList<FleetPartition> Partitions { get; init; }

    /// <summary>When the fleet last got a partition or began to give one up: what was right before needn't be now. Null: not known, or never.</summary>
    public DateTime? ResizedUtc { get; init; }

    /// <summary>All units that have load or rows, in any order.</summary>
    public required IReadOnlyList<PlanUnit> Units { get; init; }

    /// <summary>How far users are from partitions.</summary>
    public RoundTrips RoundTrips { get; init; } = RoundTrips.None;

    /// <summary>What is on its way.</summary>
    public IReadOnlyList<RunningMove> Running { get; init; } = [];

    /// <summary>When nothing may move.</summary>
    public IReadOnlyList<FreezeWindow> Freezes { get; init; } = [];

    /// <summary>Bytes that moves carried in the last hour.</summary>
    public double BytesMovedLastHour { get; init; }

    /// <summary>The same, looking no further than the first slots.</summary>
    public PlanInput First(int slots) => slots >= Horizon.SlotCount
        ? this
        : this with { Horizon = Horizon.First(slots), Units = [.. Units.Select(unit => unit.First(slots))] };
}
