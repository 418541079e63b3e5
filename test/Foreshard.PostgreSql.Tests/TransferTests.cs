using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.PostgreSql.Tests;

[Trait("Category", "Slow")]
public sealed class TransferTests : IAsyncDisposable
{
    private static readonly StoreSchema Notes = StoreSchema.Define(schema => schema
        .Entity("customer", KeyKind.Integer, customer => customer
            .Root("customers", "id").KeyColumn("customer_id").Table("notes", table => table.UniqueIds())));

    private readonly Trial trial = new();

    public ValueTask DisposeAsync() => trial.DisposeAsync();

    [Fact]
    public async Task A_reference_row_that_the_target_lacks_stops_a_move()
    {
        var (source, target) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        await ((IPartition)source).WriteReferenceAsync(
            new ReferenceWrite(1, "INSERT INTO countries VALUES ('de', 'Germany')", new Dictionary<string, object?>()), CancellationToken.None);
        await Trial.RunAsync(source, SessionScope.Whole, null, "UPDATE customers SET country = 'de' WHERE id = 1");
        await using var transfer = Trial.Transfer(source, target);
        await transfer.PrepareAsync(CancellationToken.None);
        Assert.True(await source.FreezeAsync(Trial.First, [Trial.Unit(source)], Trial.Ample, CancellationToken.None));

        var dangling = await Assert.ThrowsAsync<DanglingRowsException>(() => transfer.ActivateAsync(Trial.Ample, CancellationToken.None).AsTask());

        Assert.Equal(("part2", "customers"), (dangling.Partition, dangling.Table));
        await source.ThawAsync(Trial.First, [Trial.Unit(source)], CancellationToken.None);
        await transfer.DiscardAsync(CancellationToken.None);
        Assert.Empty(await target.ReadOwnersAsync(CancellationToken.None));
        await target.CopyReferencesAsync(source, CancellationToken.None);
        await Trial.CarryAsync(transfer, source);
        Assert.Equal(OwnerState.Active, Assert.Single(await target.ReadOwnersAsync(CancellationToken.None)).State);
    }

    [Fact]
    public async Task Rows_of_every_type_arrive_as_they_were_and_the_applications_triggers_stay_quiet()
    {
        const string Ddl = """
            CREATE TYPE mood AS ENUM ('calm', 'cross');
            CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
            CREATE TABLE notes (customer_id bigint NOT NULL REFERENCES customers, id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mood mood,
                tags text[], body jsonb, photo bytea, price numeric, ratio float8, at timestamptz, span interval, big text,
                length int GENERATED ALWAYS AS (length(big)) STORED);
            CREATE INDEX ON notes (customer_id);
            CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a trigger of the application ran'; END $$;
            CREATE TRIGGER shout BEFORE INSERT OR DELETE ON notes FOR EACH ROW EXECUTE FUNCTION shout();
            ALTER TABLE notes DISABLE TRIGGER shout;
            """;
        var (source, target) = (await trial.MakeAsync(schema: Notes, ddl: Ddl), await trial.MakeAsync(2, hasRows: false, schema: Notes, ddl: Ddl));
        await Trial.RunAsync(source, SessionScope.Whole, null, """
            INSERT INTO customers VALUES (1, 'with "quotes", \ and 'NULL' without''s');
            INSERT INTO notes (customer_id, mood, tags, body, photo, price, ratio, at, span, big)
                SELECT 1, CASE WHEN i % 2 = 0 THEN 'calm'::mood END, ARRAY['a', NULL, 'b,"c'], jsonb_build_object('i', i),
                    decode('00ff0a', 'hex'), i / 7.0, i / 3e0,
                    timestamptz '2026-03-01 12:00:00.123456+03' + i * interval '1 h', interval '1 mon 2 d', repeat('long ' || i, 3000)
                FROM generate_series(1, 200) i;
            """.Replace("'NULL' without", "NULL without", StringComparison.Ordinal));
        foreach (var id in new[] { 1, 2 })
        {
            await using var connection = await trial.ConnectAsync(id);
            await Trial.ScalarAsync(connection, "ALTER TABLE notes ENABLE TRIGGER shout");
        }

        const string Everything = "SELECT count(*) || md5(string_agg(n::text, '' ORDER BY id)) FROM notes n";
        string? before;
        await using (var connection = await trial.ConnectAsync()) before = (string?)await Trial.ScalarAsync(connection, Everything);
        await using (var transfer = Trial.Transfer(source, target)) await Trial.CarryAsync(transfer, source);

        await using var there = await trial.ConnectAsync(2);
        Assert.StartsWith("200", before, StringComparison.Ordinal);
        Assert.Equal(before, await Trial.ScalarAsync(there, Everything));
        await using var here = await trial.ConnectAsync();
        Assert.Equal(0L, await Trial.ScalarAsync(here, "SELECT count(*) FROM notes"));
    }

    [Fact]
    public async Task A_unit_is_copied_only_while_it_is_frozen_by_the_move()
    {
        var (source, target) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        await using var transfer = Trial.Transfer(source, target);
        await transfer.PrepareAsync(CancellationToken.None);

        await Assert.ThrowsAsync<OwnershipException>(() => transfer.ActivateAsync(Trial.Ample, CancellationToken.None).AsTask());

        await using var look = await trial.ConnectAsync(2);
        Assert.Equal(0L, await Trial.ScalarAsync(look, "SELECT count(*) FROM customers"));
        Assert.Empty(await target.ReadOwnersAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_move_that_was_taken_over_leaves_nothing_on_the_target()
    {
        var (source, target) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        await using var dead = Trial.Transfer(source, target);
        await dead.PrepareAsync(CancellationToken.None);
        Assert.True(await source.FreezeAsync(Trial.First, [Trial.Unit(source)], Trial.Ample, CancellationToken.None));
        var second = Trial.First with { Attempt = 2 };
        foreach (var partition in new[] { source, target }) await partition.AnnounceAsync(second, CancellationToken.None);

        await Assert.ThrowsAsync<SupersededException>(() => dead.ActivateAsync(Trial.Ample, CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<SupersededException>(() => dead.RetireAsync(CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<SupersededException>(() => dead.DiscardAsync(CancellationToken.None).AsTask());
        await using var alive = Trial.Transfer(source, target, second);
        await alive.PrepareAsync(CancellationToken.None);
        Assert.True(await alive.ActivateAsync(Trial.Ample, CancellationToken.None));
        await alive.RetireAsync(CancellationToken.None);

        await using var look = await trial.ConnectAsync(2);
        Assert.Equal(4L, await Trial.ScalarAsync(look, "SELECT count(*) FROM orders"));
        await Assert.ThrowsAsync<SupersededException>(() => dead.CleanAsync(CancellationToken.None).AsTask());
    }

    [Fact]
    public async Task A_target_that_is_busy_lets_the_source_go_on()
    {
        var (source, target) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        await using var transfer = Trial.Transfer(source, target);
        await transfer.PrepareAsync(CancellationToken.None);
        Assert.True(await source.FreezeAsync(Trial.First, [Trial.Unit(source)], Trial.Ample, CancellationToken.None));
        await using var busy = await trial.ConnectAsync(2);
        await Trial.ScalarAsync(busy, "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");

        Assert.False(await transfer.ActivateAsync(Trial.Soon, CancellationToken.None));

        await source.ThawAsync(Trial.First, [Trial.Unit(source)], CancellationToken.None);
        await using var session = await Trial.BeginAsync(source);
        Assert.Equal(4L, await Trial.ScalarAsync(session, "SELECT count(*) FROM orders"));
    }
}
