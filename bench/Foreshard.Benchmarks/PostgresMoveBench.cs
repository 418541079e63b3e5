using System.Diagnostics;
using System.Globalization;
using Foreshard.Moving;
using Foreshard.Servers;
using Npgsql;

namespace Foreshard.Benchmarks;

/// <summary>Moves between PostgreSQL servers against what PostgreSQL itself offers for carrying the same rows, and their stalls and rates.</summary>
internal static class PostgresMoveBench
{
    private static readonly (string Table, string Key)[] Tables = [("accounts", "id"), ("orders", "account_id"), ("lines", "account_id")];

    private static readonly string[] FlipSteps = [MoveStep.Activated, MoveStep.Committed, MoveStep.Retired];

    public static void Speed() => SpeedAsync().GetAwaiter().GetResult();

    public static void Stall() => StallAsync().GetAwaiter().GetResult();

    public static void Small() => SmallAsync().GetAwaiter().GetResult();

    private static async Task SpeedAsync()
    {
        const int rounds = 3;
        var clock = new Stopwatch();
        var reached = new Dictionary<string, double>();
        await using var fleet = await BenchFleet.StartAsync(2, options => options.StepReached = step => reached[step] = clock.Elapsed.TotalSeconds);
        var account = BenchStore.Account(1);
        MoveBench.Fill(fleet.Store, 1, orders: 250_000);
        var (copies, wholes, subscriptions) = (new List<double>(), new List<double>(), new List<double>());
        Bars.Say($"one entity of 1,000,001 rows in {MoveBench.Copied}, two servers on loopback, commits synced, no load; seconds");
        Bars.Say($"{"round",6} {"psql|psql",10} {"subscribe",10} {"prepared",9} {"copied",8} {"verified",9} {"retired",8} {"clean",8} {"copy ratio",11}");
        for (var round = 0; round <= rounds; round++)
        {
            var from = MoveBench.PlaceOf(fleet.Store, 1) == "p1" ? 0 : 1;
            foreach (var server in fleet.Servers) await PostgresDatabases.ExecuteAsync(server.ConnectionString("postgres"), "CHECKPOINT");
            var piped = await PipedAsync(fleet, from);
            var subscribed = await SubscribedAsync(fleet, from);
            foreach (var server in fleet.Servers) await PostgresDatabases.ExecuteAsync(server.ConnectionString("postgres"), "CHECKPOINT");
            clock.Restart();
            await fleet.Store.MoveAsync(account, from == 0 ? "p2" : "p1");
            var (prepared, copied, verified) = (reached[MoveStep.Prepared], reached[MoveStep.Copied], reached[MoveStep.Verified]);
            var (retired, cleaned) = (reached[MoveStep.Retired], reached[MoveStep.Cleaned]);
            var ratio = piped / copied;
            Bars.Say(
                $"{round,6} {piped,10:F2} {subscribed,10:F2} {prepared,9:F2} {copied,8:F2} {verified,9:F2} {retired,8:F2} {cleaned,8:F2} {ratio,11:F2}");
            if (round == 0) continue;
            copies.Add(ratio);
            wholes.Add(piped / cleaned);
            subscriptions.Add(subscribed / copied);
        }

        Bars.Say($"seconds from the call until that step; every row is compared twice; the source is cleaned in small transactions; round 0 warms up");
        Bars.Say($"whole move, with verification and cleaning: {Bars.Median(wholes):0.00} of the speed of the bare copy alone");
        Bars.Say($"against CREATE SUBSCRIPTION until all its tables are ready: {Bars.Median(subscriptions):0.00} of its speed");
        Bars.PrintAtLeast("move-postgres", Bars.Median(copies), 0.8);
    }

