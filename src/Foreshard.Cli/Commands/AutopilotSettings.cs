using System.CommandLine;
using System.CommandLine.Parsing;
using Foreshard.Autopilot;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Options of commands that run an autopilot.</summary>
internal sealed class AutopilotSettings
{
    private static readonly AutopilotOptions Defaults = new();

    private readonly Option<double> capacity = ReportingCommand.NumberOption(
        "--capacity",
        "Cost units per second that a partition serves for which no capacity was set",
        0.0,
        number => number > 0 && double.IsFinite(number),
        "a number above 0");

    private readonly Option<TimeSpan?> interval = Durations.Option(
        "--interval",
        "How often load is looked at: 10s, 1min, 5min. Default: 5min",
        time => With(time).Problems().FirstOrDefault() is null,
        "a divisor of ten minutes from a second on (10s, 1min, 5min), 15min or 30min");

    private readonly Option<TimeSpan?> horizon = Durations.Option(
        "--horizon",
        "How far plans look ahead: 3h, 24h, 7d. Default: 24h",
        time => new AutopilotOptions { Horizon = time }.Problems().FirstOrDefault() is null,
        "3h to 7d, in whole half hours");

    private readonly Option<long?> bandwidth = Sizes.PerSecond("--bandwidth", "What a move carries. Default: 50MB/s");
    private readonly Option<long?> bytesPerHour = Sizes.Option("--bytes-per-hour", "What all moves together may carry in an hour. Default: no limit");

    private readonly Option<TimeSpan?> cooldown = Durations.Option(
        "--cooldown", "For how long a unit that moved stays. Default: 1h", time => time >= TimeSpan.Zero, "a duration (30min, 1h)");

    private readonly Option<FreezeTime[]> freezes = new("--freeze")
    {
        HelpName = "TIME",
        Description = "When nothing moves, in UTC: 17:00-19:00, 'Sun 02:00-04:00', 2026-12-24T18:00Z/2026-12-27T06:00Z; may be repeated",
        CustomParser = ParseFreezes,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> roundTrips = RoundTripTexts.Option(
        "How long a round trip between two regions takes, where processes didn't measure it: eu:us=90ms; may be repeated");

    public IReadOnlyList<Option> All => [capacity, interval, horizon, bandwidth, bytesPerHour, cooldown, freezes, roundTrips];

    /// <summary>How the autopilot works.</summary>
    public AutopilotOptions Of(ParseResult arguments, AutopilotMode mode)
    {
        var options = With(arguments.GetValue(interval) ?? Defaults.Interval);
        options.Mode = mode;
        options.Horizon = arguments.GetValue(horizon) ?? Defaults.Horizon;
        options.AssumedCapacity = CapacityOf(arguments) ?? Defaults.AssumedCapacity;
        options.MoveBytesPerSecond = arguments.GetValue(bandwidth) ?? Defaults.MoveBytesPerSecond;
        options.BytesPerHour = arguments.GetValue(bytesPerHour);
        options.Cooldown = arguments.GetValue(cooldown) ?? Defaults.Cooldown;
        options.Freezes = arguments.GetValue(freezes) ?? [];
        options.RoundTrips = RoundTripTexts.Parse(arguments.GetValue(roundTrips));
        return options;
    }

    /// <summary>Everything is judged by what a partition serves, so a guess won't do.</summary>
    /// <exception cref="UsageException">A partition has no capacity, and none was said.</exception>
    public void CheckCapacity(EntityStore store, ParseResult arguments)
    {
        var without = store.Partitions.Where(partition => partition.CapacityPerSecond <= 0).Select(partition => partition.Name).ToList();
        if (without.Count == 0 || CapacityOf(arguments) is not null) return;
        throw new UsageException($"No capacity is set for {string.Join(", ", without)}: say with --capacity how many cost units per second such a partition "
            + "serves (1 is a point read), or set it with 'foreshard partition set'.");
    }

    private double? CapacityOf(ParseResult arguments) => arguments.GetValue(capacity) is > 0 and var told ? told : null;

    private static FreezeTime[] ParseFreezes(ArgumentResult result)
    {
        var parsed = new List<FreezeTime>();
        foreach (var token in result.Tokens)
        {
            if (FreezeTime.TryParse(token.Value, null, out var freeze)) parsed.Add(freeze);
            else result.AddError($"--freeze takes 17:00-19:00, 'Sun 02:00-04:00' or 2026-12-24T18:00Z/2026-12-27T06:00Z, all in UTC, not '{token.Value}'.");
        }

        return [.. parsed];
    }

    /// <summary>Nothing happens more often than the interval.</summary>
    private static AutopilotOptions With(TimeSpan every) => new()
    {
        Interval = every,
        PlanEvery = every > Defaults.PlanEvery ? every : Defaults.PlanEvery,
        SaveEvery = every > Defaults.SaveEvery ? every : Defaults.SaveEvery,
    };
}
