using System.Collections.Concurrent;
using System.Globalization;
using Foreshard.Partitions;
using Foreshard.Schema;
using Foreshard.Servers;

namespace Foreshard.PostgreSql.Tests;

[Trait("Category", "Slow")]
public sealed class LiveTransferTests : IAsyncDisposable
{
    private const string Everything = "SELECT count(*) || md5(coalesce(string_agg(n::text, '' ORDER BY id), '')) FROM notes n";

    /// <summary>A table whose primary key does not hold the entity's: its changes can't be filtered at the source.</summary>
    private static readonly StoreSchema Notes = StoreSchema.Define(schema => schema
        .Entity("customer", KeyKind.Integer, customer => customer
            .Root("customers", "id").KeyColumn("customer_id").Table("notes", table => table.UniqueIds())));

    private const string NotesDdl = """
        CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
        CREATE TABLE notes (customer_id bigint NOT NULL REFERENCES customers, id bigint PRIMARY KEY, big text, small text, code text UNIQUE);
        CREATE INDEX ON notes (customer_id);
        """;

    private readonly Trial trial = new();

    public ValueTask DisposeAsync() => trial.DisposeAsync();

    [Fact]
    public async Task Nothing_acknowledged_is_lost_or_doubled_by_a_move_under_load()
    {
        var (source, target) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        var acknowledged = new ConcurrentBag<long>();
        long ids = 1000;
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(client => Task.Run(() => WriteAsync(client % 2 == 0 ? "eu" : "us"))).ToList();

        await using var transfer = Live(source, target);
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);
        while (acknowledged.Count < 100) await Task.Delay(5);
        for (var round = 0; round < 20 && await transfer.CatchUpAsync(CancellationToken.None) > 50; round++)
        {
            // As a mover does: on a slow machine writers may outrun it.
        }

        await transfer.VerifyAsync(CancellationToken.None);
        Assert.True(await source.FreezeAsync(Trial.First, [Trial.Unit(source)], Trial.Ample, CancellationToken.None));
        Assert.True(await transfer.ActivateAsync(Trial.Ample, CancellationToken.None));
        var atFlip = acknowledged.Count;
        await transfer.RetireAsync(CancellationToken.None);
        while (acknowledged.Count < atFlip + 50) await Task.Delay(5);
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        await transfer.CleanAsync(CancellationToken.None);

        await using var there = await trial.ConnectAsync(2);
        var found = (long[])(await Trial.ScalarAsync(there, "SELECT array_agg(id ORDER BY id) FROM orders WHERE id > 1000"))!;
        Assert.Equal(acknowledged.Order(), found);
        Assert.Equal((decimal)(found.Length * 3), await Trial.ScalarAsync(there, "SELECT sum(total) FROM orders WHERE id > 1000"));
        await using var here = await trial.ConnectAsync();
        Assert.Equal(0L, await Trial.ScalarAsync(here, "SELECT count(*) FROM orders"));
        Assert.Equal(0L, await Trial.ScalarAsync(
            here, "SELECT (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_replication_slots WHERE database = current_database())"));

