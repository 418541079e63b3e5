using System.Collections.Immutable;
using System.Data.Common;
using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.Contracts;

/// <summary>What every engine's partitions must do. An engine's tests derive from it and say how one is made and thrown away.</summary>
public abstract partial class PartitionContract : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(5);

    private readonly List<IPartition> open = [];
    private IPartitionEngine engine = null!;

    private static StoreSchema Schema { get; } = StoreSchema.Define(schema => schema
        .Entity("customer", KeyKind.Integer, customer => customer
            .Root("customers", "id")
            .KeyColumn("customer_id")
            .GroupBySegment("region")
            .Splittable())
        .Reference("countries"));

    /// <summary>The tables that the suite works on; an engine may spell the types otherwise.</summary>
    protected virtual string Ddl => """
        CREATE TABLE countries (code TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL);
        CREATE TABLE customers (id BIGINT PRIMARY KEY NOT NULL, name TEXT NOT NULL, country TEXT REFERENCES countries (code));
        CREATE TABLE notes (customer_id BIGINT NOT NULL REFERENCES customers (id), id BIGINT NOT NULL, text TEXT NOT NULL,
            PRIMARY KEY (customer_id, id));
        CREATE TABLE orders (customer_id BIGINT NOT NULL REFERENCES customers (id), region TEXT NOT NULL, id BIGINT NOT NULL, note BIGINT,
            total BIGINT NOT NULL, PRIMARY KEY (customer_id, region, id), FOREIGN KEY (customer_id, note) REFERENCES notes (customer_id, id));
        """;

    /// <summary>Scripts that a schema version must not hold, however the engine spells them.</summary>
    protected abstract IEnumerable<string> ForbiddenScripts { get; }

    /// <summary>What a session must not do beside writing where its scope does not reach, however the engine spells it.</summary>
    private protected abstract IEnumerable<(SessionScope Scope, string Sql)> ForbiddenStatements { get; }

    public ValueTask InitializeAsync()
    {
        engine = CreateEngine();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var partition in open) await partition.DisposeAsync();
        await engine.DisposeAsync();
        await RemoveAsync();
        GC.SuppressFinalize(this);
    }

    private protected abstract IPartitionEngine CreateEngine();

    /// <summary>Removes what was created.</summary>
    private protected abstract Task RemoveAsync();

    /// <summary>Where a new partition is to be, in the engine's words.</summary>
    private protected abstract Task<string> LocationOfAsync(int partition);

    private static EntityKey Customer(long id) => Schema["customer"].Key(id);

    private static Placement Unit(int unit, IPartition partition, long epoch = 7) => new(new UnitId(unit), partition.Id, epoch);

    /// <summary>All rows of a customer that is not split.</summary>
    private static ShardRows AllOf(long id) => new(Customer(id), ShardScope.Whole, [], WithCore: true);

    private static ImmutableArray<Placement> Only(Placement unit) => [unit];

    /// <summary>A partition with the schema, and so many units on it, active at epoch 7.</summary>
    private async Task<IPartition> MakeAsync(int id, params int[] units)
    {
        await engine.CreateAsync(new PartitionId(id), $"part{id}", await LocationOfAsync(id), CancellationToken.None);
        var partition = await OpenAsync(id);
        await partition.ApplySchemaAsync(1, Ddl, null, CancellationToken.None);
        await UseLayoutAsync(partition);
        await partition.AdoptAsync([.. units.Select(unit => Unit(unit, partition))], CancellationToken.None);
        return partition;
    }

    private async Task<IPartition> OpenAsync(int id)
    {
        var partition = await engine.OpenAsync(new PartitionId(id), $"part{id}", await LocationOfAsync(id), CancellationToken.None);
        open.Add(partition);
        return partition;
    }

    private async Task<IPartition> ReopenAsync(IPartition partition)
    {
        await partition.DisposeAsync();
        open.Remove(partition);
        var again = await OpenAsync(partition.Id.Value);
        await UseLayoutAsync(again);
        return again;
    }

    private static async Task<StoreLayout> UseLayoutAsync(IPartition partition)
    {
        var (layout, problems) = SchemaRules.Check(Schema, await partition.ReadCatalogueAsync(CancellationToken.None));
        Assert.Empty(problems);
        partition.UseLayout(layout!);
        await partition.SetSplitEntitiesAsync([], CancellationToken.None);
        return layout!;
    }

    private static async Task<EntityLayout> LayoutAsync(IPartition partition) =>
        SchemaRules.Check(Schema, await partition.ReadCatalogueAsync(CancellationToken.None)).Layout!.Entities[0];

    private static async Task<AdmissionRequest> AskAsync(
        IPartition partition, Placement unit, long customer, SessionScope scope, string? region = null, TimeSpan? wait = null, IUnitHold? hold = null,
        ImmutableArray<UnionArm>? arms = null) => new()
    {
        Unit = unit,
        Entity = Customer(customer),
        Layout = await LayoutAsync(partition),
        Scope = scope,
        Group = region is null ? default : GroupKey.Of(region),
        Hold = hold,
        Union = arms ?? [],
        WaitLimit = wait ?? Soon,
    };

    private static async Task<Admission> AdmitAsync(
        IPartition partition, Placement unit, long customer = 1, SessionScope scope = SessionScope.ReadOnly, string? region = null, TimeSpan? wait = null) =>
        await partition.AdmitAsync(await AskAsync(partition, unit, customer, scope, region, wait), CancellationToken.None);

    private static async Task<IPartitionSession> BeginAsync(
        IPartition partition, Placement unit, long customer = 1, SessionScope scope = SessionScope.ReadOnly, string? region = null)
    {
        var admission = await AdmitAsync(partition, unit, customer, scope, region, Ample);
        Assert.Equal(RefusalKind.None, admission.Refusal);
        return admission.Session!;
    }

    private static async Task RunAsync(IPartition partition, Placement unit, long customer, SessionScope scope, string? region, params string[] statements)
    {
        await using var session = await BeginAsync(partition, unit, customer, scope, region);
        foreach (var sql in statements) await ExecuteAsync(session, sql);
        await session.CommitAsync(CancellationToken.None);
    }

    private static async Task<int> ExecuteAsync(IPartitionSession session, string sql)
    {
        await using var command = Command(session, sql);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>All rows of a query, each as its values with bars between them.</summary>
    private static async Task<List<string>> ReadAsync(IPartition partition, Placement unit, string sql)
    {
        await using var session = await BeginAsync(partition, unit);
        await using var command = Command(session, sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync()) rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(field => reader.GetValue(field))));
        return rows;
    }

    private static DbCommand Command(IPartitionSession session, string sql)
    {
        var command = session.Connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = session.Transaction;
        return command;
    }

    /// <summary>A customer with a note and so many orders in each region.</summary>
    private static async Task AddAsync(IPartition partition, Placement unit, long customer, int orders, params string[] regions)
    {
        await RunAsync(
            partition, unit, customer, SessionScope.Whole, null,
            $"INSERT INTO customers (id, name) VALUES ({customer}, 'c{customer}')",
                $"INSERT INTO notes (customer_id, id, text) VALUES ({customer}, 1, 'first')");
        foreach (var region in regions)
        {
            var rows = string.Join(", ", Enumerable.Range(1, orders).Select(id => $"({customer}, '{region}', {id}, 1, {id * 10})"));
            await RunAsync(
                partition, unit, customer, SessionScope.Group, region, $"INSERT INTO orders (customer_id, region, id, note, total) VALUES {rows}");
        }
    }

    private static async Task<List<(int Unit, long Epoch, OwnerState State)>> OwnersAsync(IPartition partition) =>
        [.. (await partition.ReadOwnersAsync(CancellationToken.None)).Select(row => (row.Unit.Value, row.Epoch, row.State))];
}
