using Foreshard.Cli.Output;
using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Cli.Commands;

/// <param name="Traffic">What was read.</param>
/// <param name="Classes">How many entities are of which class.</param>
/// <param name="Top">The busiest entities, the busiest first.</param>
internal sealed record ProfileReport(TrafficReport Traffic, ClassesReport Classes, IReadOnlyList<EntityProfileReport> Top);

/// <param name="Hot">Alone a visible part of a partition.</param>
/// <param name="Warm">Many of them make a partition's load.</param>
/// <param name="Cold">The others.</param>
internal sealed record ClassesReport(int Hot, int Warm, int Cold)
{
    public ClassesReport And(ProfileClass one) => one switch
    {
        ProfileClass.Hot => this with { Hot = Hot + 1 },
        ProfileClass.Warm => this with { Warm = Warm + 1 },
        _ => this with { Cold = Cold + 1 },
    };
}

/// <param name="Entity">Type and key.</param>
/// <param name="Class">hot, warm or cold: by the forecast peak, or where there is no usable forecast by the present load.</param>
/// <param name="RateFast">Cost units per second, the last quarter of an hour counting most.</param>
/// <param name="RateSlow">Cost units per second, the last day counting most.</param>
/// <param name="Accesses">Since the beginning; null of a table.</param>
/// <param name="Reads">Likewise.</param>
/// <param name="Writes">Likewise.</param>
/// <param name="Cost">Cost units since the beginning.</param>
/// <param name="FirstSeen">When the slot of the first access began.</param>
/// <param name="LastAccess">When the last access was.</param>
/// <param name="PeakHourUtc">The hour of the day with the highest load; null if not known.</param>
/// <param name="Segments">Labels of users by share of the accesses.</param>
/// <param name="Regions">Regions by share of the accesses.</param>
/// <param name="GrowthPerDay">Bytes per day; null if sizes aren't known, as of all logs.</param>
/// <param name="ForecastPeak">What it may reach in the next 24 hours; null if it isn't forecast.</param>
/// <param name="Week">Cost units per second of each base slot of the week, from Monday 0:00 UTC on; empty if not known.</param>
/// <param name="WeekSlotsSeen">On how many base slots that rests.</param>
internal sealed record EntityProfileReport(
    string Entity,
    string Class,
    double RateFast,
    double RateSlow,
    long? Accesses,
    long? Reads,
    long? Writes,
    double Cost,
    DateTime FirstSeen,
    DateTime LastAccess,
    int? PeakHourUtc,
    IReadOnlyList<ShareReport> Segments,
    IReadOnlyList<ShareReport> Regions,
    double? GrowthPerDay,
    ForecastPeak? ForecastPeak,
    IReadOnlyList<float> Week,
    int WeekSlotsSeen)
{
    public static EntityProfileReport Of(EntityProfile profile, PredictedAccessPattern? pattern, SlotGrid grid, bool hasAccesses) => new(
        profile.Entity.ToString(),
        Words.Of(profile.Class),
        profile.Cost.Fast,
        profile.Cost.Slow,
        hasAccesses ? profile.Totals.Accesses : null,
        hasAccesses ? profile.Totals.Reads : null,
        hasAccesses ? profile.Totals.Writes : null,
        profile.Totals.Cost,
        profile.FirstSeenUtc,
        profile.LastAccessUtc,
        profile.PeakOfDay is { } peak ? peak * SlotGrid.BaseSlotsPerDayMax / grid.BaseSlotsPerDay : null,
        SharesOf(profile.Segments),
        SharesOf(profile.Regions),
        profile.GrowthPerDay,
        pattern is { } expected ? new ForecastPeak(expected.PeakLoad, expected.PeakTime, expected.IsAbstaining) : null,
        profile.Week,
        profile.WeekSlotsSeen);

    private static ShareReport[] SharesOf(IReadOnlyList<LabelShare> shares) =>
        shares.Any(share => share.Label is not null) ? [.. shares.Select(share => new ShareReport(share.Label, share.Share))] : [];
}

/// <param name="Label">A segment or region; null for accesses without one.</param>
/// <param name="Share">Of the accesses, recent ones counting more; 0 to 1.</param>
internal sealed record ShareReport(string? Label, double Share);

/// <param name="PerSecond">Cost units per second that a slot stays below with a probability of 90 %: the largest of the next 24 hours.</param>
/// <param name="At">When that slot begins.</param>
/// <param name="IsAbstaining">Whether nothing should be built on it.</param>
internal sealed record ForecastPeak(double PerSecond, DateTime At, bool IsAbstaining)
{
    /// <summary>Index of the quantile that peaks are taken from, among the default levels of forecasts.</summary>
    public const int Level = 1;
}
