using System.CommandLine;
using System.Globalization;
using Foreshard.Cli.Output;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Commands;

/// <summary>Options of which policies are compared, and under which circumstances.</summary>
internal sealed class PolicyOptions
{
    private readonly Option<PolicyKind[]> policies = new("--policy")
    {
        HelpName = "static|reactive|predictive|oracle",
        Description = "Who decides about placement; may be repeated. Default: all four, one after the other",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = result => [.. result.Tokens.Select(token => Parse(token.Value, result.AddError)).Distinct()],
    };

    private readonly Option<string?> elastic = new("--elastic")
    {
        HelpName = "MIN:MAX",
        Description = "Partitions sleep while they aren't needed: the fewest and the most that are awake (2:8). Default: all are awake",
    };

    private readonly Option<TimeSpan?> wakeDelay = Durations.Option(
        "--wake-delay", "From the wish for one more partition to its first move in. Default: 10min", time => time >= TimeSpan.Zero, "a duration (30s, 10min)");

    private readonly Option<bool> hasNoGrid = new("--no-grid")
    {
        Description = "Don't try other bandwidths (a quarter, four times) and intervals (1, 5, 30 min): several times as fast",
    };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [policies, elastic, wakeDelay, hasNoGrid];

    /// <summary>The same with what the options tell.</summary>
    /// <exception cref="UsageException">They don't go together.</exception>
    public SimulationOptions Apply(ParseResult arguments, SimulationOptions options)
    {
        var told = arguments.GetValue(policies) ?? [];
        return options with
        {
            Policies = told.Length > 0 ? told : options.Policies,
            Elastic = ElasticOf(arguments, options.Partitions),
            GridBandwidths = arguments.GetValue(hasNoGrid) ? [] : options.GridBandwidths,
        };
    }

    private ElasticFleet? ElasticOf(ParseResult arguments, int partitions)
    {
        if (arguments.GetValue(elastic) is not { } text)
            return arguments.GetValue(wakeDelay) is null ? null : throw new UsageException("--wake-delay goes with --elastic: other partitions never sleep.");
        var parts = text.Split(':');
        if (parts.Length != 2 || !TryParse(parts[0], out var min) || !TryParse(parts[1], out var max) || max < min)
            throw new UsageException($"--elastic takes the fewest and the most partitions awake (2:8), not '{text}'.");
        if (partitions < min || partitions > max)
            throw new UsageException($"--partitions {partitions}, with which the fleet begins, lies outside of --elastic {text}.");
        return new ElasticFleet(min, max, arguments.GetValue(wakeDelay) ?? TimeSpan.FromMinutes(10));
    }

    private static bool TryParse(string text, out int partitions) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out partitions) && partitions is >= 1 and <= FleetOptions.PartitionsMax;

    private static PolicyKind Parse(string text, Action<string> fail)
    {
        foreach (var policy in Enum.GetValues<PolicyKind>())
        {
            if (Words.Of(policy) == text) return policy;
        }

        fail($"--policy takes static, reactive, predictive or oracle, not '{text}'.");
        return default;
    }
}