        async Task WriteAsync(string region)
        {
            while (!stop.IsCancellationRequested)
            {
                var admission = await source.AdmitAsync(Trial.Ask(source, SessionScope.Group, region), CancellationToken.None);
                if (admission.Refusal == RefusalKind.Stale)
                {
                    var moved = Trial.Ask(target, SessionScope.Group, region);
                    admission = await target.AdmitAsync(
                        new AdmissionRequest
                        {
                            Unit = Trial.Unit(target, epoch: 8), Entity = moved.Entity, Layout = moved.Layout, Scope = moved.Scope, Group = moved.Group,
                            WaitLimit = moved.WaitLimit,
                        },
                        CancellationToken.None);
                }

                await using var session = admission.Session!;
                var id = Interlocked.Increment(ref ids).ToString(CultureInfo.InvariantCulture);
                await Trial.ExecuteAsync(session, $"INSERT INTO orders VALUES (1, '{region}', {id}, 1)");
                await Trial.ExecuteAsync(session, $"UPDATE orders SET total = total + 2 WHERE customer_id = 1 AND region = '{region}' AND id = {id}");
                await session.CommitAsync(CancellationToken.None);
                acknowledged.Add(long.Parse(id, CultureInfo.InvariantCulture));
            }
        }
    }

    [Fact]
    public async Task Changes_that_the_log_brings_only_in_part_arrive_whole()
    {
        var (source, target) = await MakeNotesAsync();
        await using var transfer = Live(source, target);
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);

        // A long value that the update leaves alone, a key that changes, a unique value that two rows swap, and what is rolled back.
        await Trial.RunAsync(source, SessionScope.Whole, null, """
            UPDATE notes SET small = 'changed' WHERE id = 1; UPDATE notes SET id = 100 WHERE id = 2; DELETE FROM notes WHERE id = 3;
            UPDATE notes SET code = NULL WHERE id = 4; UPDATE notes SET code = 'c4' WHERE id = 5; UPDATE notes SET code = 'c5' WHERE id = 4;
            SAVEPOINT a; DELETE FROM notes; ROLLBACK TO a
            """);
        await FlipAsync(transfer, source);

        await using var there = await trial.ConnectAsync(2);
        Assert.Equal(19L, await Trial.ScalarAsync(there, "SELECT count(*) FROM notes"));
        Assert.Equal("changed90000", await Trial.ScalarAsync(there, "SELECT small || length(big) FROM notes WHERE id = 1"));
        Assert.Equal("c5c4", await Trial.ScalarAsync(there, "SELECT string_agg(code, '' ORDER BY id) FROM notes WHERE id IN (4, 5)"));
    }

    [Fact]
    public async Task What_is_committed_between_the_last_look_and_the_freeze_arrives()
    {
        var (source, target) = await MakeNotesAsync();
        await using var transfer = Live(source, target);
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);
        await transfer.CatchUpAsync(CancellationToken.None);
        await Trial.RunAsync(source, SessionScope.Whole, null, "UPDATE notes SET small = 'last'");
        string? before;
        await using (var here = await trial.ConnectAsync()) before = (string?)await Trial.ScalarAsync(here, Everything);

        await FlipAsync(transfer, source);

        await using var there = await trial.ConnectAsync(2);
        Assert.Equal(before, await Trial.ScalarAsync(there, Everything));
    }

    [Fact]
    public async Task What_the_log_says_before_others_see_it_arrives_as_it_was_committed()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var standby = await server.StartStandbyAsync();
        await server.WaitForStandbysAsync(wait: true);
        await using var hurried = new Trial { Options = new PostgresOptions { SlotPatience = TimeSpan.FromSeconds(2) } };
        var source = await hurried.MakeAsync(location: server.ConnectionString("postgres"));
        await PostgresDatabases.ExecuteAsync(server.ConnectionString("postgres"), "CREATE DATABASE target");
        var target = await hurried.MakeAsync(2, server.ConnectionString("target"), hasRows: false);
        await using var transfer = Live(source, target);
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);

        // A commit that waits until a standby shows it is in the log, and nobody sees it.
        await PostgresDatabases.ExecuteAsync(standby.ConnectionString("postgres"), "SELECT pg_wal_replay_pause()");
        await using var session = await Trial.BeginAsync(source, SessionScope.Group, "eu");
        await Trial.ExecuteAsync(session, "SET LOCAL synchronous_commit = remote_apply; UPDATE orders SET total = total + 1000 WHERE region = 'eu'");
        var commit = session.CommitAsync(CancellationToken.None).AsTask();
        var refused = await Assert.ThrowsAsync<PartitionServerException>(() => transfer.CatchUpAsync(CancellationToken.None).AsTask());
        var catchUp = transfer.CatchUpAsync(CancellationToken.None).AsTask();
        await Task.Delay(200);
        var (isCommitted, isCaughtUp) = (commit.IsCompleted, catchUp.IsCompleted);
        await PostgresDatabases.ExecuteAsync(standby.ConnectionString("postgres"), "SELECT pg_wal_replay_resume()");
        await commit;

        Assert.Contains("standby", refused.Message, StringComparison.Ordinal);
        Assert.Equal((false, false), (isCommitted, isCaughtUp));
        Assert.True(await catchUp > 0);
        await transfer.VerifyAsync(CancellationToken.None);
        await FlipAsync(transfer, source);
        await using var there = await hurried.ConnectAsync(2);
        Assert.Equal(1010L, await Trial.ScalarAsync(there, "SELECT min(total) FROM orders WHERE region = 'eu'"));
    }

    [Fact]
    public async Task Tens_of_thousands_of_changed_rows_are_brought_over_and_left_out_of_a_comparison()
    {
        // Long transactions keep others from following their changes, in all databases of a server: these have one of their own.
        await using var server = await PostgresServer.StartAsync();
        await PostgresDatabases.ExecuteAsync(server.ConnectionString("postgres"), "CREATE DATABASE target");
        await using var alone = new Trial();
        var source = await alone.MakeAsync(location: server.ConnectionString("postgres"));
        var target = await alone.MakeAsync(2, server.ConnectionString("target"), hasRows: false);
        await using var transfer = Live(source, target);
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);

        await Trial.RunAsync(source, SessionScope.Group, "eu", "INSERT INTO orders SELECT 1, 'eu', i, 1 FROM generate_series(1000, 20999) i");
        Assert.Equal(20_000, await transfer.CatchUpAsync(CancellationToken.None));
        await Trial.RunAsync(source, SessionScope.Group, "eu", "UPDATE orders SET total = 2 WHERE region = 'eu'");
        await transfer.VerifyAsync(CancellationToken.None);
        await FlipAsync(transfer, source);

        await using var there = await alone.ConnectAsync(2);
        Assert.Equal(40_004m, await Trial.ScalarAsync(there, "SELECT sum(total) FROM orders WHERE region = 'eu'"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_activated_and_not_decided_stays_with_its_move_when_a_server_is_reconciled(bool isUnderWay)
    {
        var (source, target) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        await using var transfer = Live(source, target);
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);
        Assert.True(await source.FreezeAsync(Trial.First, [Trial.Unit(source)], Trial.Ample, CancellationToken.None));
        Assert.True(await transfer.ActivateAsync(Trial.Ample, CancellationToken.None));

        var operations = isUnderWay ? new HashSet<long> { Trial.First.Operation } : [];
        var found = await target.ReconcileAsync([], _ => Trial.Unit(source), operations, isAccepting: false, CancellationToken.None);

        Assert.Equal(isUnderWay ? [] : [new UnitId(5)], found.Ended);
        await source.ThawAsync(Trial.First, [Trial.Unit(source)], CancellationToken.None);
        await transfer.DiscardAsync(CancellationToken.None);
        await using var there = await trial.ConnectAsync(2);
        Assert.Equal(isUnderWay ? 0L : 4L, await Trial.ScalarAsync(there, "SELECT count(*) FROM orders"));
    }

    [Fact]
    public async Task A_table_that_is_emptied_during_a_move_ends_it()
    {
        var (source, target) = await MakeNotesAsync();
        await using var transfer = Live(source, target);
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);
        await using (var mending = await trial.ConnectAsync()) await Trial.ScalarAsync(mending, "SET foreshard.scope = 'maintenance'; TRUNCATE notes");

        var ended = await Assert.ThrowsAsync<PartitionServerException>(() => transfer.CatchUpAsync(CancellationToken.None).AsTask());

        Assert.Contains("emptied", ended.Message, StringComparison.Ordinal);
        await transfer.DiscardAsync(CancellationToken.None);
        await using var there = await trial.ConnectAsync(2);
        Assert.Equal(0L, await Trial.ScalarAsync(there, "SELECT count(*) FROM notes"));
    }

    [Fact]
    public async Task Columns_that_change_during_a_move_end_it_before_the_flip()
    {
        var (source, target) = await MakeNotesAsync();
        await using var transfer = Live(source, target);
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);
        await using (var elsewhere = await trial.ConnectAsync()) await Trial.ScalarAsync(elsewhere, "ALTER TABLE notes ADD COLUMN late text");
        Assert.True(await source.FreezeAsync(Trial.First, [Trial.Unit(source)], Trial.Ample, CancellationToken.None));

        var ended = await Assert.ThrowsAsync<PartitionServerException>(() => transfer.ActivateAsync(Trial.Ample, CancellationToken.None).AsTask());

        Assert.Contains("columns", ended.Message, StringComparison.Ordinal);
        await source.ThawAsync(Trial.First, [Trial.Unit(source)], CancellationToken.None);
        await transfer.DiscardAsync(CancellationToken.None);
        await using var again = Live(source, target, new Ticket(200, 1), epoch: 9);
        var other = await Assert.ThrowsAsync<PartitionServerException>(() => again.PrepareAsync(CancellationToken.None).AsTask());
        Assert.Contains("part1", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transaction_that_keeps_a_move_from_beginning_is_named()
    {
        await using var hurried = new Trial { Options = new PostgresOptions { SlotPatience = TimeSpan.FromSeconds(1) } };
        var (source, target) = (await hurried.MakeAsync(), await hurried.MakeAsync(2, hasRows: false));
        await using var longest = await Trial.BeginAsync(source, SessionScope.Whole);
        await Trial.ExecuteAsync(longest, "UPDATE customers SET name = 'x' WHERE id = 1");
        var process = await Trial.ScalarAsync(longest, "SELECT 'process ' || pg_backend_pid()");
        await using var transfer = Live(source, target);

        var refused = await Assert.ThrowsAsync<PartitionServerException>(() => transfer.PrepareAsync(CancellationToken.None).AsTask());

        Assert.Contains((string)process!, refused.Message, StringComparison.Ordinal);
        await transfer.DiscardAsync(CancellationToken.None);
        await longest.CommitAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_move_whose_stream_broke_is_undone_and_succeeds_the_next_time()
    {
        var (source, target) = await MakeNotesAsync();
        await using var broken = Live(source, target);
        await broken.PrepareAsync(CancellationToken.None);
        await broken.CopyAsync(null, CancellationToken.None);
        await broken.CatchUpAsync(CancellationToken.None);
        await using (var killer = await trial.ConnectAsync())
        {
            await Trial.ScalarAsync(
                killer, "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE database = current_database()");
        }

        await Assert.ThrowsAsync<PartitionServerException>(() => broken.CatchUpAsync(CancellationToken.None).AsTask());
        await broken.DiscardAsync(CancellationToken.None);
        await using var next = Live(source, target, new Ticket(200, 1), epoch: 9);
        await next.PrepareAsync(CancellationToken.None);
        await next.CopyAsync(null, CancellationToken.None);
        await FlipAsync(next, source, new Ticket(200, 1));

        await using var there = await trial.ConnectAsync(2);
        Assert.Equal(20L, await Trial.ScalarAsync(there, "SELECT count(*) FROM notes"));
    }

    internal static PostgresTransfer Live(PostgresPartition source, PostgresPartition target, Ticket? ticket = null, long epoch = 8)
    {
        var rows = new ShardRows(Trial.Customer(1), ShardScope.Whole, [], WithCore: true);
        return new PostgresTransfer(
            source, target, new TransferOrder(ticket ?? Trial.First, Trial.Unit(source), Trial.Unit(target, epoch: epoch), rows, rows, Live: true));
    }

    [Fact]
    public async Task Cleaning_a_large_unit_reads_each_of_its_rows_a_few_times_at_most_also_without_statistics()
    {
        const int rows = 50_000;
        var (source, target) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        await using var here = await trial.ConnectAsync();
        await Trial.ScalarAsync(here, "ALTER TABLE orders SET (autovacuum_enabled = off)");
        foreach (var region in new[] { "eu", "us" })
        {
            await Trial.RunAsync(
                source, SessionScope.Group, region, $"INSERT INTO orders SELECT 1, '{region}', 10 + n, 1 FROM generate_series(1, {rows / 2}) n");
        }

        await using var transfer = Live(source, target);
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);
        Assert.True(await source.FreezeAsync(Trial.First, [Trial.Unit(source)], Trial.Ample, CancellationToken.None));
        Assert.True(await transfer.ActivateAsync(Trial.Ample, CancellationToken.None));
        await transfer.RetireAsync(CancellationToken.None);
        var before = await ReadAsync();

        await transfer.CleanAsync(CancellationToken.None);

        Assert.Equal(0L, await Trial.ScalarAsync(here, "SELECT count(*) FROM orders"));
        var after = await ReadAsync();
        Assert.InRange(after - before, rows, 4 * rows);

        // Statistics are written down when a connection ends.
        async Task<decimal> ReadAsync()
        {
            const string others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
            do await Trial.ScalarAsync(here, $"SELECT count(pg_terminate_backend(pid)) {others}");
            while (await Trial.ScalarAsync(here, $"SELECT count(*) {others}") is not 0L);
            return (decimal)(await Trial.ScalarAsync(here, "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'orders'"))!;
        }
    }

    private static async Task FlipAsync(PostgresTransfer transfer, PostgresPartition source, Ticket? ticket = null)
    {
        Assert.True(await source.FreezeAsync(ticket ?? Trial.First, [Trial.Unit(source)], Trial.Ample, CancellationToken.None));
        Assert.True(await transfer.ActivateAsync(Trial.Ample, CancellationToken.None));
        await transfer.RetireAsync(CancellationToken.None);
        await transfer.CleanAsync(CancellationToken.None);
    }

    private async Task<(PostgresPartition Source, PostgresPartition Target)> MakeNotesAsync()
    {
        var source = await trial.MakeAsync(schema: Notes, ddl: NotesDdl);
        await Trial.RunAsync(source, SessionScope.Whole, null, """
            INSERT INTO customers VALUES (1, 'c1');
            INSERT INTO notes SELECT 1, i, (SELECT string_agg(md5(i::text || j), '') || repeat('x', 26000) FROM generate_series(1, 2000) j), 's', 'c' || i
                FROM generate_series(1, 20) i
            """);
        return (source, await trial.MakeAsync(2, hasRows: false, schema: Notes, ddl: NotesDdl));
    }
}
