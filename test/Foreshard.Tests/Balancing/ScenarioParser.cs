using Foreshard.Balancing;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

/// <summary>Reads scenarios: one thing a line, blank lines and what follows a <c>#</c> left out.</summary>
/// <remarks>
/// <code>
/// horizon 2026-03-02T06:00 slots=48 of=30m                  comes first
/// partition p1 capacity=100 [region=eu] [budget=200GB] [bandwidth=50MB] [state=draining] [ready=07:00]
/// unit 0 on=p1 load=10,08:00-12:00=60 [room=0.1] [entity=customer/1] [bytes=10GB] [grows=1GB] [regions=eu:1] [moved=-2h] [bucket=p1]
///      [new] [abstains] [surges] [split=segment] [shards=2] [rest=2] [rest-bytes=1GB] [from=2026-01-01] [to=2026-03-01] [segments=eu,us] [takes-new]
/// member customer/2 load=20 [bytes=1GB] [split=…]           of the unit before; it is part of the unit's load
/// group eu load=5 [bytes=1GB] [regions=eu:1]                of the unit or member before, which may then leave its load out
/// edge eu us foreignkey | writtentogether | readtogether [share=0.2]
/// partner customer/2 rate=3                                 of the unit before
/// running 0 from=p1 to=p2 ends=06:10 [bytes=1GB] · freeze 08:00 10:00 · moved-last-hour 20GB · resized -1h
/// round-trips within=1 unknown=50 · round-trip eu us 80 · measured eu p1 2
/// option Cooldown=3h …                                      as the options of the balancer and its prices are called
/// fleet min=1 max=4 wake=10m                                asks for the size of the fleet instead of a plan
/// </code>
/// </remarks>
internal sealed class ScenarioParser
{
    private readonly List<FleetPartition> partitions = [];
    private readonly List<ScenarioUnit> units = [];
    private readonly List<RunningMove> running = [];
    private readonly List<FreezeWindow> freezes = [];
    private readonly Dictionary<(string From, string To), double> roundTrips = [];
    private readonly Dictionary<(string Region, PartitionId Partition), double> measured = [];
    private PlanHorizon? horizon;
    private (double Within, double Unknown) near;
    private double bytesMovedLastHour;
    private DateTime? resizedUtc;
    private BalancerOptions options = BalancerOptions.Default;
    private (int Min, int Max, TimeSpan WakeDelay)? fleet;

    private PlanHorizon Horizon => horizon ?? throw new FormatException("Line 1: the horizon comes first.");

    /// <exception cref="FormatException">A line isn't understood; the message begins with its number.</exception>
    public static Scenario Parse(string text)
    {
        var parser = new ScenarioParser();
        foreach (var (line, index) in text.Split('\n').Select((line, index) => (line.Split('#')[0].Trim(), index)))
        {
            if (line.Length == 0) continue;
            var words = new ScenarioLine(index + 1, line);
            try
            {
                parser.Read(words);
                words.End();
            }
            catch (Exception exception) when (exception is ArgumentException or KeyNotFoundException)
            {
                throw words.Wrong(exception.Message.TrimEnd('.'));
            }
        }

        return parser.Scenario();
    }

    private Scenario Scenario() => new(
        new PlanInput
        {
            Horizon = Horizon,
            Partitions = partitions,
            ResizedUtc = resizedUtc,
            Units = [.. units.Select(unit => unit.ToUnit(Horizon))],
            RoundTrips = new RoundTrips(roundTrips, near.Within, near.Unknown, measured),
            Running = running,
            Freezes = freezes,
            BytesMovedLastHour = bytesMovedLastHour,
        },
        options,
        fleet);

