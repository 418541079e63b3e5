using System.Data.Common;
using System.Globalization;
using System.Text;
using Foreshard.Schema;
using Foreshard.Sessions;

namespace Foreshard.Cli.Demo;

/// <summary>The application's side of the demo: tables, rows, and the one transaction that it knows.</summary>
internal static class DemoStore
{
    public const string EntityTypeName = "operator";

    private const string Tables = """
        CREATE TABLE operators (city TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);
        CREATE TABLE stations (city TEXT NOT NULL REFERENCES operators (city), station TEXT NOT NULL, name TEXT NOT NULL,
            checkouts BIGINT NOT NULL, returns BIGINT NOT NULL, PRIMARY KEY (city, station));
        CREATE TABLE events (city TEXT NOT NULL, station TEXT NOT NULL, id BIGINT NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, rider TEXT NOT NULL,
            PRIMARY KEY (city, station, id), FOREIGN KEY (city, station) REFERENCES stations (city, station));
        """;

    /// <summary>Rows of a statement that fills: few round trips to a server, and no more parameters than any engine takes.</summary>
    private const int RowsAtOnce = 100;

    private const string CountCheckout = "UPDATE stations SET checkouts = checkouts + 1 WHERE city = @city AND station = @station";

    private const string CountReturn = "UPDATE stations SET returns = returns + 1 WHERE city = @city AND station = @station";

    /// <summary>However slow the machine is that plays all parts, nobody gives up; how long answers take is measured.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly SessionOptions OfSubscriber = new() { Segment = DemoTraffic.Subscriber, WaitLimit = Patience };

    private static readonly SessionOptions OfCasual = new() { Segment = DemoTraffic.Casual, WaitLimit = Patience };

    /// <summary>Cities are the entities, their stations the groups.</summary>
    public static StoreSchema Schema { get; } = StoreSchema.Define(schema => schema.Entity(EntityTypeName, KeyKind.Text, city => city
        .Root("operators", "city").KeyColumn("city").GroupBySegment("station").Splittable()));

    /// <summary>Fills a store that was just made with what had happened before the replay begins.</summary>
    /// <param name="store">The store.</param>
    /// <param name="traffic">What happened.</param>
    /// <param name="ledger">Where each row is noted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task FillAsync(EntityStore store, DemoTraffic traffic, DemoLedger ledger, CancellationToken cancellationToken)
    {
        await store.ApplySchemaAsync(1, Tables, cancellationToken: cancellationToken);
        foreach (var city in traffic.Cities)
        {
            var name = new Dictionary<string, object?> { ["city"] = city.KeyText(), ["name"] = $"Bike share of {city.KeyText()}" };
            await store.ExecuteAsync(city, default, "INSERT INTO operators VALUES (@city, @name)", name, cancellationToken: cancellationToken);
        }

        var past = traffic.Past.ToLookup(one => one.Station);
        foreach (var station in traffic.Stations)
            await FillAsync(store, station, [.. past[station]], ledger, cancellationToken);
    }

    /// <summary>Carries one access out: a row for what happened, and the station's count, in one transaction.</summary>
    /// <param name="store">The store.</param>
    /// <param name="access">What happened.</param>
    /// <param name="id">Number of the row.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What it cost.</returns>
    public static async ValueTask<SessionUsage> RunAsync(EntityStore store, DemoAccess access, long id, CancellationToken cancellationToken)
    {
        var station = access.Station;
        await using var session = await store.BeginAsync(
            station.City, station.Group, access.IsSubscriber ? OfSubscriber : OfCasual, cancellationToken);
        var city = station.City.KeyText();
        await InsertAsync(session, city, station, [(id, access)], cancellationToken);
        await using (var count = Command(session, access.IsReturn ? CountReturn : CountCheckout))
        {
            Bind(count, "city", city);
            Bind(count, "station", station.Group.Segment!);
            await count.ExecuteNonQueryAsync(cancellationToken);
        }

        await session.CommitAsync(cancellationToken);
        return session.Usage;
    }

    private static async Task FillAsync(
        EntityStore store, DemoStation station, IReadOnlyList<DemoEvent> past, DemoLedger ledger, CancellationToken cancellationToken)
    {
        await using var session = await store.BeginAsync(station.City, station.Group, cancellationToken: cancellationToken);
        var city = station.City.KeyText();
        await using (var insert = Command(session, "INSERT INTO stations VALUES (@city, @station, @name, @checkouts, @returns)"))
        {
            Bind(insert, "city", city);
            Bind(insert, "station", station.Group.Segment!);
            Bind(insert, "name", station.Name);
            Bind(insert, "checkouts", (long)past.Count(one => !one.IsReturn));
            Bind(insert, "returns", (long)past.Count(one => one.IsReturn));
            await insert.ExecuteNonQueryAsync(cancellationToken);
        }

        foreach (var some in past.Chunk(RowsAtOnce))
        {
            var rows = some
                .Select(one => (Id: store.Ids.Next(), Access: new DemoAccess(one.TimeUtc - DemoPlan.Begin, station, one.IsReturn, one.IsSubscriber)))
                .ToList();
            await InsertAsync(session, city, station, rows, cancellationToken);
            foreach (var (id, access) in rows) ledger.Note(station, id, access.IsReturn);
        }

        await session.CommitAsync(cancellationToken);
    }

    private static async Task InsertAsync(
        EntitySession session, string city, DemoStation station, List<(long Id, DemoAccess Access)> rows, CancellationToken cancellationToken)
    {
        var sql = new StringBuilder("INSERT INTO events VALUES ");
        for (var row = 0; row < rows.Count; row++)
            sql.Append(CultureInfo.InvariantCulture, $"{(row == 0 ? "" : ", ")}(@city, @station, @id{row}, @at{row}, @kind{row}, @rider{row})");
        await using var insert = Command(session, sql.ToString());
        Bind(insert, "city", city);
        Bind(insert, "station", station.Group.Segment!);
        foreach (var (row, (id, access)) in rows.Index())
        {
            var number = row.ToString(CultureInfo.InvariantCulture);
            Bind(insert, "id" + number, id);
            Bind(insert, "at" + number, (DemoPlan.Begin + access.At).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
            Bind(insert, "kind" + number, access.Kind);
            Bind(insert, "rider" + number, access.Rider);
        }

        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    private static DbCommand Command(EntitySession session, string sql)
    {
        var command = session.Connection.CreateCommand();
        command.Transaction = session.Transaction;
        command.CommandText = sql;
        return command;
    }

    private static void Bind(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = "@" + name;
        parameter.Value = value;
        command.Parameters.Add(parameter);
    }
}
