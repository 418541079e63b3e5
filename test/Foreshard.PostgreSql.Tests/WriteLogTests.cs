using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.PostgreSql.Tests;

/// <summary>With three roles that have what the documentation lists and nothing more.</summary>
[Trait("Category", "Slow")]
public sealed class WriteLogTests : IAsyncDisposable
{
    private const string Beside = "SET foreshard.scope = 'maintenance'; ";

    private static readonly TimeSpan Window = TimeSpan.FromHours(1);

    /// <summary>A table whose primary key holds neither the entity's key nor the group.</summary>
    private static readonly StoreSchema Notes = StoreSchema.Define(schema => schema
        .Entity("customer", KeyKind.Integer, customer => customer
            .Root("customers", "id").KeyColumn("customer_id").GroupBySegment("region").Splittable().Table("notes", table => table.UniqueIds())));

    private const string NotesDdl = """
        CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
        CREATE TABLE notes (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, region text NOT NULL, big text, small text);
        CREATE INDEX ON notes (customer_id, region);
        """;

    private readonly Trial trial = new() { Options = Roles.Options };

    private readonly List<PostgresPartition> read = [];

    public async ValueTask DisposeAsync()
    {
        // A server has few slots.
        foreach (var partition in read) await partition.DropWriteLogAsync(CancellationToken.None);
        await trial.DisposeAsync();
    }

    [Fact]
    public async Task Rows_written_beside_sessions_are_counted_by_entity_and_group_and_those_of_sessions_are_not()
    {
        var partition = await trial.MakeAsync();
        await TakeAsync(partition);

        await Trial.RunAsync(partition, SessionScope.Whole, null, "UPDATE customers SET name = 'by a session' WHERE id = 1");
        await Trial.RunAsync(partition, SessionScope.Group, "eu", "SAVEPOINT a; DELETE FROM orders WHERE region = 'eu' AND id = 1; "
            + "ROLLBACK TO a; UPDATE orders SET total = total + 1 WHERE customer_id = 1 AND region = 'eu'");
        await RunBesideAsync("""
            INSERT INTO customers VALUES (2, 'c2', NULL), (3, 'c3', NULL);
            INSERT INTO orders SELECT 2, 'eu', n, n FROM generate_series(1, 5) n;
            INSERT INTO orders VALUES (3, 'us', 1, 1);
            UPDATE orders SET total = 0 WHERE customer_id = 2 AND id < 3;
            UPDATE orders SET id = 100 WHERE customer_id = 2 AND id = 3;
            DELETE FROM orders WHERE customer_id = 2 AND id = 4
            """);
        await RunBesideAsync("UPDATE orders SET total = 7 WHERE customer_id = 1 AND region = 'us'");

        var told = await TakeAsync(partition);

        Assert.Equal(["customer/1 us 2", "customer/2 * 1", "customer/2 eu 9", "customer/3 * 1", "customer/3 us 1"], Lines(told));
        Assert.Equal(0, told.UnknownRows);
        Assert.True(told.LagBytes > 0);
        Assert.Empty((await TakeAsync(partition)).Writes);
    }

