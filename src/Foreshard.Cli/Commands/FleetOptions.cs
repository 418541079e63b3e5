using System.CommandLine;
using Foreshard.Cli.Output;
using Foreshard.Sharding;
using Foreshard.Simulation.Runs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Cli.Commands;

/// <summary>Options that tell of a virtual fleet and of what runs on it.</summary>
internal sealed class FleetOptions
{
    /// <summary>Capacity that wasn't told is such that the fleet as a whole is that busy at the traffic's largest hour.</summary>
    public const double LoadedShare = 0.75;

    /// <summary>Most partitions of a virtual fleet.</summary>
    public const int PartitionsMax = 1000;

    private readonly Option<int> partitions = ReportingCommand.NumberOption(
        "--partitions", "How many partitions there are", 4, number => number is >= 1 and <= PartitionsMax, "1 to 1,000");

    private readonly Option<double> capacity = ReportingCommand.NumberOption(
        "--capacity",
        "Cost units per second that one partition can serve. Default: what loads all of them together 75 % at the largest hour",
        0.0,
        number => number > 0 && double.IsFinite(number),
        "a number above 0");

    private readonly Option<long?> bandwidth = Sizes.PerSecond("--bandwidth", "What a partition sends or takes of moves. Default: 50MB/s");
    private readonly Option<long?> budget = Sizes.Option("--size-budget", "How large a partition may grow: 500MB, 20GB, or bytes. Default: 200GB");

    private readonly Option<TimeSpan?> interval = Durations.Option(
        "--interval",
        "How often load is looked at: 1min, 5min, 30min. Default: 5min",
        time => time >= TimeSpan.FromMinutes(1) && TimeSpan.TicksPerHour % time.Ticks == 0,
        "a divisor of the hour from a minute on (1min, 5min, 30min)");

    private readonly Option<TimeSpan?> warmUp = Durations.Option(
        "--warm-up",
        "Time from the start that isn't scored: forecasts learn in it. Default: 14d; of traffic of less than four weeks, half of it",
        time => time > TimeSpan.Zero,
        "a duration above 0 (1d, 14d)");

    private readonly Option<double> scale = ReportingCommand.NumberOption(
        "--scale", "What all load is multiplied by", 1.0, number => number > 0 && double.IsFinite(number), "a number above 0");

    private readonly Option<long?> startBytes = Sizes.Option(
        "--start-bytes", "Size of all entities together at the start: 500MB, 20GB, or bytes. Default: such that a partition that is always busy is half full");
    private readonly Option<long?> bytesPerWrite = Sizes.Option("--bytes-per-write", "By how much a row that is written makes its entity larger. Default: 100");

    private readonly Option<TimeSpan?> latencyTarget = Durations.Option(
        "--latency-target", "Answer time above which an access is late. Default: 50ms", IsAnswerTime, "a duration above 0 (20ms, 1s)");

    private readonly Option<TimeSpan?> service = Durations.Option(
        "--service", "Answer time of an access on an idle partition. Default: 5ms", IsAnswerTime, "a duration above 0 (5ms, 1s)");

    private readonly Option<string?> regions = new("--regions")
    {
        HelpName = "REGION,…",
        Description = "Region of each partition, by turns: eu,us. Default: regions don't matter",
    };

    private readonly Option<string[]> roundTrips = RoundTripTexts.Option("How long a round trip between two regions takes: eu:us=90ms; may be repeated");

    private readonly Option<int> seed = ReportingCommand.NumberOption(
        "--seed", "Seed of the noise that scaled load carries: the same gives the same run", 1, _ => true, "an integer");

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All =>
    [
        partitions, capacity, bandwidth, budget, interval, warmUp, scale, startBytes, bytesPerWrite, latencyTarget, service, regions, roundTrips, seed,
    ];

    /// <summary>How many partitions there are.</summary>
    public int PartitionsOf(ParseResult arguments) => arguments.GetValue(partitions);

    /// <summary>The capacity that was told; null if none was.</summary>
    public double? CapacityOf(ParseResult arguments) => arguments.GetResult(capacity) is { Implicit: false } ? arguments.GetValue(capacity) : null;

    /// <summary>What all load is multiplied by.</summary>
    public double ScaleOf(ParseResult arguments) => arguments.GetValue(scale);

    /// <summary>Seed of the noise that scaled traffic carries.</summary>
    public int SeedOf(ParseResult arguments) => arguments.GetValue(seed);

    /// <summary>The fleet; policies, elasticity and the grid are as without options.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="largestHour">Largest load of all entities together in an hour, cost units per second.</param>
    /// <param name="length">How long the traffic is.</param>
    /// <exception cref="UsageException">Options don't go together, or not with the traffic.</exception>
    public SimulationOptions Of(ParseResult arguments, double largestHour, TimeSpan length)
    {
        var count = arguments.GetValue(partitions);
        var otherwise = new SimulationOptions { Partitions = count, Capacity = 1, WarmUp = TimeSpan.Zero };
        return otherwise with
        {
            Capacity = CapacityOf(arguments) ?? Math.Max(largestHour / (count * LoadedShare), 1e-9),
            SizeBudgetBytes = arguments.GetValue(budget) ?? otherwise.SizeBudgetBytes,
            MoveBytesPerSecond = arguments.GetValue(bandwidth) ?? otherwise.MoveBytesPerSecond,
            Interval = arguments.GetValue(interval) ?? otherwise.Interval,
            WarmUp = WarmUpOf(arguments, length),
            ServiceMs = arguments.GetValue(service)?.TotalMilliseconds ?? otherwise.ServiceMs,
            LatencyTargetMs = arguments.GetValue(latencyTarget)?.TotalMilliseconds ?? otherwise.LatencyTargetMs,
            Regions = RegionsOf(arguments),
            RoundTrips = RoundTripsOf(arguments),
            StartBytes = arguments.GetValue(startBytes),
            BytesPerWrite = arguments.GetValue(bytesPerWrite) ?? otherwise.BytesPerWrite,
        };
    }

    /// <exception cref="UsageException">Nothing would be left to be scored.</exception>
    private TimeSpan WarmUpOf(ParseResult arguments, TimeSpan length)
    {
        var usual = TimeSpan.FromDays(14);
        if (arguments.GetValue(warmUp) is not { } told)
            return length >= 2 * usual ? usual : TrafficTrace.SlotLength * Math.Floor(length / 2 / TrafficTrace.SlotLength);
        return told <= length - TrafficTrace.SlotLength ? told : throw new UsageException(
            $"--warm-up {Words.Duration(told)} leaves nothing to be scored: the traffic is {Words.Duration(length)} long.");
    }

    private string[] RegionsOf(ParseResult arguments)
    {
        if (arguments.GetValue(regions) is not { } text) return [];
        var names = text.Split(',', StringSplitOptions.TrimEntries);
        return names.All(name => name.Length > 0) ? names : throw new UsageException($"--regions takes names with commas between them (eu,us), not '{text}'.");
    }

    private RoundTrips RoundTripsOf(ParseResult arguments)
    {
        var times = RoundTripTexts.Parse(arguments.GetValue(roundTrips)).ToDictionary(one => one.Key, one => one.Value.TotalMilliseconds);
        if (times.Count == 0) return RoundTrips.None;
        var known = RegionsOf(arguments);
        return known.Length > 0 ? new RoundTrips(times) : throw new UsageException("--round-trip needs --regions, which tells where partitions are.");
    }

    private static bool IsAnswerTime(TimeSpan time) => time > TimeSpan.Zero;
}
