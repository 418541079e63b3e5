using System.Xml.Linq;
using Foreshard.Cli.Commands;
using Foreshard.Cli.Output;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Html;

/// <summary>The chapters of a page that tell what came of a simulation.</summary>
internal sealed class SimulationSections(SimulationResult result, SimulationReport report)
{
    /// <summary>Of larger fleets the busiest partitions are drawn.</summary>
    private const int PanelsMax = 24;

    private const int StepsListed = 300;
    private const int StepsOpen = 12;

    /// <summary>Who is drawn: what acts without foresight beside what has it, else what there is.</summary>
    private readonly IReadOnlyList<PolicyRun> drawn =
    [
        .. result.Policies.OrderBy(run => run.Score.Policy is PolicyKind.Reactive or PolicyKind.Predictive ? 0 : 1).Take(2).OrderBy(run => run.Score.Policy),
    ];

    /// <summary>What the page is about.</summary>
    public IEnumerable<string> Facts()
    {
        var fleet = report.Fleet;
        var unit = LoadUnit.For(fleet.CapacityPerSecond);
        yield return Words.Count(report.Entities, "entity", "entities");
        var scaled = report.Scale == 1 ? "" : $" ({SimulationView.Scaled(report)})";
        yield return Words.Count((long)report.Accesses, "access", "accesses") + scaled;
        yield return $"scored {Words.Moment(report.ScoredFrom)} to {Words.Moment(report.To)} UTC";
        var derived = fleet.IsCapacityGiven ? "" : " (derived)";
        yield return $"{Words.Count(fleet.Partitions, "partition")} of {unit.Of(fleet.CapacityPerSecond)} {unit.Name}{derived}";
        yield return $"load of all at most {Words.Percent(report.PeakPerSecond / (fleet.Partitions * fleet.CapacityPerSecond))} of the fleet";
    }

    public IEnumerable<XElement> All() => [Comparison(), Loads(), Heat(), Steps(), .. report.Grid.Count > 0 ? new[] { Grid() } : [], Model()];

    private XElement Comparison()
    {
        var columns = PolicyTable.Columns(report.Fleet.MaxPartitions is not null);
        var thresholds = report.Policies.Where(policy => policy.Threshold is not null)
            .Select(policy => $" The reactive policy acts above {Words.Percent(policy.Threshold!.Value)} of capacity, which did best in the warm-up.");
        return HtmlPage.Section(
            "The policies",
            "The same traffic on the same fleet, decided about in different ways; the best figure of each column is bold." + string.Concat(thresholds),
            HtmlTable.Of(report.Policies, [.. columns.Select(Column)]));
    }

    private HtmlColumn<PolicyReport> Column(PolicyTable.Described described)
    {
        var best = described.Figure is { } figure ? described.Column.Cell(report.Policies.MinBy(figure)!) : null;
        return new HtmlColumn<PolicyReport>(
            described.Column.Heading,
            policy => described.Column.Cell(policy) == best && report.Policies.Any(other => described.Column.Cell(other) != best)
                ? new XElement("span", new XAttribute("class", "best"), described.Column.Cell(policy))
                : described.Column.Cell(policy),
            described.Help);
    }

    private XElement Loads()
    {
        var count = drawn.Min(run => run.Demand.Count);
        var shown = Enumerable.Range(0, count).OrderByDescending(Peak).Take(PanelsMax).Order().ToList();
        var panel = new LoadPanel((result.ScoredFromUtc, result.EndUtc), result.Options.Capacity, shown.Max(Peak));
        var left = count > PanelsMax ? $" Of {count} partitions the {PanelsMax} with the highest peaks are shown." : "";
        return HtmlPage.Section(
            "Load of each partition",
            $"Largest demand of each moment against capacity; what is above it is overload. Times are in UTC.{left}",
            HtmlPage.Legend(
                ("key line", "demand"),
                ("key dashed", "capacity"),
                ("key red", "overload"),
                ("key blue", "forecast an hour before"),
                ("key area", "room that was kept")),
            new XElement(
                "div",
                new XAttribute("class", "pairs"),
                shown.SelectMany(partition => drawn.Select(run => Panel(run, partition)))));

        double Peak(int partition) => drawn.Max(run => run.Demand[partition].Where(load => !float.IsNaN(load)).DefaultIfEmpty().Max());

        XElement Panel(PolicyRun run, int partition) =>
            panel.Draw(
                $"{Words.Of(run.Score.Policy)}: partition {partition + 1}", run.Demand[partition], run.Forecast?[partition], run.ForecastHigh?[partition]);
    }

