using System.Xml.Linq;
using Foreshard.Balancing;
using Foreshard.Cli.Commands;
using Foreshard.Cli.Output;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Html;

/// <summary>The page of <c>foreshard analyze --html</c>.</summary>
internal static class AnalysisPage
{
    /// <summary>The text of the file.</summary>
    /// <param name="plan">What to do now.</param>
    /// <param name="result">What would have come of the policies.</param>
    /// <param name="report">All of it, in figures.</param>
    public static string Write(Plan plan, SimulationResult result, AnalysisReport report)
    {
        var simulation = new SimulationSections(result, report.Simulation);
        return HtmlPage.Write(
            $"Analysis of '{report.Simulation.Source}'",
            $"{PlanView.Headline(report.Plan)} {report.Simulation.Verdict}",
            simulation.Facts(),
            [Entities(report), PlanSection.Of(plan, report.Plan), .. simulation.All()]);
    }

    private static XElement Entities(AnalysisReport report)
    {
        var (hot, warm, cold) = report.Classes;
        var unit = LoadUnit.For(report.Top.Select(one => one.ForecastPeak?.PerSecond ?? 0).DefaultIfEmpty().Max());
        return HtmlPage.Section(
            "Who is hot",
            $"{Words.Count(hot)} hot, {Words.Count(warm)} warm and {Words.Count(cold)} cold entities. {report.Skill.Sentence()} Loads are in {unit.Name}.",
            HtmlTable.Of(
                report.Top,
                [
                    new("entity", one => one.Entity),
                    new("class", one => one.Class),
                    new(">last 15 min", one => unit.Of(one.RateFast)),
                    new(">last day", one => unit.Of(one.RateSlow)),
                    new(">peak of the next 24 h", one => unit.Of(one.ForecastPeak?.PerSecond ?? double.NaN), "What a slot stays below with 90 % probability"),
                    new("at (UTC)", one => one.ForecastPeak is { } peak ? Words.Moment(peak.At) : Words.Unknown),
                    new("foreseen", one => one.ForecastPeak is { IsAbstaining: false } ? "yes" : "no: as it is now"),
                ]));
    }
}
