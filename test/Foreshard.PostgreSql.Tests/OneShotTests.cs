using Foreshard.Partitions;
using Foreshard.Servers;
using Npgsql;

namespace Foreshard.PostgreSql.Tests;

/// <summary>Sessions that are sent whole, guard and statements and commit in one round trip: nothing that a begun session keeps is lost with it.</summary>
[Trait("Category", "Slow")]
public sealed class OneShotTests : IAsyncDisposable
{
    private readonly Trial trial = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => trial.DisposeAsync();

    [Fact]
    public async Task Statements_are_run_and_committed_and_their_rows_counted()
    {
        var partition = await trial.MakeAsync();

        var done = await SendAsync(
            partition, "eu", "INSERT INTO orders VALUES (1, 'eu', 3, 30), (1, 'eu', 4, 40)", "UPDATE orders SET total = total + 1 WHERE id = 3");

        Assert.Equal([2, 1], done!.Changed);
        Assert.Equal(3, done.Usage.Writes);
        Assert.Equal(31L, await OutsideAsync("SELECT total FROM orders WHERE id = 3"));
    }

    [Fact]
    public async Task Rows_are_read_and_counted()
    {
        var partition = await trial.MakeAsync();

        var read = await partition.TryRunAsync(
            Trial.Ask(partition),
            [
                new SqlStatement(
                    "SELECT id, total FROM orders WHERE customer_id = @c AND region = @r ORDER BY id",
                    new Dictionary<string, object?> { ["c"] = 1L, ["@r"] = "us" }),
            ],
            row => (row.GetInt64(0), row.GetInt64(1)),
            Stop);

        Assert.Equal([(1L, 10L), (2L, 20L)], read!.Rows);
        Assert.InRange(read.Usage.Reads, 2, 10);
        Assert.Equal(0, read.Usage.Writes);
    }

    [Fact]
    public async Task A_query_that_is_sent_again_and_again_is_counted_now_and_then_and_follows_what_it_reads()
    {
        const string Query = "SELECT sum(total) FROM orders WHERE customer_id = 1 AND region = 'eu'";
        var partition = await trial.MakeAsync();
        var usages = new List<SessionUsage>();
        for (var call = 0; call < 2 * CountedQueries.Every; call++)
        {
            if (call == 2) await Trial.RunAsync(partition, SessionScope.Group, "eu", "INSERT INTO orders SELECT 1, 'eu', n, 0 FROM generate_series(10, 109) n");
            usages.Add((await partition.TryRunAsync(Trial.Ask(partition), [new SqlStatement(Query)], row => row.GetDecimal(0), Stop))!.Usage);
        }

        Assert.All(usages, usage => Assert.Equal(0, usage.Writes));
        Assert.InRange(usages[0].Reads, 2, 10);
        Assert.Equal(usages[0], usages[CountedQueries.Every - 1]);
        Assert.InRange(usages[^1].Reads, 102, 220);
    }

    [Fact]
    public async Task A_unit_that_is_elsewhere_or_frozen_or_behind_refuses_at_once_and_nothing_is_run()
    {
        var partition = await trial.MakeAsync();
        var stale = Trial.Ask(partition, SessionScope.Whole);
        Assert.True(await partition.FreezeAsync(Trial.First, [Trial.Unit(partition)], Trial.Ample, Stop));
        Assert.Null(await SendAsync(partition, null, "UPDATE customers SET name = 'lost'"));

        await partition.ThawAsync(Trial.First, [Trial.Unit(partition)], Stop);
        await partition.MarkBehindAsync([Trial.Unit(partition)], Stop);
        Assert.Null(await SendAsync(partition, null, "UPDATE customers SET name = 'lost'"));

        Assert.True(await partition.FreezeAsync(Trial.First, [Trial.Unit(partition)], Trial.Ample, Stop));
        await partition.RetireAsync(Trial.First, [Trial.Unit(partition)], [], Stop);
        Assert.Null(await partition.TryRunAsync<int>(stale, [new SqlStatement("UPDATE customers SET name = 'lost'")], null, Stop));
        Assert.Equal("c1", await OutsideAsync("SELECT name FROM customers"));
    }

    [Theory]
    [InlineData("read committed")]
    [InlineData("repeatable read")]
    [InlineData("serializable")]
    public async Task A_unit_that_was_frozen_and_thawed_serves_whatever_isolation_the_database_prefers(string isolation)
    {
        var location = await PostgresDatabases.CreateAsync();
        await PostgresDatabases.ExecuteAsync(
            location, $"ALTER DATABASE {new NpgsqlConnectionStringBuilder(location).Database} SET default_transaction_isolation = '{isolation}'");
        var partition = await trial.MakeAsync(location: location);
        Assert.True(await partition.FreezeAsync(Trial.First, [Trial.Unit(partition)], Trial.Ample, Stop));
        await partition.ThawAsync(Trial.First, [Trial.Unit(partition)], Stop);

        Assert.Equal([1], (await SendAsync(partition, null, "UPDATE customers SET name = current_setting('transaction_isolation')"))!.Changed);
        Assert.Equal(isolation, await OutsideAsync("SELECT name FROM customers"));
    }

    [Fact]
    public async Task A_unit_stays_until_what_was_sent_is_committed()
    {
        var partition = await trial.MakeAsync();
        var sending = SendAsync(partition, null, "UPDATE customers SET name = pg_sleep(2)::text || 'late'");
        while (await OutsideAsync("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()") is 0L)
            await Task.Delay(10, Stop);

        Assert.False(await partition.FreezeAsync(Trial.First, [Trial.Unit(partition)], Trial.Soon, Stop));

        Assert.NotNull(await sending);
        Assert.True(await partition.FreezeAsync(Trial.First, [Trial.Unit(partition)], Trial.Ample, Stop));
        Assert.Equal("late", await OutsideAsync("SELECT name FROM customers"));
    }