    private XElement Heat() => HtmlPage.Section(
        "Entities over time",
        $"Demand of the {Words.Count(result.Heat.Count)} busiest of {Words.Count(result.Entities, "entity", "entities")}, the busiest first; times are in UTC.",
        result.Heat.Count == 0
            ? null
            : HeatMap.Draw(result.ScoredFromUtc, result.EndUtc, [.. result.Heat.Select(row => new HeatMap.Row(row.Entity.ToString(), row.Demand))]));

    private XElement Steps() => HtmlPage.Section(
        "Moves and splits",
        "Each move leaves one partition and arrives at another one; splits, merges and the like happen in place."
            + " Point at a mark for its reason. Times are in UTC.",
        HtmlPage.Legend(("key out", "leaves"), ("key in", "arrives"), ("key diamond", "changes in place")),
        drawn.Where(run => run.Score.Policy != PolicyKind.Static).SelectMany(Steps));

    private IEnumerable<XElement> Steps(PolicyRun run)
    {
        var name = Words.Of(run.Score.Policy);
        yield return new XElement("h3", $"{name}: {Words.Count(run.Steps.Count, "step")}");
        if (run.Steps.Count == 0) yield break;
        var partitions = Enumerable.Range(1, run.Demand.Count).Select(number => $"partition {number}").ToList();
        yield return StepTimeline.Draw(
            result.ScoredFromUtc,
            result.EndUtc,
            partitions,
            [.. run.Steps.Select(step => new StepTimeline.Mark(step.From - 1, step.To - 1, step.StartUtc, step.EndUtc, Tip(step)))]);
        var listed = report.Steps.Where(step => step.Policy == name).Take(StepsListed).ToList();
        var title = listed.Count < run.Steps.Count
            ? $"The first {Words.Count(listed.Count)} of {Words.Count(run.Steps.Count)} steps of {name}, with reasons; --json has all"
            : $"The steps of {name}, with reasons";
        yield return HtmlPage.Folded(title, listed.Count <= StepsOpen, HtmlTable.Of(listed, StepColumns));
    }

    private static IReadOnlyList<HtmlColumn<SimulatedStepReport>> StepColumns { get; } =
    [
        new("began (UTC)", step => Words.Moment(step.StartedAt)),
        new("what", step => $"{step.Kind} {step.Subject}"),
        new("partitions", step => step.From == step.To ? $"{step.From}" : $"{step.From} → {step.To}"),
        new(">took", step => step.EndedAt > step.StartedAt ? Words.Duration(step.EndedAt - step.StartedAt) : Words.Unknown),
        new(">size", step => step.Bytes > 0 ? Words.Bytes((long)step.Bytes) : Words.Unknown),
        new("reason", step => step.Reason),
        new("because", step => step.Because),
    ];

    private static string Tip(DoneStep step)
    {
        var where = step.From == step.To ? $"on partition {step.From}" : $"from partition {step.From} to {step.To}, {Words.Bytes((long)step.Bytes)}";
        return $"{Words.Of(step.Kind)} {step.What} {where}, {Words.Moment(step.StartUtc)} to {Words.Moment(step.EndUtc)}\n"
            + $"{Words.Of(step.Reason)}: {step.Because}";
    }

    private XElement Grid() => HtmlPage.Section(
        "Other bandwidths and intervals",
        "Overloaded partition-minutes. Whether foresight pays depends on how long moves take and how often load is looked at. Green: the predictive "
        + "policy has at most half (deep: a fifth) of the reactive one's; red: it has more (deep: twice as many).",
        SensitivityTable.Of(report));

    private XElement Model() => HtmlPage.Section(
        "What was assumed",
        string.Join(' ', report.Model),
        new XElement("dl", SimulationModel.Assumptions(result.Options).SelectMany(one =>
            new[] { new XElement("dt", one.Name), new XElement("dd", one.Value) })));
}
