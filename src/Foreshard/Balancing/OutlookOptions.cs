using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Balancing;

/// <summary>How load is watched and forecast for plans.</summary>
internal sealed record OutlookOptions
{
    /// <summary>The defaults.</summary>
    public static OutlookOptions Default { get; } = new();

    /// <summary>How profiles are kept. Entities within its budgets have series of the same tier.</summary>
    public ProfileOptions Profiles { get; init; } = ProfileOptions.Default;

    /// <summary>What forecasts tell.</summary>
    public ForecastOptions Forecasts { get; init; } = new();

    /// <summary>Whether forecasts count; false: everything is expected to stay as it is. Default: true.</summary>
    public bool UsesForecasts { get; init; } = true;

    /// <summary>Index of the level of <see cref="Forecasts"/> that room is kept for. Default: 1, the 0.9 quantile.</summary>
    public int RoomLevel { get; init; } = 1;

    /// <summary>
    /// Part of the way from the mean to <see cref="RoomLevel"/> that plans keep free; 0 to 3. Default: 0.25, as overload that comes one time in
    /// ten weighs less than one that comes for sure.
    /// </summary>
    public double Room { get; init; } = 0.25;

    /// <summary>Entities of which types may be split; null for all that are used by groups.</summary>
    public Func<EntityKey, bool>? IsSplittable { get; init; }

    /// <summary>Share of a partition's capacity from which an entity's groups are forecast one by one; 0 to 1. Default: 0.1.</summary>
    public double GroupsFromShare { get; init; } = 0.1;

    /// <summary>Most groups of an entity that are forecast one by one; at least 2. Default: 64.</summary>
    public int GroupsPerEntity { get; init; } = 64;

    /// <summary>Most groups in all that are forecast one by one, about 1 KB each; at least 0. Default: 20,000.</summary>
    public int GroupsMax { get; init; } = 20_000;

    /// <summary>
    /// Time after which a surge counts for 37 % of what it was; a minute to a day. Default: 1 h. More than that was forecast for two intervals in
    /// a row is a surge.
    /// </summary>
    public TimeSpan SurgeTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Time after which 37 % of the difference between the present and its forecast is expected to be left, where there is no surge; a minute to a
    /// day. Default: 1 h.
    /// </summary>
    public TimeSpan PresentTime { get; init; } = TimeSpan.FromHours(1);
}
