using System.Data;
using Foreshard.Partitions;
using Foreshard.Schema;
using Foreshard.Servers;
using Npgsql;

namespace Foreshard.PostgreSql.Tests;

/// <summary>Partitions with a small shop, as many processes as a test likes.</summary>
internal sealed class Trial : IAsyncDisposable
{
    public static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);
    /// <summary>A condition for <c>pg_locks</c>: tests in other databases of the server hold locks of the same units.</summary>
    public const string IsOfThisDatabase = "database = (SELECT oid FROM pg_database WHERE datname = current_database())";

    public static readonly TimeSpan Ample = TimeSpan.FromSeconds(10);
    public static readonly Ticket First = new(Operation: 100, Attempt: 1);

    private readonly List<IAsyncDisposable> open = [];
    private readonly Dictionary<int, string> locations = [];

    public static StoreSchema Schema { get; } = StoreSchema.Define(schema => schema
        .Entity("customer", KeyKind.Integer, customer => customer
            .Root("customers", "id").KeyColumn("customer_id").GroupBySegment("region").Splittable())
        .Reference("countries"));

    public static string Ddl { get; } = """
        CREATE TABLE countries (code text PRIMARY KEY, name text NOT NULL);
        CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL, country text REFERENCES countries (code));
        CREATE TABLE orders (customer_id bigint NOT NULL REFERENCES customers (id), region text NOT NULL, id bigint NOT NULL, total bigint NOT NULL,
            PRIMARY KEY (customer_id, region, id));
        """;

    public PostgresOptions Options { get; init; } = new();

    public static EntityKey Customer(long id) => Schema["customer"].Key(id);

    public static Placement Unit(IPartition partition, int unit = 5, long epoch = 7) => new(new UnitId(unit), partition.Id, epoch);

    /// <summary>A partition with units 5 and 6 on it, and customer 1 with two orders in each region.</summary>
    public async Task<PostgresPartition> MakeAsync(int id = 1, string? location = null, bool hasRows = true, StoreSchema? schema = null, string? ddl = null)
    {
        locations[id] = location ?? await (Options.Installer is null ? PostgresDatabases.CreateAsync() : Roles.CreateDatabaseAsync());
        await using (var engine = new PostgresEngine(Options))
            await engine.CreateAsync(new PartitionId(id), $"part{id}", locations[id], CancellationToken.None);
        var partition = await OpenAsync(id, schema, ddl ?? Ddl);
        if (!hasRows) return partition;
        await partition.AdoptAsync([Unit(partition), Unit(partition, 6)], CancellationToken.None);
        if (schema is not null) return partition;
        await RunAsync(partition, SessionScope.Whole, null, "INSERT INTO customers (id, name) VALUES (1, 'c1')");
        foreach (var region in new[] { "eu", "us" })
            await RunAsync(partition, SessionScope.Group, region, $"INSERT INTO orders VALUES (1, '{region}', 1, 10), (1, '{region}', 2, 20)");
        return partition;
    }

    /// <summary>The partition as another process has it.</summary>
    public async Task<PostgresPartition> OpenAsync(int id = 1, StoreSchema? schema = null, string? ddl = null)
    {
        var engine = new PostgresEngine(Options);
        var partition = (PostgresPartition)await engine.OpenAsync(new PartitionId(id), $"part{id}", locations[id], CancellationToken.None);
        open.Add(partition);
        if (ddl is not null) await ((IPartition)partition).ApplySchemaAsync(1, ddl, null, CancellationToken.None);
        var (layout, problems) = SchemaRules.Check(schema ?? Schema, await partition.ReadCatalogueAsync(CancellationToken.None));
        Assert.Empty(problems);
        partition.UseLayout(layout!);
        await partition.SetSplitEntitiesAsync([], CancellationToken.None);
        return partition;
    }

    public Task<NpgsqlConnection> ConnectAsync(int id = 1) => OpenConnectionAsync(locations[id]);

    public Task<NpgsqlConnection> ConnectAsync(string user) => OpenConnectionAsync(locations[1] + ";Username=" + user);

    public static AdmissionRequest Ask(
        PostgresPartition partition, SessionScope scope = SessionScope.ReadOnly, string? region = null, TimeSpan? wait = null,
        IsolationLevel isolation = IsolationLevel.Unspecified, params UnionArm[] arms) => new()
    {
        Unit = Unit(partition),
        Entity = Customer(1),
        Layout = partition.CurrentLayout.Entities[0],
        Scope = scope,
        Group = region is null ? default : GroupKey.Of(region),
        Isolation = isolation,
        Union = [.. arms],
        WaitLimit = wait ?? Ample,
    };

    public static async Task<IPartitionSession> BeginAsync(
        PostgresPartition partition, SessionScope scope = SessionScope.ReadOnly, string? region = null, IsolationLevel isolation = IsolationLevel.Unspecified)
    {
        var admission = await partition.AdmitAsync(Ask(partition, scope, region, isolation: isolation), CancellationToken.None);
        Assert.Equal(RefusalKind.None, admission.Refusal);
        return admission.Session!;
    }

    public static async Task RunAsync(PostgresPartition partition, SessionScope scope, string? region, string sql)
    {
        await using var session = await BeginAsync(partition, scope, region);
        await ExecuteAsync(session, sql);
        await session.CommitAsync(CancellationToken.None);
    }

    public static async Task<int> ExecuteAsync(IPartitionSession session, string sql)
    {
        await using var command = new NpgsqlCommand(sql, (NpgsqlConnection)session.Connection, (NpgsqlTransaction)session.Transaction);
        return await command.ExecuteNonQueryAsync();
    }

    public static async Task<object?> ScalarAsync(IPartitionSession session, string sql)
    {
        await using var command = new NpgsqlCommand(sql, (NpgsqlConnection)session.Connection, (NpgsqlTransaction)session.Transaction);
        return await command.ExecuteScalarAsync();
    }

    public static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Reads a write log, and tries again as whoever reads one does: other tests have transactions open on the server.</summary>
    public static async Task<LoggedWrites> ReadWritesAsync(PostgresPartition partition, TimeSpan window)
    {
        for (var left = 3; ; left--)
        {
            try
            {
                return await partition.ReadWritesAsync(window, CancellationToken.None);
            }
            catch (PartitionServerException exception) when (left > 0 && exception.Message.Contains("open for longer", StringComparison.Ordinal))
            {
                // Next time.
            }
        }
    }

    public static IUnitTransfer Transfer(IPartition source, IPartition target, Ticket? ticket = null, UnitRows? rows = null)
    {
        rows ??= new ShardRows(Customer(1), ShardScope.Whole, [], WithCore: true);
        return new PostgresTransfer((PostgresPartition)source, (PostgresPartition)target, new TransferOrder(
            ticket ?? First, Unit(source), Unit(target, epoch: 8), rows, rows, Live: false));
    }

    public static async Task CarryAsync(IUnitTransfer transfer, IPartition source)
    {
        await transfer.PrepareAsync(CancellationToken.None);
        Assert.True(await source.FreezeAsync(First, [Unit(source)], Ample, CancellationToken.None));
        Assert.True(await transfer.ActivateAsync(Ample, CancellationToken.None));
        await transfer.RetireAsync(CancellationToken.None);
        await transfer.CleanAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in open) await one.DisposeAsync();
    }

    private static async Task<NpgsqlConnection> OpenConnectionAsync(string location)
    {
        var connection = new NpgsqlConnection(location + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }
}