    [Fact]
    public async Task Rolled_back_rows_and_those_of_other_databases_and_tables_are_not_counted()
    {
        var partition = await trial.MakeAsync();
        await trial.MakeAsync(2);
        await TakeAsync(partition);
        await using (var other = await trial.ConnectAsync(2)) await Trial.ScalarAsync(other, Beside + "UPDATE customers SET name = 'elsewhere'");
        await RunBesideAsync("COMMIT; BEGIN; UPDATE customers SET name = 'x'; ROLLBACK");
        await RunBesideAsync("INSERT INTO countries VALUES ('de', 'Germany')");
        await using (var own = await trial.ConnectAsync())
            await Trial.ScalarAsync(own, "CREATE TABLE other (id bigint PRIMARY KEY); INSERT INTO other VALUES (1)");

        Assert.Empty((await TakeAsync(partition)).Writes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_moves_write_and_clean_up_is_not_counted(bool isLive)
    {
        var (source, target) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        await TakeAsync(source);
        await TakeAsync(target);
        var rows = new ShardRows(Trial.Customer(1), ShardScope.Whole, [], WithCore: true);
        await using var transfer = new PostgresTransfer(
            source, target, new TransferOrder(Trial.First, Trial.Unit(source), Trial.Unit(target, epoch: 8), rows, rows, isLive));
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);
        if (isLive) await Trial.RunAsync(source, SessionScope.Group, "eu", "UPDATE orders SET total = 5 WHERE customer_id = 1 AND region = 'eu'");
        await transfer.CatchUpAsync(CancellationToken.None);
        Assert.True(await source.FreezeAsync(Trial.First, [Trial.Unit(source)], Trial.Ample, CancellationToken.None));
        Assert.True(await transfer.ActivateAsync(Trial.Ample, CancellationToken.None));
        await transfer.RetireAsync(CancellationToken.None);
        await transfer.CleanAsync(CancellationToken.None);

        await using var there = await trial.ConnectAsync(2);
        Assert.Equal(4L, await Trial.ScalarAsync(there, "SELECT count(*) FROM orders"));
        Assert.Empty((await TakeAsync(source)).Writes);
        Assert.Empty((await TakeAsync(target)).Writes);
    }

    [Fact]
    public async Task Reading_goes_on_where_it_was_confirmed_without_loss_or_doubling_whoever_reads_and_whatever_crashed()
    {
        await using var server = await Servers.PostgresServer.StartAsync();
        await using var alone = new Trial();
        await Servers.PostgresDatabases.ExecuteAsync(server.ConnectionString("postgres"), "CREATE DATABASE shop");
        var first = await alone.MakeAsync(location: server.ConnectionString("shop"));
        await TakeAsync(first);
        await UpdateAsync("a");
        await TakeAsync(first);
        await UpdateAsync("b");

        var unconfirmed = await first.ReadWritesAsync(Window, CancellationToken.None);
        await server.KillAsync();
        await server.StartAgainAsync();
        var second = await alone.OpenAsync();
        var again = await second.ReadWritesAsync(Window, CancellationToken.None);

        Assert.Equal(["customer/1 * 1"], Lines(unconfirmed));
        Assert.Equal(["customer/1 * 1"], Lines(again));
        await second.ConfirmWritesAsync(again, CancellationToken.None);
        await server.KillAsync();
        await server.StartAgainAsync();
        await UpdateAsync("c");
        await UpdateAsync("d");
        var third = await alone.OpenAsync();
        Assert.Equal(["customer/1 * 2"], Lines(await TakeAsync(third)));
        Assert.Empty((await TakeAsync(second)).Writes);
        read.Clear();

        async Task UpdateAsync(string name)
        {
            await using var connection = await alone.ConnectAsync();
            await Trial.ScalarAsync(connection, Beside + $"UPDATE customers SET name = '{name}' WHERE id = 1");
        }
    }

    [Fact]
    public async Task An_emptied_table_is_told_and_its_rows_are_not_counted()
    {
        var partition = await trial.MakeAsync();
        await TakeAsync(partition);
        await RunBesideAsync("UPDATE customers SET name = 'x' WHERE id = 1; TRUNCATE orders");

        var told = await TakeAsync(partition);

        Assert.Equal(["orders"], told.Emptied);
        Assert.Equal(["customer/1 * 1"], Lines(told));
    }

    [Fact]
    public async Task Rows_whose_primary_key_does_not_hold_the_entity_are_counted_as_the_entitys()
    {
        var partition = await MakeNotesAsync();
        await TakeAsync(partition);
        await RunBesideAsync("""
            UPDATE notes SET small = 'x' WHERE id IN (1, 21);
            UPDATE notes SET id = 1000 WHERE id = 2;
            DELETE FROM notes WHERE id IN (3, 4, 23);
            """);
        await RunBesideAsync("DELETE FROM notes WHERE customer_id = 3; DELETE FROM customers WHERE id = 3");

        var told = await TakeAsync(partition);

        Assert.Equal(["customer/1 eu 2", "customer/1 us 2", "customer/2 us 2", "customer/3 * 1", "customer/3 eu 10", "customer/3 us 10"], Lines(told));
        Assert.Equal(0, told.UnknownRows);
    }

    [Fact]
    public async Task Deletes_of_which_nobody_tells_are_the_only_entitys_of_their_transaction_or_unknown()
    {
        var partition = await MakeNotesAsync();
        await TakeAsync(partition);
        const string Replica = "SET LOCAL session_replication_role = replica; ";
        await RunBesideAsync($"BEGIN; {Replica} DELETE FROM notes WHERE customer_id = 3; DELETE FROM customers WHERE id = 3; COMMIT");
        await RunBesideAsync($"BEGIN; {Replica} DELETE FROM notes WHERE id IN (1, 21); COMMIT");

        var told = await TakeAsync(partition);

        Assert.Equal(["customer/3 * 21"], Lines(told));
        Assert.Equal(2, told.UnknownRows);
    }

    [Fact]
    public async Task What_was_committed_before_the_window_is_told_as_a_sum_only()
    {
        var partition = await trial.MakeAsync();
        await TakeAsync(partition);
        await RunBesideAsync("UPDATE orders SET total = 1");

        var told = await partition.ReadWritesAsync(TimeSpan.FromMinutes(-1), CancellationToken.None);

        Assert.Empty(told.Writes);
        Assert.Equal(4, told.EarlierRows);
    }

    [Fact]
    public async Task A_script_that_changes_a_primary_key_leaves_the_tables_writable_and_is_followed()
    {
        var partition = await trial.MakeAsync();
        await TakeAsync(partition);

        await ((IPartition)partition).ApplySchemaAsync(
            2,
            "ALTER TABLE orders ADD COLUMN line integer NOT NULL DEFAULT 0; ALTER TABLE orders DROP CONSTRAINT orders_pkey; "
            + "ALTER TABLE orders ADD PRIMARY KEY (customer_id, region, id, line); CREATE TABLE extras (customer_id bigint NOT NULL, id bigint, "
            + "PRIMARY KEY (customer_id, id)); ALTER TABLE extras ADD FOREIGN KEY (customer_id) REFERENCES customers",
            catalogue => SchemaRules.Check(Trial.Schema, catalogue).Layout!,
            CancellationToken.None);
        await Trial.RunAsync(partition, SessionScope.Group, "eu", "UPDATE orders SET total = 9 WHERE customer_id = 1 AND region = 'eu'");
        await RunBesideAsync("UPDATE orders SET line = 1 WHERE region = 'us'");

        partition.UseLayout(SchemaRules.Check(Trial.Schema, await partition.ReadCatalogueAsync(CancellationToken.None)).Layout!);
        Assert.Equal(["customer/1 us 2"], Lines(await TakeAsync(partition)));

        // A new table counts from the reading on that finds it.
        await RunBesideAsync("INSERT INTO extras VALUES (1, 1)");
        Assert.Equal(["customer/1 * 1"], Lines(await TakeAsync(partition)));
    }

    [Fact]
    public async Task A_log_that_grew_too_large_or_lost_its_slot_or_publication_begins_anew_and_says_so()
    {
        var partition = await trial.MakeAsync();
        await TakeAsync(partition);
        await RunBesideAsync("DROP PUBLICATION foreshard_writes; UPDATE customers SET name = 'x'");
        Assert.Contains("publication", (await TakeAsync(partition)).Notice!, StringComparison.Ordinal);
        await using (var connection = await trial.ConnectAsync())
        {
            await Trial.ScalarAsync(
                connection, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database() AND NOT active");
        }

        Assert.Contains("slot", (await TakeAsync(partition)).Notice!, StringComparison.Ordinal);

        await using var strict = new Trial { Options = OptionsWith(options => options.WriteLogBytes = 1) };
        var small = await strict.MakeAsync();
        await TakeAsync(small);
        await using (var connection = await strict.ConnectAsync()) await Trial.ScalarAsync(connection, Beside + "UPDATE customers SET name = 'x'");
        var told = await TakeAsync(small);
        Assert.Contains("bytes of log", told.Notice!, StringComparison.Ordinal);
        Assert.Empty(told.Writes);
        await small.DropWriteLogAsync(CancellationToken.None);
        read.Remove(small);
    }

    [Fact]
    public async Task A_dropped_log_leaves_nothing_behind_and_begins_anew_when_it_is_read()
    {
        var partition = await trial.MakeAsync();
        await TakeAsync(partition);

        await partition.DropWriteLogAsync(CancellationToken.None);
        await partition.DropWriteLogAsync(CancellationToken.None);

        await using var connection = await trial.ConnectAsync();
        Assert.Equal(0L, await Trial.ScalarAsync(
            connection,
            "SELECT (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_replication_slots WHERE database = current_database()) "
            + "+ (SELECT count(*) FROM foreshard.partition WHERE marks_writes)"));
        Assert.Null((await TakeAsync(partition)).Notice);
        await RunBesideAsync("UPDATE customers SET name = 'x'");
        Assert.Equal(["customer/1 * 1"], Lines(await TakeAsync(partition)));
    }

    [Fact]
    public async Task Publications_of_processes_that_died_are_dropped_and_neither_the_logs_own_nor_those_of_others()
    {
        var partition = await trial.MakeAsync();
        await TakeAsync(partition);
        await using (var mover = await trial.ConnectAsync(Roles.Mover))
        {
            await Trial.ScalarAsync(
                mover, "CREATE PUBLICATION foreshard_moves_77 FOR TABLE orders; CREATE PUBLICATION foreshard_moves_8; CREATE PUBLICATION of_somebody");
            await Trial.ScalarAsync(mover, "SET application_name = foreshard_moves_8");
            await partition.DropLeftoversAsync(CancellationToken.None);
            Assert.Equal(
                "foreshard_moves_8,foreshard_writes,of_somebody",
                await Trial.ScalarAsync(mover, "SELECT string_agg(pubname::text, ',' ORDER BY pubname) FROM pg_publication"));
        }

        Assert.Null((await TakeAsync(partition)).Notice);
    }

    [Fact]
    public async Task No_statement_that_writes_fails_when_publications_of_its_tables_are_dropped()
    {
        var partition = await trial.MakeAsync();
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => Task.Run(WriteAsync)).ToList();

        await using (var mover = await trial.ConnectAsync(Roles.Mover))
        {
            for (var number = 0; number < 300 && clients.TrueForAll(client => !client.IsCompleted); number++)
            {
                await Trial.ScalarAsync(mover, $"CREATE PUBLICATION foreshard_moves_{number} FOR TABLE customers, orders");
                await partition.DropLeftoversAsync(CancellationToken.None);
            }

            await stop.CancelAsync();
            await Task.WhenAll(clients);
            Assert.Equal(0L, await Trial.ScalarAsync(mover, "SELECT count(*) FROM pg_publication"));
        }

        async Task WriteAsync()
        {
            await using var client = await trial.ConnectAsync();
            await Trial.ScalarAsync(client, Beside);
            while (!stop.IsCancellationRequested)
            {
                await Trial.ScalarAsync(client, "UPDATE customers SET name = 'x'");
                await Trial.ScalarAsync(client, "UPDATE orders SET total = 3");
            }
        }
    }

    [Fact]
    public async Task A_publication_whose_tables_are_being_written_is_emptied_at_once_and_dropped_once_that_is_over()
    {
        const string state = "SELECT (SELECT count(*) FROM pg_publication) || ' with ' || (SELECT count(*) FROM pg_publication_rel)";
        var partition = await trial.MakeAsync();
        await TakeAsync(partition);
        await using var writer = await trial.ConnectAsync();
        await Trial.ScalarAsync(writer, Beside + "BEGIN; UPDATE customers SET name = 'x'");

        await partition.DropWriteLogAsync(CancellationToken.None);
        await partition.DropLeftoversAsync(CancellationToken.None);
        Assert.Equal("1 with 0", await Trial.ScalarAsync(writer, state));

        await Trial.ScalarAsync(writer, "COMMIT");
        await partition.DropLeftoversAsync(CancellationToken.None);
        Assert.Equal("0 with 0", await Trial.ScalarAsync(writer, state));
    }

    [Fact]
    public async Task A_transaction_that_keeps_the_log_from_beginning_is_named_and_a_role_without_the_right_refused()
    {
        var partition = await trial.MakeAsync();
        await using (var session = await Trial.BeginAsync(partition, SessionScope.Whole))
        {
            await Trial.ExecuteAsync(session, "UPDATE customers SET name = 'x' WHERE id = 1");
            var process = await Trial.ScalarAsync(session, "SELECT 'process ' || pg_backend_pid()");
            var refused = await Assert.ThrowsAsync<PartitionServerException>(() => partition.ReadWritesAsync(Window, CancellationToken.None).AsTask());
            Assert.Contains((string)process!, refused.Message, StringComparison.Ordinal);
        }

        await TakeAsync(partition);
        await using var powerless = new Trial { Options = OptionsWith(options => options.Mover = Roles.Installer) };
        var other = await powerless.MakeAsync();
        var missing = await Assert.ThrowsAsync<PartitionServerException>(() => other.CheckWriteLogAsync(CancellationToken.None).AsTask());
        Assert.Contains("REPLICATION", missing.Message, StringComparison.Ordinal);
    }

    private static PostgresOptions OptionsWith(Action<PostgresOptions> change)
    {
        var options = new PostgresOptions { Installer = Roles.Installer, Mover = Roles.Mover, Application = Roles.Application };
        change(options);
        return options;
    }

    private static IEnumerable<string> Lines(LoggedWrites told) =>
        told.Writes.Select(one => FormattableString.Invariant($"{one.Entity} {one.Group} {one.Rows}")).Order(StringComparer.Ordinal);

    private async Task<LoggedWrites> TakeAsync(PostgresPartition partition)
    {
        if (!read.Contains(partition)) read.Add(partition);
        var told = await Trial.ReadWritesAsync(partition, Window);
        await partition.ConfirmWritesAsync(told, CancellationToken.None);
        return told;
    }

    private async Task RunBesideAsync(string sql)
    {
        await using var connection = await trial.ConnectAsync();
        await Trial.ScalarAsync(connection, Beside + sql);
    }

    /// <summary>Customers 1 to 3 with 20 notes each, half of them in each region; customer 2's begin at 21.</summary>
    private async Task<PostgresPartition> MakeNotesAsync()
    {
        var partition = await trial.MakeAsync(schema: Notes, ddl: NotesDdl);
        await RunBesideAsync("""
            INSERT INTO customers SELECT n, 'c' FROM generate_series(1, 3) n;
            INSERT INTO notes SELECT n, (n - 1) / 20 + 1, CASE n % 2 WHEN 0 THEN 'eu' ELSE 'us' END, repeat(md5(n::text), 3000), 's'
            FROM generate_series(1, 60) n
            """);
        return partition;
    }
}
