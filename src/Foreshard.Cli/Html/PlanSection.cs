using System.Xml.Linq;
using Foreshard.Balancing;
using Foreshard.Cli.Commands;
using Foreshard.Cli.Output;
using Foreshard.Sharding;

namespace Foreshard.Cli.Html;

/// <summary>The chapter of a page that tells what is to be done, and what becomes of the partitions.</summary>
internal static class PlanSection
{
    private const int RowsMax = 300;
    private const int StepsOpen = 20;
    private const int RefusalsOpen = 5;

    public static XElement Of(Plan plan, PlanReport report) => HtmlPage.Section(
        "The plan for now",
        $"From {Words.Moment(report.From)} to {Words.Moment(report.To)} UTC: {PlanView.Summary(report)} "
        + "Left: what is forecast if nothing is done; right: with the plan. Times are in UTC.",
        report.Advice is { } advice ? new XElement("p", PlanView.Line(advice)) : null,
        HtmlPage.Legend(
            ("key line", "planned for"), ("key dashed", "capacity"), ("key red", "overload"), ("key blue", "expected"), ("key area", "room that is kept")),
        new XElement("div", new XAttribute("class", "pairs"), Panels(plan)),
        Folded("steps", report.Steps, Steps, StepsOpen),
        Folded("that stay", report.Refusals, Refusals, RefusalsOpen));

    private static IReadOnlyList<HtmlColumn<PlanStepReport>> Steps { get; } =
    [
        new("begins (UTC)", step => Words.Moment(step.StartsAt)),
        new("what", step => $"{step.Kind} {step.Subject}{(step.Parts.Count > 0 ? $": {string.Join(" | ", step.Parts)}" : "")}"),
        new("partitions", step => step.From == step.To ? step.From : $"{step.From} → {step.To}"),
        new(">size", step => step.Bytes > 0 ? Words.Bytes((long)step.Bytes) : Words.Unknown),
        new(">gain, cost-unit-s", step => step.Gain.Total > 0 ? Words.Load(step.Gain.Total) : Words.Unknown, "In cost-unit-seconds of overload"),
        new("reason", step => step.Reason),
        new("because", step => step.Because),
    ];

    private static IReadOnlyList<HtmlColumn<PlanRefusalReport>> Refusals { get; } =
    [
        new("what", refusal => refusal.Subject),
        new("partition", refusal => refusal.Partition),
        new("stays because of", refusal => refusal.Reason),
        new("because", refusal => refusal.Because),
    ];

    private static XElement? Folded<T>(string noun, IReadOnlyList<T> rows, IReadOnlyList<HtmlColumn<T>> columns, int open)
    {
        if (rows.Count == 0) return null;
        var title = rows.Count > RowsMax ? $"The first {Words.Count(RowsMax)} of {Words.Count(rows.Count)} {noun}" : $"{Words.Count(rows.Count)} {noun}";
        return HtmlPage.Folded(title, rows.Count <= open, HtmlTable.Of(rows.Take(RowsMax), columns));
    }

    private static IEnumerable<XElement> Panels(Plan plan)
    {
        var horizon = plan.Horizon;
        foreach (var one in plan.Partitions)
        {
            var capacity = one.Partition.Capacity;
            var panel = new LoadPanel((horizon.StartUtc, horizon.EndUtc), capacity, Math.Max(one.Before.Peak, one.After.Peak));
            yield return Draw(panel, one.Before, $"{one.Partition.Name}, left alone");
            yield return Draw(panel, one.After, $"{one.Partition.Name}, with the plan");
        }
    }

    /// <summary>What is planned for is drawn as demand; the band is between it and the mean.</summary>
    private static XElement Draw(LoadPanel panel, LoadCurve curve, string name)
    {
        var planned = new float[curve.Count];
        for (var slot = 0; slot < planned.Length; slot++) planned[slot] = (float)curve.Planned(slot);
        return panel.Draw(name, planned, curve.Mean.ToArray(), planned);
    }
}
