using System.Data;
using Foreshard.PostgreSql;
using Foreshard.Sessions;
using Npgsql;

namespace Foreshard.Benchmarks;

/// <summary>
/// Sessions on a partition of a fleet against the same on the bare driver: same server, pool settings, isolation and prepared statements, each operation with
/// a connection from the pool.
/// </summary>
internal static class PostgresSessionBench
{
    private const int Accounts = 1000;
    private const int Rounds = 11;
    private const double AddedTrip = 500_000; // ns

    private static readonly (string Name, bool Writes, string[] Sql)[] Work =
    [
        ("point-read", false, ["SELECT name FROM accounts WHERE id = @id"]),
        ("update", true, ["UPDATE accounts SET balance = balance + 1 WHERE id = @id"]),
        ("three", true,
        [
            "SELECT balance FROM accounts WHERE id = @id",
            "UPDATE accounts SET balance = balance + 1 WHERE id = @id",
            "SELECT name FROM accounts WHERE id = @id",
        ]),
    ];

    public static void Run() => RunAsync().GetAwaiter().GetResult();

    private static async Task RunAsync()
    {
        await using var fleet = await BenchFleet.StartAsync(1);
        await using var bare = NpgsqlDataSource.Create(await fleet.CreateBareAsync(0, "bare"));
        await FillAsync(fleet.Store, bare);
        Bars.Say($"{Accounts} accounts, one partition on loopback, commits synced; µs an operation; ratio = throughput of Foreshard / of the bare driver");
        Bars.Say($"+0.5 ms: the ratio that would be left if each round trip took 0.5 ms longer, from the round trips of both");
        Bars.Say($"{"work",-20} {"clients",7} {"trips",7} {"bare",8} {"session",8} {"ratio",7} {"+0.5 ms",8}");
        foreach (var clients in new[] { 1, 8 })
        {
            foreach (var (name, writes, sql) in Work)
            {
                if (sql.Length == 1)
                {
                    Compare(
                        $"one-shot-{name}",
                        clients,
                        writes,
                        (1, 1),
                        0.8,
                        id => AutocommitAsync(bare, sql[0], id),
                        id => OneShotAsync(fleet.Store, writes, sql[0], id));
                }

                Compare(
                    name,
                    clients,
                    writes,
                    (1 + sql.Length, 2 + sql.Length),
                    sql.Length == 1 ? 0.6 : 0.75,
                    id => BareAsync(bare, writes, sql, id),
                    id => SessionAsync(fleet.Store, writes, sql, id));
            }

            // Several statements in one round trip, as one transaction on either side.
            Compare("one-shot-batch", clients, writes: true, (1, 1), 0.8, id => BareBatchAsync(bare, id), id => BatchAsync(fleet.Store, id));
        }

        await StickyAsync(fleet, bare);
        await IdleAsync(fleet, bare);
    }

    private static void Compare(
        string name, int clients, bool writes, (int Bare, int Session) trips, double goal, Func<long, Task> bare, Func<long, Task> session)
    {
        var (ratio, bareTime, sessionTime) = Measure(clients, writes, bare, session);
        var slow = (bareTime + (trips.Bare * AddedTrip)) / (sessionTime + (trips.Session * AddedTrip));
        var shown = $"{trips.Bare}/{trips.Session}";
        Bars.Say($"{name,-20} {clients,7} {shown,7} {bareTime / 1000,8:0} {sessionTime / 1000,8:0} {ratio,7:0.00} {slow,8:0.00}");
        Bars.PrintAtLeast($"session-postgres-{name}-{clients}", ratio, goal);
    }

    /// <returns>Throughput of the second over the first; nanoseconds per operation of one client.</returns>
    private static (double Ratio, double First, double Second) Measure(int clients, bool writes, Func<long, Task> first, Func<long, Task> second)
    {
        var operations = writes ? 400 : 2000;
        var times = Bars.Measure(Rounds, operations / clients, () => RunClients(clients, operations, first), () => RunClients(clients, operations, second));
        return (Bars.Ratio(times[0], times[1]), Bars.Median(times[0]), Bars.Median(times[1]));
    }

    private static void RunClients(int clients, int operations, Func<long, Task> operation)
    {
        Task.WaitAll([.. Enumerable.Range(0, clients).Select(client => Task.Run(() => RunClientAsync(client)))]);

        async Task RunClientAsync(int client)
        {
            for (var i = client; i < operations; i += clients) await operation((i * 7 % Accounts) + 1);
        }
    }

    private static async Task FillAsync(EntityStore store, NpgsqlDataSource bare)
    {
        await using (var command = bare.CreateCommand($"INSERT INTO accounts (id, name) SELECT n, 'account ' || n FROM generate_series(1, {Accounts}) n"))
            await command.ExecuteNonQueryAsync();
        for (var id = 1; id <= Accounts; id++)
            await store.ExecuteAsync(BenchStore.Account(id), default, $"INSERT INTO accounts (id, name) VALUES ({id}, 'account {id}')");
    }

    private static async Task AutocommitAsync(NpgsqlDataSource bare, string sql, long id)
    {
        await using var connection = await bare.OpenConnectionAsync();
        await RunAsync(connection, null, sql, id);
    }

