using Foreshard.Fleet;
using Foreshard.Schema;
using Foreshard.Sessions;

namespace Foreshard.FleetClient;

/// <summary>
/// What is kept on the fleet that is broken: banks whose accounts, by region, have a total that never changes; a ledger with ids that are unique in the
/// store; a counter for each client; registers that all clients write and read; people on duty, of whom one must always be; and core rows with a version
/// that counts their notes.
/// </summary>
public static class FleetBank
{
    /// <summary>What the accounts of one region of one bank amount to.</summary>
    public const long RegionTotal = 1000;

    public const int AccountsPerRegion = 4;

    public const int RegistersPerRegion = 2;

    /// <summary>A unit with more rows moves while sessions go on.</summary>
    public const int BlockingRows = 300;

    public const int Buckets = 8;

    public const string Ddl = """
        CREATE TABLE banks (id bigint PRIMARY KEY, version bigint NOT NULL DEFAULT 0);
        CREATE TABLE notes (bank_id bigint NOT NULL REFERENCES banks (id), id text NOT NULL, PRIMARY KEY (bank_id, id));
        CREATE TABLE accounts (bank_id bigint NOT NULL REFERENCES banks (id), region text NOT NULL, id int NOT NULL, balance bigint NOT NULL,
            PRIMARY KEY (bank_id, region, id));
        CREATE TABLE counters (bank_id bigint NOT NULL, region text NOT NULL, client text NOT NULL, value bigint NOT NULL,
            PRIMARY KEY (bank_id, region, client));
        CREATE TABLE registers (bank_id bigint NOT NULL, region text NOT NULL, id int NOT NULL, value text NOT NULL, PRIMARY KEY (bank_id, region, id));
        CREATE TABLE duties (bank_id bigint NOT NULL, region text NOT NULL, id int NOT NULL, is_on bool NOT NULL, PRIMARY KEY (bank_id, region, id));
        CREATE TABLE ledger (id text PRIMARY KEY, bank_id bigint NOT NULL REFERENCES banks (id), region text NOT NULL, client text NOT NULL,
            filler text NOT NULL DEFAULT 'as long as an entry in a ledger is');
        CREATE INDEX ledger_by_bank ON ledger (bank_id, region, client);
        """;

    public static IReadOnlyList<string> Regions { get; } = ["asia", "eu", "us"];

    /// <summary>Banks with the ledger rows that each region of them has from the start: moved at a stroke, moved live.</summary>
    public static IReadOnlyDictionary<long, int> Banks { get; } = new Dictionary<long, int>
    {
        [1] = 3, [2] = 3, [3] = 10, [4] = 10, [5] = 30, [6] = 400, [7] = 400, [8] = 2500,
    };

    public static StoreSchema Schema { get; } = StoreSchema.Define(schema => schema
        .Entity("bank", KeyKind.Integer, bank => bank
            .Root("banks", "id")
            .KeyColumn("bank_id")
            .GroupBySegment("region")
            .Splittable()
            .Table("ledger", table => table.UniqueIds())));

    public static EntityKey Key(long bank) => Schema["bank"].Key(bank);

    /// <remarks>Sessions may wait longer than they usually should: on a busy machine moves would be undone before the steps that are waited for.</remarks>
    public static FleetStoreOptions Options(IReadOnlyList<string> endpoints, string store) => new()
    {
        Mapping = { Endpoints = endpoints, Store = store, Timeout = TimeSpan.FromSeconds(20) },
        Moves = { BlockingRows = BlockingRows, FreezePatience = TimeSpan.FromSeconds(5), StallBudget = TimeSpan.FromSeconds(2) },
    };

    /// <summary>Makes the store, its tables and its banks.</summary>
    public static async Task CreateAsync(IReadOnlyList<string> endpoints, string name, IReadOnlyList<NewPartition> partitions)
    {
        var options = Options(endpoints, name);
        options.Create = true;
        options.Buckets = Buckets;
        options.InitialPartitions = partitions;
        await using var store = await EntityStore.OpenFleetAsync(options, Schema);
        await store.ApplySchemaAsync(1, Ddl);
        foreach (var (bank, entries) in Banks)
        {
            await store.ExecuteAsync(Key(bank), default, $"INSERT INTO banks (id) VALUES ({bank})");
            foreach (var region in Regions) await FillAsync(store, bank, region, entries);
        }
    }

    private static Task<int> FillAsync(EntityStore store, long bank, string region, int entries) => store.ExecuteAsync(Key(bank), region, $"""
        INSERT INTO accounts SELECT {bank}, '{region}', n, {RegionTotal / AccountsPerRegion} FROM generate_series(1, {AccountsPerRegion}) n;
        INSERT INTO registers SELECT {bank}, '{region}', n, '' FROM generate_series(1, {RegistersPerRegion}) n;
        INSERT INTO duties SELECT {bank}, '{region}', n, true FROM generate_series(1, 2) n;
        INSERT INTO ledger (id, bank_id, region, client) SELECT 'first-{bank}-{region}-' || n, {bank}, '{region}', 'first' FROM generate_series(1, {entries}) n
        """);
}
