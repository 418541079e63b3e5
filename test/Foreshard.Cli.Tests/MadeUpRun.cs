using Foreshard.Balancing;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Tests;

/// <summary>A result of a simulation that nobody ran: for what is made of results.</summary>
internal static class MadeUpRun
{
    public const double Capacity = 200;

    private static readonly DateTime Start = new(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Text);

    /// <summary>A week on a fleet, after two weeks of warm-up.</summary>
    /// <param name="partitions">How many.</param>
    /// <param name="names">Keys of the entities.</param>
    public static SimulationResult Of(int partitions, IEnumerable<string> names)
    {
        var options = new SimulationOptions { Partitions = partitions, Capacity = Capacity, WarmUp = TimeSpan.FromDays(14) };
        var from = Start + options.WarmUp;
        var drawn = TimeSpan.FromMinutes(10);
        var heat = names.Select((name, rank) => new HeatRow(Customer.Parse(name), Wave(180.0 / (rank + 2), rank, 0))).ToList();
        return new SimulationResult
        {
            Options = options,
            StartUtc = Start,
            ScoredFromUtc = from,
            EndUtc = from.AddDays(7),
            Entities = 1234,
            Accesses = 5_678_901,
            PeakDemand = 0.75 * partitions * Capacity,
            DrawnInterval = drawn,
            Heat = heat,
            Policies = [.. options.Policies.Select(policy => RunOf(policy, partitions, from, heat))],
            Grid = [.. from bandwidth in options.GridBandwidths from interval in options.GridIntervals select Cell(bandwidth, interval)],
        };
    }

    public static PolicyScore Score(PolicyKind policy, double minutes, double bytes = 0) => new()
    {
        Policy = policy,
        OverloadedPartitionMinutes = minutes,
        LateShare = minutes / 10_000,
        P99Ms = 12 + (minutes / 3),
        BytesMoved = bytes,
        Moves = (int)(bytes / 1e9),
        Splits = bytes > 0 ? 2 : 0,
        Merges = bytes > 0 ? 1 : 0,
        Thrash = 0.004,
        PingPong = 0,
        PeakUtilisation = 0.9 + (minutes / 700),
        Spread = 0.12,
        Oscillation = 0.3,
        PartitionHours = 672,
        Threshold = policy == PolicyKind.Reactive ? 0.8 : null,
    };

    private static GridCell Cell(double bandwidth, TimeSpan interval)
    {
        var reactive = 310 * interval.TotalMinutes / 5 / bandwidth;
        return new GridCell(
            bandwidth,
            interval,
            [
                Score(PolicyKind.Reactive, reactive, 80e9),
                Score(PolicyKind.Predictive, bandwidth < 1 ? 1.3 * reactive : interval.TotalMinutes * 2, 95e9),
                Score(PolicyKind.Oracle, interval.TotalMinutes, 90e9),
            ]);
    }

    private static PolicyRun RunOf(PolicyKind policy, int partitions, DateTime from, List<HeatRow> heat)
    {
        var minutes = policy switch { PolicyKind.Static => 900, PolicyKind.Reactive => 310, PolicyKind.Predictive => 12.4, _ => 0 };
        var isActing = policy != PolicyKind.Static;
        var isForecasting = policy is PolicyKind.Predictive or PolicyKind.Oracle;
        var demand = Enumerable.Range(0, partitions).Select(at => Wave(isForecasting ? 160 : 230 - (30 * at), at, 9)).ToList();
        if (partitions > 2) Array.Fill(demand[^1], float.NaN, 300, 200);
        return new PolicyRun
        {
            Score = Score(policy, minutes, isActing ? 80e9 : 0),
            Steps = isActing ? [.. Enumerable.Range(0, 40).Select(at => Step(at, partitions, from, heat[at % heat.Count].Entity))] : [],
            Demand = demand,
            Forecast = isForecasting ? [.. Enumerable.Range(0, partitions).Select(at => Wave(155, at, 0))] : null,
            ForecastHigh = isForecasting ? [.. Enumerable.Range(0, partitions).Select(at => Wave(185, at, 0))] : null,
        };
    }

    private static DoneStep Step(int at, int partitions, DateTime from, EntityKey entity)
    {
        var isReunit = at % 7 == 3;
        var (source, start) = (1 + (at % partitions), from.AddHours(4.1 * at));
        return new DoneStep(
            isReunit ? StepKind.Split : StepKind.Move,
            entity.ToString(),
            source,
            isReunit ? source : 1 + ((at + 1) % partitions),
            start,
            isReunit ? start : start.AddMinutes(20 + (5 * (at % 20))),
            isReunit ? 0 : 1.2e9 * (1 + (at % 5)),
            at % 3 == 0 ? StepReason.Surge : StepReason.Overload,
            $"partition {source} is forecast to be asked for {110 + at} % of its capacity at 18:00");
    }

    /// <summary>A week of days in steps of ten minutes, with noise that is always the same.</summary>
    private static float[] Wave(double peak, int phase, double noise)
    {
        var values = new float[7 * 144];
        for (var at = 0; at < values.Length; at++)
        {
            var day = 0.5 - (0.5 * Math.Cos(2 * Math.PI * ((at / 144.0) + (phase / 24.0))));
            values[at] = (float)Math.Max(0, (peak * (0.15 + (0.85 * day * day))) + (noise * Math.Sin(at * at % 97)));
        }

        return values;
    }
}
