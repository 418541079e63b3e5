using System.Data;
using System.Diagnostics;
using System.Globalization;
using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql.Tests;

[Trait("Category", "Slow")]
public sealed class GuardTests : IAsyncDisposable
{
    private static readonly string Lock = string.Create(CultureInfo.InvariantCulture, $"pg_advisory_xact_lock_shared({PartitionTables.LockNamespace}, 5)");

    private readonly Trial trial = new();

    public ValueTask DisposeAsync() => trial.DisposeAsync();

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task A_session_that_waited_behind_a_freeze_sees_that_the_unit_left(IsolationLevel isolation)
    {
        var partition = await trial.MakeAsync();
        Assert.True(await partition.FreezeAsync(Trial.First, [Trial.Unit(partition)], Trial.Ample, CancellationToken.None));
        var waiting = partition.AdmitAsync(Trial.Ask(partition, SessionScope.Whole, isolation: isolation), CancellationToken.None).AsTask();
        await WaitUntilBlockedAsync();

        await partition.RetireAsync(Trial.First, [Trial.Unit(partition)], [], CancellationToken.None);

        Assert.Equal(RefusalKind.Stale, (await waiting).Refusal);
    }

    [Fact]
    public async Task Lock_and_owner_row_in_one_statement_would_show_the_unit_as_it_was_before_the_wait()
    {
        var partition = await trial.MakeAsync();
        Assert.True(await partition.FreezeAsync(Trial.First, [Trial.Unit(partition)], Trial.Ample, CancellationToken.None));
        await using var naive = await trial.ConnectAsync();
        var waiting = Trial.ScalarAsync(naive, $"SELECT state FROM foreshard.owner, (SELECT {Lock}) l WHERE unit = 5");
        await WaitUntilBlockedAsync();

        await partition.RetireAsync(Trial.First, [Trial.Unit(partition)], [], CancellationToken.None);

        Assert.Equal((short)OwnerState.Frozen, await waiting);
        Assert.Equal((short)OwnerState.Moved, await Trial.ScalarAsync(naive, "SELECT state FROM foreshard.owner WHERE unit = 5"));
    }

    [Theory]
    [InlineData("REPEATABLE READ")]
    [InlineData("SERIALIZABLE")]
    public async Task A_snapshot_from_before_a_freeze_is_refused_although_it_shows_the_unit_active(string isolation)
    {
        var partition = await trial.MakeAsync();
        await using var old = await trial.ConnectAsync();
        await Trial.ScalarAsync(old, $"BEGIN ISOLATION LEVEL {isolation}; SELECT count(*) FROM orders");
        Assert.True(await partition.FreezeAsync(Trial.First, [Trial.Unit(partition)], Trial.Ample, CancellationToken.None));
        await partition.RetireAsync(Trial.First, [Trial.Unit(partition)], [], CancellationToken.None);

        // The owner row and even a lock on its key look fine.
        Assert.Equal((short)OwnerState.Active, await Trial.ScalarAsync(old, "SELECT state FROM foreshard.owner WHERE unit = 5"));
        var refused = await Assert.ThrowsAsync<PostgresException>(
            () => Trial.ScalarAsync(old, "SELECT foreshard.admit(5, 7, 1000, false, 'whole:customer', '1', NULL, NULL, NULL, NULL, '{}', '{}')"));

        Assert.Equal(PostgresErrorCodes.SerializationFailure, refused.SqlState);
    }

    [Theory]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task A_freeze_that_was_rolled_back_does_not_keep_snapshots_out_for_good(IsolationLevel isolation)
    {
        var partition = await trial.MakeAsync();
        await using (var dead = await trial.ConnectAsync()) await Trial.ScalarAsync(dead, "BEGIN; SELECT foreshard.raise_generation(); ROLLBACK");

        await using var session = await Trial.BeginAsync(partition, isolation: isolation);

        Assert.Equal(4L, await Trial.ScalarAsync(session, "SELECT count(*) FROM orders WHERE customer_id = 1"));
    }

