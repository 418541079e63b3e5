using System.Globalization;
using System.Text;
using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Tests.Sharding;

/// <summary>Reads what is to be cut from text, and writes down what came of it.</summary>
/// <remarks>
/// A line each: <c>cut 2 dates</c> (or <c>segments</c>), <c>within {eu, us}</c> or <c>within 2026-01-01 …</c>, <c>shards 24</c>,
/// <c>group eu load 10 peak 80 at 18 room 5 bytes 30 users eu 0.9 us 0.1</c>, <c>rest load 5 bytes 10</c>, <c>tie eu us</c>,
/// <c>written eu us</c>, <c>read eu us 0.03</c>, <c>score capacity 200 budget 1000 fleet 180 grows 10</c>. Slots are the 24 hours of a day; a peak is
/// there for three of them.
/// </remarks>
internal sealed class CutScenarios
{
    private const int Slots = 24;

    private static readonly PlanHorizon Day = new(new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc), TimeSpan.FromHours(1), Slots);

    private readonly List<GroupLoad> groups = [];
    private readonly List<GroupEdge> edges = [];
    private GroupLoad rest = new(default, LoadCurve.Zero(Slots), 0, []);
    private GroupKind kind;
    private ShardScope within = ShardScope.Whole;
    private int parts;
    private int shards = 1;
    private string[]? score;

    /// <summary>What comes of the scenario, line by line.</summary>
    public static string Run(string scenario)
    {
        var read = new CutScenarios();
        foreach (var line in scenario.Split('\n', StringSplitOptions.RemoveEmptyEntries)) read.Read(line.Split(' '));
        return read.Result();
    }

    private void Read(string[] words)
    {
        switch (words[0])
        {
            case "cut":
                (parts, kind) = (int.Parse(words[1], CultureInfo.InvariantCulture), words[2] == "dates" ? GroupKind.Date : GroupKind.Segment);
                break;
            case "within":
                within = kind == GroupKind.Date
                    ? ShardScope.OfInterval(kind, Position(words[1]), Position(words[2]))
                    : ShardScope.OfSegments(words[1..].Where(word => word != "…new"), words.Contains("…new"));
                break;
            case "shards":
                shards = int.Parse(words[1], CultureInfo.InvariantCulture);
                break;
            case "group":
                groups.Add(LoadOf(GroupKey.Parse(kind, words[1]), words[2..]));
                break;
            case "rest":
                rest = LoadOf(default, words[1..]);
                break;
            case "score":
                score = words[1..];
                break;
            default:
                var relation = words[0] switch
                {
                    "tie" => GroupRelation.ForeignKey,
                    "written" => GroupRelation.WrittenTogether,
                    "read" => GroupRelation.ReadTogether,
                    var other => throw new FormatException($"'{other}' begins no line of a scenario."),
                };
                edges.Add(new GroupEdge(GroupKey.Parse(kind, words[1]), GroupKey.Parse(kind, words[2]), relation, words.Length > 3 ? Number(words[3]) : 0));
                break;
        }

        long? Position(string word) => word == "…" ? null : GroupKey.Parse(kind, word).Position;
    }

    private static GroupLoad LoadOf(GroupKey group, string[] words)
    {
        var mean = Enumerable.Repeat((float)Value(words, "load"), Slots).ToArray();
        if (Value(words, "peak") is > 0 and var peak)
        {
            for (var slot = -1; slot <= 1; slot++) mean[(int)Value(words, "at") + slot] = (float)peak;
        }

        var room = (float)Value(words, "room");
        var users = Array.IndexOf(words, "users");
        LabelShare[] regions = users < 0 ? [] : [.. words[(users + 1)..].Chunk(2).Select(pair => new LabelShare(pair[0], Number(pair[1])))];
        return new GroupLoad(group, new LoadCurve(mean, [.. mean.Select(_ => room * room)]), Value(words, "bytes"), regions);
    }

    private string Result()
    {
        var subject = new SplitSubject
        {
            Entity = AnyCuts.Customer,
            Kind = kind,
            Within = within,
            Groups = groups,
            Edges = edges,
            Rest = rest.Curve,
            RestBytes = rest.Bytes,
            RestRegions = rest.Regions,
            ShardCount = shards,
        };
        if (score is not null) return Score(parts == 0 ? null : subject);
        var result = CutFinder.Find(subject, parts, CutOptions.Default);
        var text = new StringBuilder(result.Refusal is { } refusal ? $"refused, {refusal}: {result.Because}\n" : $"{result.Because}\n");
        if (result.Best is not { } cut) return text.ToString().TrimEnd();
        text.AppendLine(CultureInfo.InvariantCulture, $"score {cut.Score:0.000}");
        foreach (var part in cut.Parts)
        {
            var holds = string.Join(", ", part.Groups.Select(load => load.Group));
            var regions = string.Join(", ", part.Regions.Select(region => $"{region.Label} {CutWords.Percent(region.Share)}"));
            text.Append(part.Scope).Append(" holds ").Append(holds.Length > 0 ? holds : "the rest");
            text.Append(CultureInfo.InvariantCulture, $": peak {part.Curve.Peak:0.#}, bytes {part.Bytes}");
            text.Append(regions.Length > 0 ? $", users {regions}" : "").AppendLine(part.TakesNew ? ", takes new groups" : "");
        }

        return text.ToString().TrimEnd();
    }

    private string Score(SplitSubject? subject)
    {
        var curves = groups.Select(load => load.Curve).Append(rest.Curve).ToArray();
        var made = ShardabilityScore.Of(
            new ShardabilitySubject
            {
                Entity = AnyCuts.Customer,
                Horizon = Day,
                Curve = LoadCurve.Sum(Slots, curves),
                Bytes = groups.Sum(load => load.Bytes) + rest.Bytes,
                GrowthPerDay = Value(score!, "grows"),
                Partition = new FleetPartition
                {
                    Id = new PartitionId(1),
                    Name = "p1",
                    Capacity = Value(score!, "capacity"),
                    SizeBudgetBytes = Value(score!, "budget"),
                    MoveBytesPerSecond = 1,
                },
                PartitionCurve = LoadCurve.Sum(Slots, curves.Append(LoadCurve.Flat(Slots, Value(score!, "others")))),
                Split = subject,
            },
            CutOptions.Default,
            ShardabilityOptions.Default);
        return made + (made.IsWorthSplitting ? "\nworth splitting" : "");
    }

    private static double Value(string[] words, string name) => Array.IndexOf(words, name) is >= 0 and var at ? Number(words[at + 1]) : 0;

    private static double Number(string word) => double.Parse(word, CultureInfo.InvariantCulture);
}
