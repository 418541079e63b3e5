using Foreshard.Balancing;
using Foreshard.Cli.Output;
using Foreshard.Forecasting;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Commands;

/// <param name="Classes">How many entities are of which class.</param>
/// <param name="Top">The busiest entities, the busiest first.</param>
/// <param name="Skill">How good forecasts are.</param>
/// <param name="Plan">What to do now, at the end of the traffic, on a fleet on which entities are where the hash puts them.</param>
/// <param name="Simulation">What would have come of the policies.</param>
internal sealed record AnalysisReport(
    ClassesReport Classes, IReadOnlyList<EntityProfileReport> Top, SkillReport Skill, PlanReport Plan, SimulationReport Simulation)
{
    /// <param name="analysis">The fleet at the end.</param>
    /// <param name="top">How many of the busiest entities to tell of.</param>
    /// <param name="hasAccesses">Whether the traffic is one of accesses; a table has none.</param>
    /// <param name="simulation">What would have come of the policies.</param>
    public static AnalysisReport Of(FleetAnalysis analysis, int top, bool hasAccesses, SimulationReport simulation)
    {
        var outlook = analysis.Outlook;
        var classes = outlook.Profiles.Summaries(outlook.Open - 1).Aggregate(new ClassesReport(0, 0, 0), (sum, one) => sum.And(one.Class));
        return new AnalysisReport(
            classes,
            [
                .. outlook.Entities.OrderByDescending(one => one.Curve.Peak).ThenBy(one => one.Entity).Take(top)
                    .Select(one => ProfileOf(analysis, one, hasAccesses)),
            ],
            SkillReport.Of(outlook),
            PlanReport.Of(analysis),
            simulation);
    }

    /// <summary>The profile of an entity, with the peak that plans go by.</summary>
    public static EntityProfileReport ProfileOf(FleetAnalysis analysis, EntityOutlook one, bool hasAccesses)
    {
        var (outlook, options) = (analysis.Outlook, analysis.Options.Outlook);
        var pattern = new PredictedAccessPattern(
            one.Curve.MeanLoad,
            one.Curve.Mean.ToArray().Max(),
            one.Curve.Peak,
            options.Forecasts.Levels[options.RoomLevel],
            analysis.Input.Horizon.StartOf(one.Curve.PeakSlot),
            double.NaN,
            double.NaN,
            outlook.SkillOf(one.Entity),
            one.IsAbstaining);
        return EntityProfileReport.Of(outlook.Profiles.Find(one.Entity, outlook.Open - 1)!, pattern, outlook.Grid, hasAccesses);
    }
}

/// <param name="Entities">Entities that are forecast one by one.</param>
/// <param name="Abstaining">Those of them whose forecasts know nothing better than the present.</param>
/// <param name="AbstainingShare">Their share of the expected load.</param>
/// <param name="Skill">
/// By which part errors were smaller than those of repeating the past; the mean over entities that don't abstain, weighted by load. Null: not known.
/// </param>
internal sealed record SkillReport(int Entities, int Abstaining, double AbstainingShare, double? Skill)
{
    public static SkillReport Of(LoadOutlook outlook)
    {
        var (all, abstaining, known, skill) = (0.0, 0.0, 0.0, 0.0);
        foreach (var one in outlook.Entities)
        {
            var load = one.Curve.MeanLoad;
            all += load;
            if (one.IsAbstaining) abstaining += load;
            if (one.IsAbstaining || outlook.SkillOf(one.Entity) is not (var own and not double.NaN)) continue;
            known += load;
            skill += load * own;
        }

        return new SkillReport(
            outlook.Entities.Count,
            outlook.Entities.Count(one => one.IsAbstaining),
            all > 0 ? abstaining / all : 0,
            known > 0 ? skill / known : null);
    }

    /// <summary>The same in a sentence.</summary>
    public string Sentence()
    {
        var better = Skill is { } skill
            ? $"Forecasts had errors {Words.Percent(Math.Abs(skill))} {(skill < 0 ? "larger" : "smaller")} than repeating the past, in the mean by load"
            : "How good forecasts are isn't known yet";
        return $"{better}; {Words.Count(Abstaining)} of {Words.Count(Entities)} entities, {Words.Percent(AbstainingShare)} of the load, "
            + "are not foreseen better than by their present load.";
    }
}