    [Fact]
    public async Task A_statement_outside_of_its_session_is_refused_in_words_and_takes_the_others_with_it()
    {
        var partition = await trial.MakeAsync();

        var refused = await Assert.ThrowsAsync<SessionScopeException>(
            () => SendAsync(partition, "eu", "UPDATE orders SET total = 0 WHERE region = 'eu'", "UPDATE orders SET total = 0 WHERE region = 'us'"));
        var reading = await Assert.ThrowsAsync<SessionScopeException>(
            async () => await partition.TryRunAsync(Trial.Ask(partition), [new SqlStatement("DELETE FROM orders RETURNING id")], row => row.GetInt64(0), Stop));

        Assert.Contains("row of table orders", refused.Message, StringComparison.Ordinal);
        Assert.Contains("read-only session", reading.Message, StringComparison.Ordinal);
        Assert.Equal(60m, await OutsideAsync("SELECT sum(total) FROM orders"));
    }

    [Fact]
    public async Task What_fails_fails_whole_also_at_the_commit()
    {
        var partition = await trial.MakeAsync(
            ddl: Trial.Ddl.Replace("REFERENCES customers (id)", "REFERENCES customers (id) DEFERRABLE INITIALLY DEFERRED", StringComparison.Ordinal));

        var statement = await Assert.ThrowsAsync<PostgresException>(
            () => SendAsync(partition, "eu", "UPDATE orders SET total = 0 WHERE region = 'eu'", "INSERT INTO orders VALUES (1, 'eu', 1, 5)"));
        var commit = await Assert.ThrowsAsync<PostgresException>(() => SendAsync(partition, null, "DELETE FROM customers"));

        Assert.Equal(PostgresErrorCodes.UniqueViolation, statement.SqlState);
        Assert.Equal(PostgresErrorCodes.ForeignKeyViolation, commit.SqlState);
        Assert.Equal(60m, await OutsideAsync("SELECT sum(total) FROM orders"));
        Assert.Equal(1L, await OutsideAsync("SELECT count(*) FROM customers"));
    }

    [Theory]
    [InlineData("COMMIT")]
    [InlineData("SET work_mem = '64kB'")]
    [InlineData("CREATE TEMP TABLE t (a int)")]
    [InlineData("SELECT 1 AS a INTO TEMP t")]
    [InlineData("SELECT set_config('work_mem', '64kB', false)")]
    [InlineData("select pg_advisory_lock(7)")]
    [InlineData("/* a note */ SELECT 1")]
    [InlineData("(SELECT 1)")]
    [InlineData("")]
    public async Task What_may_leave_something_on_its_connection_is_for_a_begun_session(string sql)
    {
        var partition = await trial.MakeAsync();

        Assert.Null(await SendAsync(partition, null, sql));
        Assert.NotNull(await SendAsync(partition, null, " with a as (select 1) select * from a"));
    }

    [Fact]
    public async Task Several_statements_in_one_text_and_a_partition_that_nobody_reached_lately_are_for_a_begun_session()
    {
        var partition = await trial.MakeAsync();
        Assert.Null(await SendAsync(partition, null, "UPDATE customers SET name = 'a'; UPDATE customers SET name = 'b'"));
        Assert.NotNull(await SendAsync(partition, null, "UPDATE customers SET name = 'a' ; "));

        await Task.Delay(1100, Stop);

        Assert.Null(await SendAsync(partition, null, "UPDATE customers SET name = 'lost'"));
        Assert.Equal("a", await OutsideAsync("SELECT name FROM customers"));
    }

    [Fact]
    public async Task The_guard_is_prepared_on_each_connection_and_a_session_that_drops_it_harms_nobody()
    {
        const string Prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT foreshard.%'";
        var partition = await trial.MakeAsync();
        await using (var session = await Trial.BeginAsync(partition)) Assert.Equal(2L, await Trial.ScalarAsync(session, Prepared));
        await using (var session = await Trial.BeginAsync(partition)) await Trial.ExecuteAsync(session, "DEALLOCATE ALL");

        await using (var session = await Trial.BeginAsync(partition)) Assert.Equal("c1", await Trial.ScalarAsync(session, "SELECT name FROM customers"));
        Assert.NotNull(await SendAsync(partition, null, "UPDATE customers SET name = 'kept'"));
    }

    [Fact]
    public async Task A_connection_that_breaks_under_it_is_reported_as_done_or_not_done()
    {
        var partition = await trial.MakeAsync();
        await using var other = await trial.ConnectAsync();
        var sending = SendAsync(partition, null, "UPDATE customers SET name = pg_sleep(5)::text");
        const string Terminate =
            "SELECT bool_or(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
        while (!true.Equals(await Trial.ScalarAsync(other, Terminate))) await Task.Delay(10, Stop);

        var failed = await Record.ExceptionAsync(() => sending);

        Assert.True(failed is PostgresException { SqlState: PostgresErrorCodes.AdminShutdown } or PartitionServerException, failed?.ToString());
        Assert.Equal("c1", await OutsideAsync("SELECT name FROM customers"));
    }

    private static async Task<OneShot<int>?> SendAsync(PostgresPartition partition, string? region, params string[] statements)
    {
        var request = Trial.Ask(partition, region is null ? SessionScope.Whole : SessionScope.Group, region);
        return await partition.TryRunAsync<int>(request, [.. statements.Select(sql => new SqlStatement(sql))], null, Stop);
    }

    private async Task<object?> OutsideAsync(string sql)
    {
        await using var connection = await trial.ConnectAsync();
        return await Trial.ScalarAsync(connection, sql);
    }
}
