using System.Globalization;
using System.Text;
using Foreshard.Simulation.AccessLogs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Benchmarks;

/// <summary>Eight weeks of real traffic, scaled to what a fleet would see: five to learn from, three that are scored.</summary>
/// <remarks>
/// The rate of every entity and group by the hour, times a factor chosen so that the largest hour asks for <see cref="PeakDemand"/>; noise is
/// that of a Poisson process of the scaled rate. Chance in the small traces (a station has three checkouts in one hour and seven in the
/// next) is scaled with everything else: it is a change of the rate here, which no forecast knows.
/// </remarks>
internal static class FleetTraces
{
    /// <summary>Cost units per second of the largest hour, all entities together.</summary>
    public const double PeakDemand = 40_000;

    public const int WarmUpDays = 35;

    private const int ScoredDays = 21;

    /// <summary>Bike share in autumn 2014: checkouts and returns. Entities are the five cities, their groups the stations.</summary>
    public static TrafficTrace BikeCities() => Bikes(station => (City(station), station));

    /// <summary>The same; entities are the 70 stations, their groups the two kinds of riders.</summary>
    public static TrafficTrace BikeStations() => Bikes(station => (station, null));

    /// <summary>Online retail in autumn 2011: lines of invoices. Entities are the countries, their groups the first three letters of stock codes.</summary>
    public static TrafficTrace RetailCountries() => Retail(row => (row[6], row[2][..Math.Min(3, row[2].Length)]));

    /// <summary>
    /// The same; entities are the customers, without groups: none of them is heavy enough to be split. Lines without a customer are left out.
    /// </summary>
    public static TrafficTrace RetailCustomers() => Retail(row => (row[5], ""));

    private static TrafficTrace Bikes(Func<string, (string Entity, string? Group)> entityOf)
    {
        var log = new StringBuilder("time,entity,group,reads,writes\n");
        var from = new DateTime(2014, 9, 1, 0, 0, 0, DateTimeKind.Utc);
        var accesses = BenchmarkData.Rows("bayarea-bikeshare-2014/trips.csv.gz")
            .SelectMany(trip => new[] { (Time: trip[0], Station: trip[1], Rider: trip[6]), (Time: trip[2], Station: trip[3], Rider: trip[6]) });
        foreach (var (time, station, rider) in accesses.OrderBy(access => access.Time, StringComparer.Ordinal))
        {
            if (!IsIn(time, from)) continue;
            var (entity, group) = entityOf(station);
            log.Append(CultureInfo.InvariantCulture, $"{time}:00Z,{entity},{group ?? rider},0,1\n");
        }

        return Scaled(log, from);
    }

    private static TrafficTrace Retail(Func<string[], (string Entity, string Group)> entityOf)
    {
        var log = new StringBuilder("time,entity,group,reads,writes\n");
        var from = new DateTime(2011, 9, 26, 0, 0, 0, DateTimeKind.Utc);
        foreach (var row in BenchmarkData.Rows("online-retail/events.csv.gz"))
        {
            var (entity, group) = entityOf(row);
            if (IsIn(row[0], from) && entity.Length > 0) log.Append(CultureInfo.InvariantCulture, $"{row[0]}:00Z,{entity},{group},0,1\n");
        }

        return Scaled(log, from);
    }

    private static bool IsIn(string time, DateTime from)
    {
        var at = DateTime.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        return at >= from && at < from.AddDays(WarmUpDays + ScoredDays);
    }

    private static TrafficTrace Scaled(StringBuilder log, DateTime from)
    {
        using var lines = LogLines.Open("trace", new MemoryStream(Encoding.UTF8.GetBytes(log.ToString())));
        var options = new AccessLogOptions
        {
            NowUtc = BenchmarkData.Now,
            EntityType = EntityType.Of("entity", KeyKind.Text),
            Duplicates = DuplicatePolicy.Keep,
        };
        var trace = TraceReader.Read(new AccessLogReader(lines, options), CancellationToken.None);
        var peak = PeakOf(trace, from);
        return trace.Scaled(PeakDemand / peak, seed: 1);
    }

    /// <summary>Cost units per second of the largest hour.</summary>
    private static double PeakOf(TrafficTrace trace, DateTime from)
    {
        var rows = new List<DemandRow>();
        var hours = new double[(WarmUpDays + ScoredDays) * 24];
        for (var slot = 0; slot < trace.SlotCount; slot++)
        {
            trace.Read(slot, rows);
            hours[(int)(trace.StartOf(slot) - from).TotalHours] += rows.Sum(row => row.Cost);
        }

        return hours.Max() / 3600;
    }

    private static string City(string station) => Cities.Value[station];

    private static readonly Lazy<Dictionary<string, string>> Cities = new(() =>
    {
        var cities = new Dictionary<string, string>();
        foreach (var row in BenchmarkData.Rows("bayarea-bikeshare-2014/stations.csv")) cities.TryAdd(row[0], row[5]);
        return cities;
    });
}