    private static async Task BareAsync(NpgsqlDataSource bare, bool writes, string[] sql, long id)
    {
        await using var connection = await bare.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(writes ? IsolationLevel.ReadCommitted : IsolationLevel.RepeatableRead);
        foreach (var statement in sql) await RunAsync(connection, transaction, statement, id);
        await transaction.CommitAsync();
    }

    private static async Task BareBatchAsync(NpgsqlDataSource bare, long id)
    {
        await using var batch = bare.CreateBatch();
        foreach (var statement in Work[2].Sql[..2]) batch.BatchCommands.Add(new NpgsqlBatchCommand(statement) { Parameters = { new("id", id) } });
        await batch.ExecuteNonQueryAsync();
    }

    private static Task OneShotAsync(EntityStore store, bool writes, string sql, long id)
    {
        var arguments = new Dictionary<string, object?> { ["id"] = id };
        return writes
            ? store.ExecuteAsync(BenchStore.Account(id), default, sql, arguments)
            : store.QueryAsync(BenchStore.Account(id), sql, row => row.GetValue(0), arguments);
    }

    private static Task<IReadOnlyList<int>> BatchAsync(EntityStore store, long id)
    {
        var arguments = new Dictionary<string, object?> { ["id"] = id };
        return store.ExecuteAsync(BenchStore.Account(id), default, [.. Work[2].Sql[..2].Select(statement => new SqlStatement(statement, arguments))]);
    }

    private static async Task SessionAsync(EntityStore store, bool writes, string[] sql, long id)
    {
        await using var session = await store.BeginAsync(BenchStore.Account(id), default, writes ? null : SessionOptions.Read);
        foreach (var statement in sql) await RunAsync((NpgsqlConnection)session.Connection, (NpgsqlTransaction)session.Transaction, statement, id);
        await session.CommitAsync();
    }

    private static async Task RunAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, string sql, long id)
    {
        await using var command = new NpgsqlCommand(sql, connection, transaction) { Parameters = { new("id", id) } };
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) _ = reader.GetValue(0);
    }

    /// <summary>
    /// An experiment: connections that keep the shared locks of all units for good, so that nothing can be frozen while they live and no guard is needed.
    /// Writing sessions would still have to name their entity to the triggers, with a statement of its own.
    /// </summary>
    private static async Task StickyAsync(BenchFleet fleet, NpgsqlDataSource bare)
    {
        var builder = new NpgsqlDataSourceBuilder(fleet.LocationOf(0) + ";No Reset On Close=true");
        builder.UsePhysicalConnectionInitializer(_ => { }, async connection =>
        {
            await using var command = new NpgsqlCommand(
                $"SELECT pg_advisory_lock_shared({PartitionTables.LockNamespace}, n) FROM generate_series(0, 63) n", connection);
            await command.ExecuteNonQueryAsync();
        });
        await using var sticky = builder.Build();
        Bars.Say($"experiment, sticky locks: no guard, and for writes a statement that names the entity");
        foreach (var clients in new[] { 1, 8 })
        {
            foreach (var (name, writes, sql) in Work)
            {
                var (ratio, bareTime, time) = Measure(clients, writes, id => BareAsync(bare, writes, sql, id), id => StickyAsync(sticky, writes, sql, id));
                Bars.Say($"{"sticky " + name,-20} {clients,7} {"",7} {bareTime / 1000,8:0} {time / 1000,8:0} {ratio,7:0.00}");
            }
        }
    }

    private static async Task StickyAsync(NpgsqlDataSource sticky, bool writes, string[] sql, long id)
    {
        await using var connection = await sticky.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync(writes ? IsolationLevel.ReadCommitted : IsolationLevel.RepeatableRead);
        if (writes)
        {
            await using var command = new NpgsqlCommand(
                "SELECT set_config('foreshard.scope', 'whole:account', true), set_config('foreshard.key', $1, true)", connection)
            {
                Parameters = { new NpgsqlParameter<string> { TypedValue = BenchStore.Account(id).KeyText() } },
            };
            await command.ExecuteNonQueryAsync();
        }

        foreach (var statement in sql) await RunAsync(connection, transaction, statement, id);
        await transaction.CommitAsync();
    }

    /// <summary>What a fleet costs that is open and asked for nothing: its keepers look at etcd and partitions now and then.</summary>
    private static async Task IdleAsync(BenchFleet fleet, NpgsqlDataSource bare)
    {
        var (with, without) = (new List<double>(), new List<double>());
        for (var round = 0; round < 11; round++)
        {
            with.Add(await ReadAsync());
            await fleet.CloseAsync();
            without.Add(await ReadAsync());
            await fleet.OpenAsync();
        }

        var cost = 1 - Bars.Ratio(without, with);
        Bars.Say($"bare point reads beside an idle fleet: {Bars.Median(with) / 1000:0.0} µs, without it {Bars.Median(without) / 1000:0.0} µs");
        Bars.Print("session-postgres-idle-cost", cost, 0.03);

        // What opening and closing leave to be done is over by then.
        async Task<double> ReadAsync()
        {
            await Task.Delay(TimeSpan.FromSeconds(2));
            return Bars.Measure(1, 4000, () => RunClients(1, 4000, id => AutocommitAsync(bare, Work[0].Sql[0], id)))[0][0];
        }
    }
}
