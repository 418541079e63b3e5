using System.Globalization;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite;
using Microsoft.Data.Sqlite;

namespace Foreshard.Cli.Demo;

/// <summary>The application's side of the demo: tables, rows, and the one transaction that it knows.</summary>
internal static class DemoStore
{
    public const string EntityTypeName = "operator";

    private const string Tables = """
        CREATE TABLE operators (city TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);
        CREATE TABLE stations (city TEXT NOT NULL REFERENCES operators (city), station TEXT NOT NULL, name TEXT NOT NULL,
            checkouts INTEGER NOT NULL, returns INTEGER NOT NULL, PRIMARY KEY (city, station));
        CREATE TABLE events (city TEXT NOT NULL, station TEXT NOT NULL, id INTEGER NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL, rider TEXT NOT NULL,
            PRIMARY KEY (city, station, id), FOREIGN KEY (city, station) REFERENCES stations (city, station));
        """;

    private const string InsertEvent = "INSERT INTO events VALUES (@city, @station, @id, @at, @kind, @rider)";

    private const string CountCheckout = "UPDATE stations SET checkouts = checkouts + 1 WHERE city = @city AND station = @station";

    private const string CountReturn = "UPDATE stations SET returns = returns + 1 WHERE city = @city AND station = @station";

    private static readonly SessionOptions OfSubscriber = new() { Segment = DemoTraffic.Subscriber };

    private static readonly SessionOptions OfCasual = new() { Segment = DemoTraffic.Casual };

    /// <summary>Cities are the entities, their stations the groups.</summary>
    public static StoreSchema Schema { get; } = StoreSchema.Define(schema => schema.Entity(EntityTypeName, KeyKind.Text, city => city
        .Root("operators", "city").KeyColumn("city").GroupBySegment("station").Splittable()));

    /// <summary>Options of all stores of the demo: after a power failure it would be run again, so commits needn't wait for the disk.</summary>
    public static SqliteStoreOptions Options() => new() { InitialPartitions = DemoPlan.Partitions, Sync = CommitSync.Normal };

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
        var (connection, transaction) = ((SqliteConnection)session.Connection, (SqliteTransaction)session.Transaction);
        var city = station.City.KeyText();
        using (var insert = new SqliteCommand(InsertEvent, connection, transaction))
        {
            Bind(insert, city, station, id, DemoPlan.Begin + access.At, access.Kind, access.Rider);
            insert.ExecuteNonQuery();
        }

        using (var count = new SqliteCommand(access.IsReturn ? CountReturn : CountCheckout, connection, transaction))
        {
            count.Parameters.AddWithValue("@city", city);
            count.Parameters.AddWithValue("@station", station.Group.Segment);
            count.ExecuteNonQuery();
        }

        await session.CommitAsync(cancellationToken);
        return session.Usage;
    }

    private static async Task FillAsync(
        EntityStore store, DemoStation station, IReadOnlyList<DemoEvent> past, DemoLedger ledger, CancellationToken cancellationToken)
    {
        await using var session = await store.BeginAsync(station.City, station.Group, cancellationToken: cancellationToken);
        var (connection, transaction) = ((SqliteConnection)session.Connection, (SqliteTransaction)session.Transaction);
        var city = station.City.KeyText();
        using (var insert = new SqliteCommand("INSERT INTO stations VALUES (@city, @station, @name, @checkouts, @returns)", connection, transaction))
        {
            insert.Parameters.AddWithValue("@city", city);
            insert.Parameters.AddWithValue("@station", station.Group.Segment);
            insert.Parameters.AddWithValue("@name", station.Name);
            insert.Parameters.AddWithValue("@checkouts", past.Count(one => !one.IsReturn));
            insert.Parameters.AddWithValue("@returns", past.Count(one => one.IsReturn));
            insert.ExecuteNonQuery();
        }

        using (var insert = new SqliteCommand(InsertEvent, connection, transaction))
        {
            foreach (var one in past)
            {
                insert.Parameters.Clear();
                var (id, access) = (store.Ids.Next(), new DemoAccess(one.TimeUtc - DemoPlan.Begin, station, one.IsReturn, one.IsSubscriber));
                Bind(insert, city, station, id, one.TimeUtc, access.Kind, access.Rider);
                insert.ExecuteNonQuery();
                ledger.Note(station, id, one.IsReturn);
            }
        }

        await session.CommitAsync(cancellationToken);
    }

    private static void Bind(SqliteCommand insert, string city, DemoStation station, long id, DateTime time, string kind, string rider)
    {
        insert.Parameters.AddWithValue("@city", city);
        insert.Parameters.AddWithValue("@station", station.Group.Segment);
        insert.Parameters.AddWithValue("@id", id);
        insert.Parameters.AddWithValue("@at", time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        insert.Parameters.AddWithValue("@kind", kind);
        insert.Parameters.AddWithValue("@rider", rider);
    }
}
