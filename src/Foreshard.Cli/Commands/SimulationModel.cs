using System.Globalization;
using Foreshard.Cli.Output;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Commands;

/// <summary>How a fleet is simulated, in words: what the figures hang on.</summary>
internal static class SimulationModel
{
    /// <summary>In two paragraphs: answers and moves.</summary>
    public static IReadOnlyList<string> Of(SimulationOptions options)
    {
        var unit = LoadUnit.For(options.Capacity);
        var cost = options.Balancer.Cost;
        return
        [
            $"Model: a partition serves {unit.Of(options.Capacity)} {unit.Name}; an access takes {Number(options.ServiceMs)} ms if nobody else is there and "
            + $"waits in a queue otherwise; later than {Number(options.LatencyTargetMs)} ms is late. What finds no capacity is overload, minute by minute.",
            $"A move carries up to {Words.Bytes((long)options.MoveBytesPerSecond)}/s, takes {Words.Percent(cost.MoveShare)} of both ends' capacity while "
            + $"it runs and stalls its unit for {Number(options.StallMs)} ms. Load is looked at every {Words.Duration(options.Interval)}; plans look "
            + $"{Words.Duration(options.Horizon)} ahead.",
        ];
    }

    /// <summary>All that was assumed, by name.</summary>
    public static IEnumerable<(string Name, string Value)> Assumptions(SimulationOptions options)
    {
        var unit = LoadUnit.For(options.Capacity);
        var (plans, cost) = (options.Balancer, options.Balancer.Cost);
        yield return ("Partitions", Partitions(options));
        yield return ("Capacity of a partition", $"{unit.Of(options.Capacity)} {unit.Name}");
        yield return ("Size budget of a partition", $"{Words.Bytes((long)options.SizeBudgetBytes)} (default 200 GB: what is copied in about an hour)");
        yield return (
            "Bandwidth of moves",
            $"{Words.Bytes((long)options.MoveBytesPerSecond)}/s for each partition (default 50 MB/s: a busy server's disk and network with room for users)");
        yield return ("Load of a move", $"{Words.Percent(cost.MoveShare)} of both ends' capacity while it runs");
        yield return ("Stall of a move", $"{Number(options.StallMs)} ms for the sessions of what moves");
        yield return ("Interval", $"{Words.Duration(options.Interval)} (default 5 min, as monitoring usually has it)");
        yield return ("Warm-up", $"{Words.Duration(options.WarmUp)}: not scored; forecasts learn in it, the reactive policy's threshold is chosen in it");
        yield return ("Answer time when idle", $"{Number(options.ServiceMs)} ms; late is what takes longer than {Number(options.LatencyTargetMs)} ms");
        yield return (
            "Plans",
            $"are made every {Words.Duration(options.PlanEvery)} if nothing hurries, look {Words.Duration(options.Horizon)} ahead in slots of "
            + $"{Words.Duration(options.PlanSlot)}, and plan a partition up to {Words.Percent(cost.TargetShare)} of its capacity");
        yield return (
            "Split rather than moved",
            $"from {Words.Percent(plans.SplitShare)} of a partition's capacity on; merged again below {Words.Percent(plans.MergeShare)} "
            + $"after {Words.Duration(plans.MergeAfter)}");
        yield return (
            "Discipline",
            $"a unit that moved stays for {Words.Duration(plans.Cooldown)}; a move has to gain {Number(plans.MinImprovement)} times its price; "
            + $"{Words.Count(plans.MovesPerPartition, "move")} at a time for each partition");
        if (options.Regions.Count > 0) yield return ("Regions", string.Join(", ", options.Regions));
        yield return ("Growth", $"{Words.Bytes((long)options.BytesPerWrite)} with each row written");
        yield return ("Reactive", $"plans {Words.Duration(options.ReactiveHorizon)} ahead as if the present stayed; its threshold is one of "
            + $"{string.Join(", ", options.ReactiveThresholds.Select(Words.Percent))} of capacity");
    }

    private static string Partitions(SimulationOptions options) => options.Elastic is { } elastic
        ? $"{options.Partitions} at the start, {elastic.Min} to {elastic.Max} awake, {Words.Duration(elastic.WakeDelay)} to wake one"
        : Words.Count(options.Partitions);

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
