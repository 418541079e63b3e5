using System.Globalization;
using Foreshard.Profiling;

namespace Foreshard.Benchmarks;

/// <summary>Forecasts of orders of a wholesaler in 2011: most of its customers come every few weeks, and Christmas comes nearer.</summary>
/// <remarks>
/// An order is an invoice, cancellations among them. Shut on Saturdays. Seven days in a row, a day ahead, eight weeks of history, at two
/// ends: December 2011, and the last whole day of the record. Entities that had no order before take no part.
/// </remarks>
internal static class RetailBench
{
    private const int HistoryDays = 8 * 7;
    private const int Origins = 7;
    private const int Groups = 8;

    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Text);
    private static readonly EntityType Country = EntityType.Of("country", KeyKind.Text);

    private static readonly DateTime[] Ends =
        [new(2011, 12, 1, 0, 0, 0, DateTimeKind.Utc), new(2011, 12, 9, 0, 0, 0, DateTimeKind.Utc)];

    public static void Run()
    {
        var orders = BenchmarkData.Rows("online-retail/events.csv.gz")
            .Select(row => (
                TimeUtc: DateTime.Parse(row[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal),
                Invoice: row[1],
                Customer: row[5],
                Country: row[6]))
            .Where(order => order.TimeUtc < Ends[^1])
            .ToList();
        var hour = new SlotGrid(TimeSpan.FromHours(1));
        var day = new SlotGrid(TimeSpan.FromDays(1));
        var countries = Loads(Country, hour, orders.Select(order => (order.TimeUtc, order.Country, order.Invoice)));
        var known = orders.Where(order => order.Customer.Length > 0).Select(order => (order.TimeUtc, order.Customer, order.Invoice)).ToList();
        Bars.Say($"SPAR is fitted to countries only; customers by the day are too short for it, and by the hour too many");
        Bars.Say($"the goal of each is the best of the other methods");
        Try("countries", countries, hasSpar: true);
        Try("customers-daily", Loads(Customer, day, known), hasSpar: false);
        Try("customers", Loads(Customer, hour, known), hasSpar: false);
    }

    private static void Try(string name, LoadHistory all, bool hasSpar)
    {
        foreach (var end in Ends)
        {
            var cut = all.Before(end, HistoryDays + Origins);
            var history = cut.Known(HistoryDays * cut.Grid.SlotsPerDay);
            var last = end.AddDays(-1).ToString("d MMMM yyyy", CultureInfo.InvariantCulture);
            Bars.Say($"{name}: {history.Entities.Length} entities, {history.Grid.SlotsPerDay} slots a day, seven days to {last}");
            var rows = ForecastTrial.Run(history, Origins, Groups, hasSpar);
            TrialTable.Print(rows);
            var suffix = end == Ends[0] ? name : name + "-end";
            var goal = TrialTable.BestOther(rows, score => score.Wape);
            Bars.Print("retail-wape-" + suffix, TrialTable.Of(rows, ForecastTrial.Hot).Wape, goal);
            Bars.Print($"retail-wape-{suffix}-warm", TrialTable.Of(rows, ForecastTrial.Warm).Wape, goal);
        }
    }

    /// <summary>Distinct orders of each entity in each slot.</summary>
    private static LoadHistory Loads(EntityType type, SlotGrid grid, IEnumerable<(DateTime TimeUtc, string Key, string Invoice)> orders)
    {
        var distinct = orders.Select(order => (Slot: grid.SlotOf(order.TimeUtc), order.Key, order.Invoice)).Distinct().ToList();
        var first = distinct.Min(order => order.Slot);
        var slots = (int)(grid.SlotOf(Ends[^1]) - first);
        var loads = new SortedDictionary<string, float[]>(StringComparer.Ordinal);
        foreach (var (slot, key, _) in distinct)
        {
            if (!loads.TryGetValue(key, out var series)) loads.Add(key, series = new float[slots]);
            series[slot - first]++;
        }

        return new LoadHistory([.. loads.Keys.Select(key => type.Key(key))], grid, first, [.. loads.Values]);
    }
}
