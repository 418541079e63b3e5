using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Simulation.Replay;

/// <summary>How recorded traffic is lived through again.</summary>
internal sealed class ReplayOptions
{
    /// <summary>Length of a slot; divides the day. Default: 1 hour. A table's own is taken instead.</summary>
    public TimeSpan SlotLength { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How far accesses may come late: a slot is closed when it is that long over. Default: 1 hour.</summary>
    public TimeSpan Lateness { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How profiles are kept. Entities within its budgets have series of the same tier.</summary>
    public ProfileOptions Profiles { get; init; } = ProfileOptions.Default;

    /// <summary>What forecasts tell.</summary>
    public ForecastOptions Forecasts { get; init; } = new();

    /// <summary>Capacity of a partition in cost units per second; null for the largest load that all entities had together in a slot.</summary>
    public double? Capacity { get; init; }

    /// <summary>Whether profiles are kept; without them a replay is faster and only forecasts.</summary>
    public bool HasProfiles { get; init; } = true;
}
