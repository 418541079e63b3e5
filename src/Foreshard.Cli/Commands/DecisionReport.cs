using Foreshard.Autopilot;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <param name="Id">Its number; later decisions have higher ones.</param>
/// <param name="MadeAt">When the first plan with it was made.</param>
/// <param name="Kind">isolate, split, move, merge or fold.</param>
/// <param name="Subject">What it is about: the entity and its scope, or the bucket.</param>
/// <param name="Entity">The entity; null if a whole bucket moves.</param>
/// <param name="Parts">Of a split, the shards that it makes.</param>
/// <param name="From">Name of the partition that it is on.</param>
/// <param name="To">Name of the partition that it goes to; the same unless it is a move.</param>
/// <param name="StartsAt">When it is to begin, or began.</param>
/// <param name="EndsAt">When it should be over, or was.</param>
/// <param name="Bytes">What a move carries, estimated.</param>
/// <param name="State">planned, running, done, withdrawn, dropped, failed or interrupted.</param>
/// <param name="Reason">Why, in a word.</param>
/// <param name="Because">Why, with figures.</param>
/// <param name="Gain">What it gains over leaving things alone; 0 of a re-unit.</param>
/// <param name="Options">Partitions that were looked at, the best first.</param>
/// <param name="Forecast">What was forecast, and what came; null of a re-unit.</param>
/// <param name="Outcome">What became of it, in words; null before.</param>
internal sealed record DecisionReport(
    long Id,
    DateTimeOffset MadeAt,
    string Kind,
    string Subject,
    string? Entity,
    IReadOnlyList<string> Parts,
    string From,
    string To,
    DateTimeOffset StartsAt,
    DateTimeOffset EndsAt,
    double Bytes,
    string State,
    string Reason,
    string Because,
    double Gain,
    IReadOnlyList<DecisionOptionReport> Options,
    DecisionForecastReport? Forecast,
    string? Outcome)
{
    public static DecisionReport Of(Decision decision) => new(
        decision.Id,
        decision.MadeAt,
        decision.Kind,
        decision.Subject,
        decision.Entity,
        decision.Parts,
        decision.From,
        decision.To,
        decision.StartsAt,
        decision.EndsAt,
        decision.Bytes,
        Words.Of(decision.State),
        decision.Reason,
        decision.Because,
        decision.Gain,
        [.. decision.Options.Select(option => new DecisionOptionReport(option.Partition, option.Cost, option.PeakShare, option.Refusal))],
        decision.Forecast is { } forecast ? DecisionForecastReport.Of(forecast) : null,
        decision.Outcome);
}

/// <param name="Partition">Name of the partition.</param>
/// <param name="Cost">What it would cost the whole store against staying; negative: it gains.</param>
/// <param name="PeakShare">Largest load planned for it from then on, of its capacity.</param>
/// <param name="Refusal">Why it can't take it; null if it can.</param>
internal sealed record DecisionOptionReport(string Partition, double Cost, double PeakShare, string? Refusal);

/// <param name="Until">End of the time that is compared.</param>
/// <param name="FromBefore">Forecast peak of the partition that it leaves, if it stayed; of its capacity, as all of these.</param>
/// <param name="FromAfter">The same with the plan.</param>
/// <param name="ToAfter">Forecast peak of the partition that it goes to, with the plan.</param>
/// <param name="FromActual">Largest load that came to the first one so far.</param>
/// <param name="ToActual">Largest load that came to the second one so far.</param>
internal sealed record DecisionForecastReport(
    DateTimeOffset Until, double FromBefore, double FromAfter, double ToAfter, double FromActual, double ToActual)
{
    public static DecisionForecastReport Of(DecisionForecast forecast) => new(
        forecast.Until, forecast.FromBefore, forecast.FromAfter, forecast.ToAfter, forecast.FromActual, forecast.ToActual);
}
