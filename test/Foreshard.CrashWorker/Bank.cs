using Foreshard.Autopilot;
using Foreshard.Moving;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite;

namespace Foreshard.CrashWorker;

/// <summary>
/// The store that is written to, moved about and killed: banks whose accounts, by region, have a total that never changes; a ledger with
/// ids that are unique in the store; counters that one client each raises; and core rows with a version that counts their writes.
/// </summary>
internal static class Bank
{
    /// <summary>What the accounts of one of the <see cref="Regions"/> of one of the <see cref="Banks"/> amount to; elsewhere it is 0.</summary>
    public const long RegionTotal = 1000;

    public const int AccountsPerRegion = 4;

    /// <summary>Moved like the others, but written by nobody.</summary>
    public const long Control = 90;

    /// <summary>Written by nobody, and in its bucket whatever happens to that.</summary>
    public const long ControlInBucket = 91;

    private const string Ddl = """
        CREATE TABLE banks (id INTEGER PRIMARY KEY NOT NULL, version INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE notes (bank_id INTEGER NOT NULL REFERENCES banks (id), id TEXT NOT NULL, PRIMARY KEY (bank_id, id)) WITHOUT ROWID;
        CREATE TABLE accounts (bank_id INTEGER NOT NULL REFERENCES banks (id), region TEXT NOT NULL, id INTEGER NOT NULL, balance INTEGER NOT NULL,
            PRIMARY KEY (bank_id, region, id));
        CREATE TABLE counters (bank_id INTEGER NOT NULL, region TEXT NOT NULL, client INTEGER NOT NULL, value INTEGER NOT NULL,
            PRIMARY KEY (bank_id, region, client)) WITHOUT ROWID;
        CREATE TABLE ledger (id TEXT PRIMARY KEY NOT NULL, bank_id INTEGER NOT NULL REFERENCES banks (id), region TEXT NOT NULL, client TEXT NOT NULL,
            filler TEXT NOT NULL DEFAULT 'as long as an entry in a ledger is');
        CREATE INDEX ledger_by_bank ON ledger (bank_id, region, client);
        """;

    public static IReadOnlyList<string> Regions { get; } = ["eu", "us", "asia"];

    /// <summary>Banks with the ledger rows that they have from the start: moved at a stroke, moved live, moved live in several pieces.</summary>
    public static IReadOnlyDictionary<long, int> Banks { get; } = new Dictionary<long, int>
    {
        [1] = 6, [2] = 6, [3] = 12, [4] = 12, [5] = 30, [6] = 30, [7] = 900, [8] = 900, [9] = 4500, [Control] = 600, [ControlInBucket] = 90,
    };

    /// <summary>Banks that clients write to.</summary>
    public static IReadOnlyList<long> Written { get; } = [.. Banks.Keys.Where(bank => bank is not (Control or ControlInBucket)).Order()];

    public static StoreSchema Schema { get; } = StoreSchema.Define(schema => schema
        .Entity("bank", KeyKind.Integer, bank => bank
            .Root("banks", "id")
            .KeyColumn("bank_id")
            .GroupBySegment("region")
            .Splittable()
            .Table("ledger", table => table.UniqueIds())));

    public static EntityKey Key(long bank) => Schema["bank"].Key(bank);

    /// <param name="reached">Told of every step.</param>
    /// <param name="piloted">
    /// With an autopilot that reacts every 50 ms to what is busy now, and never rests: it shall be killed in the middle of whatever it does.
    /// </param>
    public static SqliteStoreOptions Options(Action<string>? reached = null, bool piloted = false) => new()
    {
        Autopilot = !piloted ? new AutopilotOptions() : new AutopilotOptions
        {
            Mode = AutopilotMode.Act,
            UseForecasts = false,
            ReactAbove = 0.4,
            AssumedCapacity = 300,
            Interval = TimeSpan.FromSeconds(1),
            PlanEvery = TimeSpan.FromSeconds(1),
            SizesEvery = TimeSpan.FromSeconds(5),
            SaveEvery = TimeSpan.FromSeconds(5),
            Cooldown = TimeSpan.Zero,
            MergeAfter = TimeSpan.Zero,
            TimeProvider = new FastClock(20),
        },
        InitialPartitions = 4,
        Buckets = 8,
        Sync = CommitSync.Normal,
        Moves = new MoveOptions { BlockingRows = 300 },
        StepReached = reached,
    };

    public static async Task<EntityStore> CreateAsync(string folder)
    {
        var store = await EntityStore.OpenAsync(folder, Schema, Options());
        await store.ApplySchemaAsync(1, Ddl);
        foreach (var (bank, entries) in Banks)
        {
            await store.ExecuteAsync(Key(bank), default, $"INSERT INTO banks (id) VALUES ({bank})");
            foreach (var region in Regions)
            {
                await store.ExecuteAsync(Key(bank), region, $"""
                    INSERT INTO accounts SELECT {bank}, '{region}', value, {RegionTotal / AccountsPerRegion} FROM json_each('[1, 2, 3, 4]')
                    """);
                await store.ExecuteAsync(Key(bank), region, $"""
                    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {entries / Regions.Count})
                    INSERT INTO ledger (id, bank_id, region, client) SELECT 'first-{bank}-{region}-' || i, {bank}, '{region}', 'first' FROM n
                    """);
            }
        }

        return store;
    }
}
