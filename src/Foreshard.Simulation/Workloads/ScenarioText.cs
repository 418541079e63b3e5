using System.Globalization;
using Foreshard.Sharding;
using Foreshard.Simulation.Runs;

namespace Foreshard.Simulation.Workloads;

/// <summary>Reads scenarios as people write them: see docs/simulation.md.</summary>
internal sealed class ScenarioText
{
    private static readonly EntityType Type = EntityType.Of("entity", KeyKind.Text);

    private readonly List<WorkloadEntity> entities = [];
    private readonly Dictionary<(string, string), double> roundTrips = [];
    private SimulationOptions options = new() { Partitions = 1, Capacity = 1000, WarmUp = TimeSpan.Zero, GridBandwidths = [] };
    private DateTime startUtc = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);
    private int days;
    private int block;

    private ScenarioText()
    {
    }

    /// <summary>Reads a scenario.</summary>
    /// <exception cref="FormatException">A line can't be read; the message names it and says what was expected.</exception>
    public static Scenario Parse(string text)
    {
        var scenario = new ScenarioText();
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Split('#')[0];
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                scenario.Read(new ScenarioWords(line), char.IsWhiteSpace(line[0]));
            }
            catch (Exception exception) when (exception is FormatException or ArgumentException)
            {
                throw new FormatException($"line {i + 1}, '{line.Trim()}': {exception.Message}", exception);
            }
        }

        return scenario.Build();
    }

    private Scenario Build()
    {
        if (days < 1) throw new FormatException("no line tells the days: 'days 14'.");
        if (entities.Count == 0) throw new FormatException("no line tells an entity: 'entity shop rate 100'.");
        if (roundTrips.Count > 0) options = options with { RoundTrips = new RoundTrips(roundTrips) };
        options.Validate();
        return new Scenario(startUtc, days, entities, options);
    }

    private void Read(ScenarioWords words, bool isIndented)
    {
        var name = words.Next("what the line tells");
        if (isIndented && block == 0) throw new FormatException("an indented line tells more of an entity, but none came before.");
        if (isIndented) ReadPattern(name, words);
        else if (name is "entity" or "entities") ReadEntities(name == "entities", words);
        else ReadSetting(name, words);
        words.End();
    }

    private void ReadSetting(string name, ScenarioWords words)
    {
        block = 0;
        switch (name)
        {
            case "start": startUtc = words.Date(); break;
            case "days": days = (int)words.Number(1, 3660); break;
            case "seed": options = options with { Seed = (int)words.Number(0, int.MaxValue) }; break;
            case "partitions": options = options with { Partitions = (int)words.Number(1, 10_000) }; break;
            case "capacity": options = options with { Capacity = words.Number(1e-6, 1e12) }; break;
            case "warm-up": options = options with { WarmUp = words.Time() }; break;
            case "interval": options = options with { Interval = words.Time() }; break;
            case "bandwidth": options = options with { MoveBytesPerSecond = words.Bytes() }; break;
            case "size": options = options with { SizeBudgetBytes = words.Bytes() }; break;
            case "data": options = options with { StartBytes = words.Bytes() }; break;
            case "bytes-per-write": options = options with { BytesPerWrite = words.Bytes() }; break;
            case "regions": options = options with { Regions = words.Rest() }; break;
            case "round-trip": roundTrips[(words.Next("a region"), words.Next("another region"))] = words.Time().TotalMilliseconds; break;
            case "elastic": options = options with { Elastic = ReadElastic(words) }; break;
            case "policies": options = options with { Policies = [.. words.Rest().Select(PolicyOf)] }; break;
            default:
                throw new FormatException(
                    $"'{name}' is no setting: start, days, seed, partitions, capacity, warm-up, interval, bandwidth, size, data, bytes-per-write, regions, "
                    + "round-trip, elastic, policies, entity or entities.");
        }
    }

    private static ElasticFleet ReadElastic(ScenarioWords words)
    {
        var min = (int)words.Number(1, 10_000);
        words.Word("to");
        var max = (int)words.Number(min, 10_000);
        words.Word("wakes");
        words.Word("in");
        return new ElasticFleet(min, max, words.Time());
    }

    private static PolicyKind PolicyOf(string name) => Enum.TryParse<PolicyKind>(name, ignoreCase: true, out var kind) && Enum.IsDefined(kind)
        ? kind
        : throw new FormatException($"'{name}' is no policy: static, reactive, predictive, oracle.");

    /// <summary><c>entity shop rate 100</c>, or <c>entities user 40 rate 1..20</c>: user1 to user40, from the lowest rate to the highest.</summary>
    private void ReadEntities(bool areMany, ScenarioWords words)
    {
        var name = words.Next("a name");
        block = areMany ? (int)words.Number(1, 100_000) : 1;
        words.Word("rate");
        var (low, high) = words.Range(0, 1e12);
        for (var i = 0; i < block; i++)
        {
            var rate = block == 1 ? high : low * Math.Pow(high / low, i / (block - 1.0));
            var key = areMany ? name + (i + 1).ToString(CultureInfo.InvariantCulture) : name;
            entities.Add(new WorkloadEntity { Entity = Type.Key(key), Rate = rate });
        }
    }

    private void ReadPattern(string name, ScenarioWords words)
    {
        var change = ScenarioPatterns.Read(name, words);
        for (var i = entities.Count - block; i < entities.Count; i++) entities[i] = change(entities[i]);
    }
}