    /// <summary>COPY piped into COPY, both binary, one table after the other, constraints and triggers off as for a move.</summary>
    private static async Task<double> PipedAsync(BenchFleet fleet, int from)
    {
        var target = await fleet.CreateBareAsync(1 - from, "piped");
        var clock = Stopwatch.StartNew();
        foreach (var (table, key) in Tables)
        {
            var script = string.Create(CultureInfo.InvariantCulture, $"""
                {Psql(fleet.LocationOf(from))} -c "COPY (SELECT * FROM {table} WHERE {key} = 1) TO STDOUT (FORMAT binary)" |
                PGOPTIONS="-c session_replication_role=replica" {Psql(target)} -c "COPY {table} FROM STDIN (FORMAT binary)"
                """);
            using var pipe = Process.Start(new ProcessStartInfo("bash", ["-o", "pipefail", "-ec", script.Replace("|\n", "| ", StringComparison.Ordinal)]))!;
            await pipe.WaitForExitAsync();
            if (pipe.ExitCode != 0) throw new InvalidOperationException($"psql | psql ended with {pipe.ExitCode}.");
        }

        return clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> SubscribedAsync(BenchFleet fleet, int from)
    {
        var target = await fleet.CreateBareAsync(1 - from, "subscribed");
        var source = fleet.Servers[from].ConnectionString("postgres");
        await PostgresDatabases.ExecuteAsync(source, "CREATE PUBLICATION bench FOR TABLE accounts, orders, lines");
        var port = fleet.Servers[from].Port;
        var conninfo = string.Create(CultureInfo.InvariantCulture, $"host=127.0.0.1 port={port} dbname=postgres user={PostgresServer.Superuser}");
        var clock = Stopwatch.StartNew();
        await PostgresDatabases.ExecuteAsync(target, $"CREATE SUBSCRIPTION bench CONNECTION '{conninfo}' PUBLICATION bench WITH (binary = true)");
        await using (var connection = new NpgsqlConnection(target + ";Pooling=false"))
        {
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_subscription_rel WHERE srsubstate NOT IN ('s', 'r')", connection);
            while ((long)(await command.ExecuteScalarAsync())! > 0) await Task.Delay(10);
        }

        var elapsed = clock.Elapsed.TotalSeconds;
        await PostgresDatabases.ExecuteAsync(target, "DROP SUBSCRIPTION bench");
        await PostgresDatabases.ExecuteAsync(source, "DROP PUBLICATION bench");
        await PostgresDatabases.ExecuteAsync(fleet.LocationOf(1 - from), "DROP DATABASE subscribed WITH (FORCE)");
        return elapsed;
    }

    private static string Psql(string location)
    {
        var at = new NpgsqlConnectionStringBuilder(location);
        return string.Create(CultureInfo.InvariantCulture, $"psql -X -q -v ON_ERROR_STOP=1 -h {at.Host} -p {at.Port} -U {at.Username} -d {at.Database}");
    }

    private static async Task StallAsync()
    {
        var phases = new List<(string Step, double At)>();
        await using var fleet = await BenchFleet.StartAsync(2, options => options.StepReached = step => phases.Add((step, Stopwatch.GetTimestamp())));
        MoveBench.Fill(fleet.Store, 1, orders: 5_000);
        for (var id = 2; id <= 9; id++) MoveBench.Fill(fleet.Store, id, orders: 10);
        Bars.Say($"two servers on loopback, commits synced");
        var (stalls, failed) = MoveBench.Stalls(fleet.Store, moves: 60);
        var shares = phases.Zip(phases.Skip(1)).Where(pair => FlipSteps.Contains(pair.Second.Step)).GroupBy(pair => pair.Second.Step)
            .Select(step => (step.Key, Times: step.Select(pair => (pair.Second.At - pair.First.At) * 1000 / Stopwatch.Frequency).Order().ToList()))
            .Select(step => $"{step.Key} {MoveBench.At(step.Times, 0.5):0.0}");
        Bars.Say($"of the stall, p50 of the time until each step from the one before: {string.Join(", ", shares)}");
        Bars.Print("stall-postgres-p50-ms", MoveBench.At(stalls, 0.5), 30);
        Bars.Print("stall-postgres-p99-ms", MoveBench.At(stalls, 0.99), 100);
        Bars.Print("stall-postgres-failed", failed, 0);
    }

    private static async Task SmallAsync()
    {
        await using var fleet = await BenchFleet.StartAsync(2);
        Bars.Say($"two servers on loopback, commits synced, one etcd node");
        Bars.PrintAtLeast("small-moves-postgres", MoveBench.Smalls(fleet.Store, entities: 200), 40);
    }
}
