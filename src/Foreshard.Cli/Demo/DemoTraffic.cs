using System.Globalization;
using System.IO.Compression;
using System.Text;
using Foreshard.Profiling;
using Foreshard.Simulation.AccessLogs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Cli.Demo;

/// <summary>The record that ships with the demo, and what becomes of it: more accesses of the same shape.</summary>
/// <remarks>As the simulator scales traces: hourly rates times a factor, straight lines between, and the noise of a Poisson process.</remarks>
internal sealed class DemoTraffic
{
    public const string Subscriber = "subscriber";

    public const string Casual = "casual";

    /// <summary>No trip of the record is from later.</summary>
    private static readonly DateTime Latest = new(2015, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly (TrafficTrace Trace, bool IsReturn)[] traces;
    private readonly Dictionary<(EntityKey City, GroupKey Group), DemoStation> places;

    private DemoTraffic(IReadOnlyList<DemoStation> stations, IReadOnlyList<DemoEvent> past, TrafficTrace checkouts, TrafficTrace returns)
    {
        Stations = stations;
        Past = past;
        places = stations.ToDictionary(station => (station.City, station.Group));
        traces =
        [
            (checkouts.Scaled(DemoPlan.Multiplier, DemoPlan.Seed), false),
            (returns.Scaled(DemoPlan.Multiplier, DemoPlan.Seed + 1), true),
        ];
    }

    /// <summary>All stations.</summary>
    public IReadOnlyList<DemoStation> Stations { get; }

    /// <summary>What happened before the replay begins, as it was recorded: the rows that the store begins with.</summary>
    public IReadOnlyList<DemoEvent> Past { get; }

    /// <summary>The cities, each once.</summary>
    public IEnumerable<EntityKey> Cities => Stations.Select(station => station.City).Distinct();

    /// <summary>Reads the record.</summary>
    /// <param name="city">The entity type.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static DemoTraffic Read(EntityType city, CancellationToken cancellationToken)
    {
        var stations = Lines("stations.csv").Select((line, index) =>
        {
            var fields = line.Split(',');
            return new DemoStation(index, city.Key(fields[2]), fields[0], fields[1]);
        }).ToList();
        var byNumber = stations.ToDictionary(station => station.Group.Segment!);
        var events = new List<DemoEvent>();
        foreach (var line in Lines("trips.csv.gz"))
        {
            var fields = line.Split(',');
            var isSubscriber = fields[4] == "S";
            events.Add(new DemoEvent(TimeOf(fields[0]), byNumber[fields[1]], IsReturn: false, isSubscriber));
            events.Add(new DemoEvent(TimeOf(fields[2]), byNumber[fields[3]], IsReturn: true, isSubscriber));
        }

        events.Sort((left, right) => left.TimeUtc.CompareTo(right.TimeUtc));
        var past = events.TakeWhile(one => one.TimeUtc < DemoPlan.Begin).ToList();
        return new DemoTraffic(
            stations, past, TraceOf(events.Where(one => !one.IsReturn), cancellationToken), TraceOf(events.Where(one => one.IsReturn), cancellationToken));
    }

    /// <summary>What is replayed, in its order.</summary>
    public IEnumerable<DemoAccess> Between(DateTime fromUtc, DateTime toUtc)
    {
        var rows = new List<DemandRow>();
        var inSlot = new List<DemoAccess>();
        for (var slot = TrafficTrace.Grid.SlotOf(fromUtc); slot < TrafficTrace.Grid.SlotOf(toUtc); slot++)
        {
            inSlot.Clear();
            var numbers = new SeededNumbers(DemoPlan.Seed, slot);
            foreach (var (trace, isReturn) in traces)
            {
                var at = (int)(slot - trace.FirstSlot);
                if (at < 0 || at >= trace.SlotCount) continue;
                trace.Read(at, rows);
                foreach (var row in rows)
                {
                    var key = trace.Keys[row.Key];
                    var station = places[(key.Entity, key.Group)];
                    for (var count = (int)row.Accesses; count > 0; count--)
                    {
                        var time = TrafficTrace.Grid.StartOf(slot) + (TrafficTrace.SlotLength * numbers.NextUnit()) - DemoPlan.Begin;
                        inSlot.Add(new DemoAccess(time, station, isReturn, key.Segment == Subscriber));
                    }
                }
            }

            inSlot.Sort((left, right) => left.At.CompareTo(right.At));
            foreach (var access in inSlot) yield return access;
        }
    }

    /// <summary>What was before the replay, for the profiler; of the same shape and rate as what is replayed.</summary>
    /// <param name="cost">What an access costs, as it was measured on this store.</param>
    public IEnumerable<Access> History(SessionUsage cost) => Between(DemoPlan.HistoryBegin, DemoPlan.Begin).Select(access => new Access
    {
        TimeUtc = DemoPlan.Begin + access.At,
        Entity = access.Station.City,
        Group = access.Station.Group,
        Segment = access.Rider,
        Reads = cost.Reads,
        Writes = cost.Writes,
        Cost = cost.Cost,
    });

    private static TrafficTrace TraceOf(IEnumerable<DemoEvent> events, CancellationToken cancellationToken)
    {
        var log = new StringBuilder("time,entity,group,segment\n");
        EntityType? city = null;
        foreach (var one in events)
        {
            city = one.Station.City.Type;
            log.Append(
                CultureInfo.InvariantCulture,
                $"{one.TimeUtc:yyyy-MM-dd'T'HH:mm:ss'Z'},{one.Station.City.KeyText()},{one.Station.Group},{(one.IsSubscriber ? Subscriber : Casual)}\n");
        }

        using var lines = LogLines.Open("trips", new MemoryStream(Encoding.UTF8.GetBytes(log.ToString())));
        var options = new AccessLogOptions { NowUtc = Latest, EntityType = city!, Duplicates = DuplicatePolicy.Keep };
        return TraceReader.Read(new AccessLogReader(lines, options), cancellationToken);
    }

    private static IEnumerable<string> Lines(string name)
    {
        using var file = typeof(DemoTraffic).Assembly.GetManifestResourceStream($"demo/{name}")
            ?? throw new InvalidOperationException($"The command was built without its resource '{name}'.");
        using var text = new StreamReader(name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        text.ReadLine();
        while (text.ReadLine() is { } line) yield return line;
    }

    private static DateTime TimeOf(string text) =>
        DateTime.ParseExact(text, "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}

/// <summary>Something that happened, as it was recorded.</summary>
/// <param name="TimeUtc">When; local time of California, called UTC.</param>
/// <param name="Station">Where.</param>
/// <param name="IsReturn">Whether a bike was brought back, not taken.</param>
/// <param name="IsSubscriber">Whether the rider subscribes.</param>
internal readonly record struct DemoEvent(DateTime TimeUtc, DemoStation Station, bool IsReturn, bool IsSubscriber);
