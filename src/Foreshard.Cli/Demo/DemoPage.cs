using System.Xml.Linq;
using Foreshard.Cli.Html;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Demo;

/// <summary>The page of <c>foreshard demo</c>.</summary>
internal static class DemoPage
{
    private const int StepsOpen = 12;

    /// <summary>The text of the file.</summary>
    /// <param name="plan">What was replayed.</param>
    /// <param name="report">What came of it, in figures.</param>
    /// <param name="outcomes">Of each policy.</param>
    public static string Write(DemoPlan plan, DemoReport report, IReadOnlyList<DemoOutcome> outcomes) => HtmlPage.Write(
        "foreshard demo",
        report.Verdict(),
        Facts(report),
        [Comparison(report), Loads(plan, report, outcomes), Steps(plan, outcomes), Assumptions(report)]);

    private static IEnumerable<string> Facts(DemoReport report)
    {
        var unit = LoadUnit.For(report.CapacityPerSecond);
        yield return $"{DemoPlan.Moment(report.From)} to {DemoPlan.Moment(report.To)}, {report.From.Year}";
        yield return $"{Words.Count(report.Policies[^1].Answered, "transaction")} under each policy";
        yield return $"a second shows {Words.Duration(TimeSpan.FromSeconds(report.Factor))}";
        yield return $"{Words.Count(report.Partitions, "partition")} of {unit.Of(report.CapacityPerSecond)} {unit.Name}";
    }

    private static XElement Comparison(DemoReport report) => HtmlPage.Section(
        "The policies",
        "The same transactions on copies of the same store. Overloaded time is fleet time; answer times are real, and count from the moment at which an access "
            + "should have begun. Without any limit of capacity "
            + $"p50 was {DemoTable.Milliseconds(report.UnlimitedP50Ms)} and p99 {DemoTable.Milliseconds(report.UnlimitedP99Ms)}.",
        DemoTable.Html(report));

    private static XElement Loads(DemoPlan plan, DemoReport report, IReadOnlyList<DemoOutcome> outcomes)
    {
        var largest = outcomes.SelectMany(outcome => outcome.Partitions).SelectMany(partition => partition.Asked).Max();
        var panel = new LoadPanel((DemoPlan.Begin, plan.End), report.CapacityPerSecond, largest);
        return HtmlPage.Section(
            "Load of each partition",
            "What was asked of it in each five minutes, against what it serves. A little above for a moment it makes up for with what it saved.",
            HtmlPage.Legend(
                ("key line", "demand"), ("key dashed", "capacity"), ("key red", "more than capacity"), ("key blue", "forecast an hour before")),
            outcomes.SelectMany(outcome => new object[]
            {
                new XElement("h3", Words.Of(outcome.Policy)),
                new XElement(
                    "div",
                    new XAttribute("class", "pairs"),
                    outcome.Partitions.Select(partition => panel.Draw(partition.Name, partition.Asked, partition.Forecast, null))),
            }));
    }

    private static XElement Steps(DemoPlan plan, IReadOnlyList<DemoOutcome> outcomes) => HtmlPage.Section(
        "Moves and splits",
        "Each move leaves one partition and arrives at another one; splits and the like happen in place. Point at a mark for its reason.",
        HtmlPage.Legend(("key out", "leaves"), ("key in", "arrives"), ("key diamond", "changes in place")),
        outcomes.Where(outcome => outcome.Policy is DemoPolicy.Reactive or DemoPolicy.Predictive).SelectMany(outcome => Steps(plan, outcome)));

    private static IEnumerable<XElement> Steps(DemoPlan plan, DemoOutcome outcome)
    {
        yield return new XElement("h3", $"{Words.Of(outcome.Policy)}: {Words.Count(outcome.Steps.Count, "step")}");
        if (outcome.Steps.Count == 0) yield break;
        var rows = outcome.Partitions.Select(partition => partition.Name).ToList();
        yield return StepTimeline.Draw(
            DemoPlan.Begin,
            plan.End,
            rows,
            [
                .. outcome.Steps.Select(step => new StepTimeline.Mark(
                    rows.IndexOf(step.From), rows.IndexOf(step.To), step.StartUtc, step.EndUtc, $"{step.What}\n{step.Because}")),
            ]);
        yield return HtmlPage.Folded(
            $"The steps of {Words.Of(outcome.Policy)}, with reasons",
            outcome.Steps.Count <= StepsOpen,
            HtmlTable.Of(
                outcome.Steps,
                [
                    new("began", step => DemoPlan.Moment(step.StartUtc)),
                    new("what", step => step.What),
                    new("partitions", step => step.From == step.To ? step.From : $"{step.From} → {step.To}"),
                    new(">took", step => step.IsMove ? Words.Duration(step.EndUtc - step.StartUtc) : Words.Unknown),
                    new(">size", step => step.Bytes > 0 ? Words.Bytes(step.Bytes) : Words.Unknown),
                    new("because", step => step.Because),
                ]));
    }

    private static XElement Assumptions(DemoReport report) => HtmlPage.Section(
        "What is real, and what stands for what",
        "",
        new XElement("dl", DemoWords.Assumptions(report.Factor, report.CostPerAccess, report.IsFleet).SelectMany(one =>
            new[] { new XElement("dt", one.Name), new XElement("dd", one.Value) })));
}