    [Fact]
    public async Task Nobody_waits_long_behind_a_freeze_that_waits_for_a_long_session()
    {
        var partition = await trial.MakeAsync();
        await using var longest = await Trial.BeginAsync(partition);
        var freeze = partition.FreezeAsync(Trial.First, [Trial.Unit(partition)], TimeSpan.FromSeconds(2), CancellationToken.None).AsTask();
        var waits = new List<TimeSpan>();
        while (!freeze.IsCompleted)
        {
            var began = Stopwatch.GetTimestamp();
            await using (var session = await Trial.BeginAsync(partition)) waits.Add(Stopwatch.GetElapsedTime(began));
        }

        Assert.False(await freeze);
        Assert.InRange(waits.Max(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.True(waits.Count > 5);
    }

    [Fact]
    public async Task A_session_that_rolls_back_to_a_savepoint_keeps_its_unit()
    {
        var partition = await trial.MakeAsync();
        await using var session = await Trial.BeginAsync(partition, SessionScope.Whole);
        await Trial.ExecuteAsync(session, "SAVEPOINT a; UPDATE customers SET name = 'x' WHERE id = 1; ROLLBACK TO a");

        Assert.False(await partition.FreezeAsync(Trial.First, [Trial.Unit(partition)], Trial.Soon, CancellationToken.None));

        // A lock that is taken after the savepoint goes with it: why the guard comes first.
        await using var late = await trial.ConnectAsync();
        await Trial.ScalarAsync(late, $"BEGIN; SAVEPOINT a; SELECT pg_advisory_xact_lock_shared({PartitionTables.LockNamespace}, 6); ROLLBACK TO a");
        Assert.True(await partition.FreezeAsync(Trial.First, [Trial.Unit(partition, 6)], Trial.Ample, CancellationToken.None));
    }

    [Fact]
    public async Task A_prepared_transaction_is_named_as_what_keeps_a_unit()
    {
        var (source, target) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        await using (var session = await Trial.BeginAsync(source, SessionScope.Whole))
            await Trial.ExecuteAsync(session, "UPDATE customers SET name = 'x' WHERE id = 1; PREPARE TRANSACTION 'in doubt'");

        Assert.False(await source.FreezeAsync(Trial.First, [Trial.Unit(source)], Trial.Soon, CancellationToken.None));
        await using var transfer = Trial.Transfer(source, target);
        var refused = await Assert.ThrowsAsync<PartitionServerException>(() => transfer.PrepareAsync(CancellationToken.None).AsTask());

        Assert.Contains("'in doubt'", refused.Message, StringComparison.Ordinal);
        await using var decide = await trial.ConnectAsync();
        await Trial.ScalarAsync(decide, "ROLLBACK PREPARED 'in doubt'");
        await transfer.PrepareAsync(CancellationToken.None);
        Assert.True(await source.FreezeAsync(Trial.First, [Trial.Unit(source)], Trial.Ample, CancellationToken.None));
    }

    [Fact]
    public async Task A_session_whose_statement_ended_its_transaction_writes_nothing_more_and_does_not_commit()
    {
        var partition = await trial.MakeAsync();
        await using var session = await Trial.BeginAsync(partition, SessionScope.Whole);
        await Trial.ExecuteAsync(session, "COMMIT");

        var refused = await Assert.ThrowsAsync<PostgresException>(
            () => Trial.ScalarAsync((NpgsqlConnection)session.Connection, "UPDATE customers SET name = 'x' WHERE id = 1"));
        Assert.Equal(GuardErrors.Scope, refused.SqlState);
        var ended = await Assert.ThrowsAsync<PostgresException>(() => session.CommitAsync(CancellationToken.None).AsTask());
        Assert.Equal(GuardErrors.Ended, ended.SqlState);
    }

    [Fact]
    public async Task A_connection_without_a_session_writes_nothing_unless_it_says_that_it_mends()
    {
        await trial.MakeAsync();
        await using var bare = await trial.ConnectAsync();

        var refused = await Assert.ThrowsAsync<PostgresException>(() => Trial.ScalarAsync(bare, "DELETE FROM orders"));
        await Trial.ScalarAsync(bare, "BEGIN; SET LOCAL foreshard.scope = 'maintenance'; DELETE FROM orders WHERE id = 2; COMMIT");

        Assert.Equal(GuardErrors.Scope, refused.SqlState);
        Assert.Equal(2L, await Trial.ScalarAsync(bare, "SELECT count(*) FROM orders"));
    }

    [Theory]
    [InlineData(SessionScope.Whole, null, "TRUNCATE orders")]
    [InlineData(SessionScope.Group, "eu", "TRUNCATE orders")]
    [InlineData(SessionScope.Whole, null, "DELETE FROM foreshard.owner")]
    internal async Task Even_who_owns_the_tables_can_neither_empty_them_nor_write_owner_rows_in_a_session(SessionScope scope, string? region, string sql)
    {
        var partition = await trial.MakeAsync();
        await using var session = await Trial.BeginAsync(partition, scope, region);

        await Assert.ThrowsAsync<PostgresException>(() => Trial.ExecuteAsync(session, sql));
        Assert.NotNull(session.ScopeViolation);
    }

    [Fact]
    public async Task A_read_only_session_sees_one_moment_and_a_writing_one_what_others_commit()
    {
        var partition = await trial.MakeAsync();
        await using var reader = await Trial.BeginAsync(partition);
        await using var writer = await Trial.BeginAsync(partition, SessionScope.Group, "us");
        const string Total = "SELECT sum(total) FROM orders WHERE customer_id = 1 AND region = 'eu'";
        Assert.Equal(30m, await Trial.ScalarAsync(reader, Total));

        await Trial.RunAsync(partition, SessionScope.Group, "eu", "UPDATE orders SET total = 100 WHERE customer_id = 1 AND region = 'eu'");

        Assert.Equal(30m, await Trial.ScalarAsync(reader, Total));
        Assert.Equal(200m, await Trial.ScalarAsync(writer, Total));
    }

    [Fact]
    public async Task What_a_session_did_is_counted_in_rows()
    {
        var partition = await trial.MakeAsync();
        for (var round = 0; round < 3; round++)
        {
            await using var session = await Trial.BeginAsync(partition, SessionScope.Group, "eu");
            await Trial.ScalarAsync(session, "SELECT count(*) FROM orders WHERE customer_id = 1 AND total > 0");
            await Trial.ExecuteAsync(session, "UPDATE orders SET total = 1 WHERE customer_id = 1 AND region = 'eu'");
            await session.CommitAsync(CancellationToken.None);

            Assert.Equal(2, session.Usage.Writes);
            Assert.InRange(session.Usage.Reads, 4, 12);
            Assert.InRange(session.Usage.Cost, 5, 6);
        }
    }

    [Theory]
    [InlineData("enable_indexscan = off; SET LOCAL enable_bitmapscan = off")]
    [InlineData("enable_seqscan = off; SET LOCAL enable_bitmapscan = off")]
    [InlineData("enable_seqscan = off; SET LOCAL enable_indexscan = off")]
    public async Task Rows_are_counted_whichever_way_they_are_found(string plan)
    {
        var partition = await trial.MakeAsync();
        await using var session = await Trial.BeginAsync(partition);
        await Trial.ExecuteAsync(session, $"SET LOCAL {plan}");
        await Trial.ScalarAsync(session, "SELECT sum(total) FROM orders WHERE customer_id = 1 AND region = 'eu'");
        await session.CommitAsync(CancellationToken.None);

        Assert.InRange(session.Usage.Reads, 2, 4);
    }

    /// <summary>Until somebody waits for an advisory lock.</summary>
    private async Task WaitUntilBlockedAsync()
    {
        await using var connection = await trial.ConnectAsync();
        const string waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND " + Trial.IsOfThisDatabase + " LIMIT 1";
        while (await Trial.ScalarAsync(connection, waiting) is null) await Task.Delay(5);
    }
}
