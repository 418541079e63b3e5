namespace Foreshard.Diagnostics;

/// <summary>What gauges show of an autopilot.</summary>
/// <param name="IsOn">Whether it looks on at all.</param>
/// <param name="Pending">Steps that haven't begun.</param>
/// <param name="IsPaused">Whether it carries nothing out for now.</param>
/// <param name="IsFailing">Whether its last round failed.</param>
/// <param name="Entities">Entities that have a profile.</param>
/// <param name="Partitions">The partitions as it sees them; empty before the first plan.</param>
internal sealed record StoreReading(
    bool IsOn, int Pending, bool IsPaused, bool IsFailing, int Entities, IReadOnlyList<PartitionReading> Partitions)
{
    public static StoreReading None { get; } = new(false, 0, false, false, 0, []);
}

/// <summary>What gauges show of a partition.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Capacity">Cost units per second.</param>
/// <param name="Load">Load of the last interval, of its capacity.</param>
/// <param name="ForecastPeak">Forecast peak if nothing is done, of its capacity.</param>
/// <param name="PlannedPeak">Forecast peak with the plan, of its capacity.</param>
internal readonly record struct PartitionReading(string Name, double Capacity, double Load, double ForecastPeak, double PlannedPeak);