    private void Read(ScenarioLine line)
    {
        switch (line.Kind)
        {
            case "horizon":
                horizon = new PlanHorizon(line.Moment(line.Next("its start"), default), line.Length(line.Need("of")), line.Whole(line.Need("slots")));
                break;
            case "partition":
                partitions.Add(Partition(line));
                break;
            case "unit":
                units.Add(new ScenarioUnit(line, Horizon, name => IdOf(line, name)));
                break;
            case "member" or "group" or "edge" or "partner" when units.Count == 0:
                throw line.Wrong($"'{line.Kind}' belongs to a unit, which comes first");
            case "member" or "group" or "edge" or "partner":
                units[^1].Read(line, Horizon);
                break;
            case "running":
                running.Add(new RunningMove(
                    new UnitId(line.Whole(line.Next("a unit"))),
                    IdOf(line, line.Need("from")),
                    IdOf(line, line.Need("to")),
                    line.Moment(line.Need("ends"), Horizon.StartUtc),
                    line.Bytes(line.Take("bytes") ?? "0B")));
                break;
            case "freeze":
                freezes.Add(new FreezeWindow(line.Moment(line.Next("its begin"), Horizon.StartUtc), line.Moment(line.Next("its end"), Horizon.StartUtc)));
                break;
            default:
                ReadRest(line);
                break;
        }
    }

    private void ReadRest(ScenarioLine line)
    {
        switch (line.Kind)
        {
            case "resized":
                resizedUtc = line.Moment(line.Next("when"), Horizon.StartUtc);
                break;
            case "moved-last-hour":
                bytesMovedLastHour = line.Bytes(line.Next("bytes"));
                break;
            case "round-trips":
                near = (line.Number(line.Need("within")), line.Number(line.Need("unknown")));
                break;
            case "measured":
                measured[(line.Next("a region"), IdOf(line, line.Next("a partition")))] = line.Number(line.Next("milliseconds"));
                break;
            case "round-trip":
                roundTrips[(line.Next("a region"), line.Next("another region"))] = line.Number(line.Next("milliseconds"));
                break;
            case "option":
                foreach (var (name, value) in line.TakeAll()) options = With(line, name, value);
                options.Validate();
                break;
            case "fleet":
                fleet = (line.Whole(line.Need("min")), line.Whole(line.Need("max")), line.Length(line.Need("wake")));
                break;
            default:
                throw line.Wrong($"'{line.Kind}' is unknown");
        }
    }

    private FleetPartition Partition(ScenarioLine line) => new()
    {
        Id = new PartitionId(partitions.Count + 1),
        Name = line.Next("a name"),
        Capacity = line.Number(line.Need("capacity")),
        Region = line.Take("region") ?? "",
        SizeBudgetBytes = line.Bytes(line.Take("budget") ?? "0B"),
        MoveBytesPerSecond = line.Bytes(line.Take("bandwidth") ?? "50MB"),
        State = line.Name<FleetState>(line.Take("state") ?? "active"),
        ReadyUtc = line.Take("ready") is { } ready ? line.Moment(ready, Horizon.StartUtc) : default,
    };

    private PartitionId IdOf(ScenarioLine line, string name) =>
        partitions.Find(partition => partition.Name == name)?.Id ?? throw line.Wrong($"there is no partition '{name}' so far");

    private BalancerOptions With(ScenarioLine line, string name, string value) => name switch
    {
        nameof(BalancerOptions.Cooldown) => options with { Cooldown = line.Length(value) },
        nameof(BalancerOptions.MergeAfter) => options with { MergeAfter = line.Length(value) },
        nameof(BalancerOptions.MergeShare) => options with { MergeShare = line.Number(value) },
        nameof(BalancerOptions.SplitShare) => options with { SplitShare = line.Number(value) },
        nameof(BalancerOptions.MinImprovement) => options with { MinImprovement = line.Number(value) },
        nameof(BalancerOptions.BytesPerHour) => options with { BytesPerHour = line.Bytes(value) },
        nameof(BalancerOptions.MovesPerPartition) => options with { MovesPerPartition = line.Whole(value) },
        nameof(BalancerOptions.MovesMax) => options with { MovesMax = line.Whole(value) },
        nameof(BalancerOptions.PartitionsToAskFor) => options with { PartitionsToAskFor = line.Whole(value) },
        nameof(CostOptions.MoveShare) => options with { Cost = options.Cost with { MoveShare = line.Number(value) } },
        nameof(CostOptions.TargetShare) => options with { Cost = options.Cost with { TargetShare = line.Number(value) } },
        _ => throw line.Wrong($"there is no option {name}"),
    };
}
