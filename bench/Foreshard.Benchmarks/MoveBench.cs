using System.Diagnostics;
using Foreshard.Moving;
using Foreshard.Sessions;

namespace Foreshard.Benchmarks;

/// <summary>
/// How fast a large entity moves, against one INSERT … SELECT over ATTACH per table; how long its clients wait at the flip; how many small
/// entities move in a second; and what a split entity gains from a second writer.
/// </summary>
internal static class MoveBench
{
    internal const string Copied = "accounts, orders and lines";

    /// <summary>1,000,001 rows of one entity, without load.</summary>
    public static void Speed()
    {
        const int rounds = 5;
        var clock = new Stopwatch();
        var reached = new Dictionary<string, double>();
        using var bench = new BenchStore(2, options => options.StepReached = step => reached[step] = clock.Elapsed.TotalSeconds);
        var account = BenchStore.Account(1);
        Fill(bench.Store, 1, orders: 250_000);
        var ratios = new List<double>();
        var wholes = new List<double>();
        Bars.Say($"one entity of 1,000,001 rows in {Copied}; seconds");
        Bars.Say($"{"round",6} {"attach",8} {"copied",8} {"verified",9} {"retired",8} {"clean",8} {"copy ratio",11}");
        for (var round = 0; round <= rounds; round++)
        {
            var from = bench.Store.Where(account).Shards[0].Partition;
            var to = from == "p1" ? "p2" : "p1";
            var bare = Attach(bench, bench.FileOf(from), $"attach-{round}.db");
            clock.Restart();
            bench.Store.MoveAsync(account, to).GetAwaiter().GetResult();
            var (copied, verified) = (reached[MoveStep.Copied], reached[MoveStep.Verified]);
            var (retired, cleaned) = (reached[MoveStep.Retired], reached[MoveStep.Cleaned]);
            Bars.Say($"{round,6} {bare,8:0.00} {copied,8:0.00} {verified,9:0.00} {retired,8:0.00} {cleaned,8:0.00} {bare / copied,11:0.00}");
            if (round == 0) continue;
            ratios.Add(bare / copied);
            wholes.Add(bare / cleaned);
        }

        Bars.Say($"seconds from the call until that step; every row is compared; the source is cleaned in small transactions; round 0 warms up");
        Bars.Say($"whole move, with verification and cleaning: {Bars.Median(wholes):0.00} of the speed of the bare copy alone");
        Bars.PrintAtLeast("move-sqlite", Bars.Median(ratios), 0.8);
    }

    /// <summary>Clients on the entity and beside it, while it moves back and forth.</summary>
    public static void Stall()
    {
        using var bench = new BenchStore(2);
        Fill(bench.Store, 1, orders: 25_000);
        for (var id = 2; id <= 9; id++) Fill(bench.Store, id, orders: 10);
        var (stalls, failed) = Stalls(bench.Store, moves: 100);
        Bars.Print("stall-sqlite-p99-ms", At(stalls, 0.99), 10);
        Bars.Print("stall-sqlite-failed", failed, 0);
    }

    /// <summary>Entities of 100 rows, one after the other and four at a time.</summary>
    public static void Small()
    {
        using var bench = new BenchStore(2);
        Bars.PrintAtLeast("small-moves-sqlite", Smalls(bench.Store, entities: 400), 200);
    }

    /// <summary>Moves account 1 to and fro under eight clients, half of them on it, on a store with accounts 1 to 9.</summary>
    /// <returns>The stalls in ms, ascending; transactions that failed.</returns>
    internal static (List<double> Stalls, int Failed) Stalls(EntityStore store, int moves)
    {
        var phase = new Phase();
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(client => Task.Run(() => RunClientAsync(store, client, phase, stop.Token))).ToArray();
        Thread.Sleep(1000);
        var stalls = new List<double>();
        for (var move = -5; move < moves; move++)
        {
            phase.Now = 1;
            var result = store.MoveAsync(BenchStore.Account(1), PlaceOf(store, 1) == "p1" ? "p2" : "p1", progress: progress =>
            {
                if (progress.State == OperationState.Freezing) phase.Now = 2;
                if (progress.State == OperationState.Cleaning) phase.Now = 1;
            }).GetAwaiter().GetResult();
            phase.Now = 0;
            if (move >= 0) stalls.Add(result.Stall.TotalMilliseconds);
            Thread.Sleep(100);
        }

        stop.Cancel();
        var failed = clients.Sum(client => client.GetAwaiter().GetResult());
        stalls.Sort();
        const string count = "SELECT count(*) FROM orders WHERE account_id = 1";
        var rows = (store.QueryAsync(BenchStore.Account(1), count, row => row.GetInt64(0)).GetAwaiter().GetResult()[0] * 4) + 1;
        Bars.Say($"8 clients, half of them on the entity of {rows} rows that moves {moves} times, after 5 to warm up; transaction = begin, update, commit; ms");
        Bars.Say($"{"phase",-10} {"count",8} {"p50",8} {"p99",8} {"max",8}");
        foreach (var (name, index) in new[] { ("quiet", 0), ("moving", 1), ("at flip", 2) })
        {
            var sorted = phase.Latencies[index].Order().ToList();
            Bars.Say($"{name,-10} {sorted.Count,8} {At(sorted, 0.5),8:0.00} {At(sorted, 0.99),8:0.00} {At(sorted, 1),8:0.00}");
        }

        Bars.Say($"failed transactions {failed}; stall lock to unlock p50 {At(stalls, 0.5):0.00} p99 {At(stalls, 0.99):0.00} max {At(stalls, 1):0.00}");
        return (stalls, failed);
    }

    /// <returns>Moves in a second, of entities of 101 rows.</returns>
    internal static double Smalls(EntityStore store, int entities)
    {
        for (var id = 1; id <= entities; id++)
        {
            Fill(store, id, orders: 25);
            store.IsolateAsync(BenchStore.Account(id)).GetAwaiter().GetResult();
        }

        var rates = new List<double>();
        foreach (var parallel in new[] { 1, 1, 4, 4 })
        {
            var clock = Stopwatch.StartNew();
            Parallel.ForEachAsync(
                Enumerable.Range(1, entities),
                new ParallelOptions { MaxDegreeOfParallelism = parallel },
                async (id, stop) => await store.MoveAsync(BenchStore.Account(id), PlaceOf(store, id) == "p1" ? "p2" : "p1", cancellationToken: stop))
                .GetAwaiter().GetResult();
            rates.Add(entities / clock.Elapsed.TotalSeconds);
            Bars.Say($"{entities} entities of 101 rows, {parallel} at a time: {rates[^1]:0} moves/s");
        }

        return rates.Max();
    }

    /// <summary>Two writers on a hot entity: in one file they take turns; split over two files they don't.</summary>
    public static void Writers()
    {
        using var bench = new BenchStore(2);
        var account = BenchStore.Account(1);
        Fill(bench.Store, 1, orders: 10);
        var next = 1_000_000L;
        var one = WriteFor(bench, ["eu", "us"], ref next);
        bench.Store.SplitAsync(account, SplitPoints.Segments(["us"])).GetAwaiter().GetResult();
        var home = bench.Store.Where(account).Shards[0].Partition;
        bench.Store.MoveAsync(account, home == "p1" ? "p2" : "p1", "us").GetAwaiter().GetResult();
        var two = WriteFor(bench, ["eu", "us"], ref next);
        Bars.Say($"two clients insert into two groups of one entity: {one:0} transactions/s in one file, {two:0} split over two: {two / one:0.00} times");
    }

    internal static void Fill(EntityStore store, long id, int orders)
    {
        store.ExecuteAsync(BenchStore.Account(id), default, $"INSERT INTO accounts (id, name) VALUES ({id}, 'account {id}')").GetAwaiter().GetResult();
        store.ExecuteAsync(BenchStore.Account(id), "eu", $"""
            WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {orders})
            INSERT INTO orders (account_id, region, id, total, note) SELECT {id}, 'eu', i, i * 7, 'a note of some forty characters, number ' || i FROM n;
            WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {orders})
            INSERT INTO lines SELECT {id}, 'eu', i, l.column1, 'item ' || i FROM n, (VALUES (1), (2), (3)) l
            """).GetAwaiter().GetResult();
    }

    internal static string PlaceOf(EntityStore store, long id) => store.Where(BenchStore.Account(id)).Shards[0].Partition;

    private static double Attach(BenchStore bench, string source, string name)
    {
        using var target = bench.OpenBare(name);
        BenchStore.Execute(target, null, $"PRAGMA foreign_keys = OFF; ATTACH DATABASE '{source}' AS src");
        var clock = Stopwatch.StartNew();
        foreach (var table in new[] { "accounts", "orders", "lines" })
            BenchStore.Execute(target, null, $"INSERT INTO main.{table} SELECT * FROM src.{table} WHERE {(table == "accounts" ? "id" : "account_id")} = 1");
        var elapsed = clock.Elapsed.TotalSeconds;
        BenchStore.Execute(target, null, "DETACH DATABASE src");
        target.Close();
        foreach (var file in Directory.EnumerateFiles(bench.Folder, name + "*")) File.Delete(file);
        return elapsed;
    }

    private static async Task<int> RunClientAsync(EntityStore store, int client, Phase phase, CancellationToken stop)
    {
        var id = client < 4 ? 1 : client;
        var failed = 0;
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var began = phase.Now;
            var start = Stopwatch.GetTimestamp();
            try
            {
                await using var session = await store.BeginAsync(BenchStore.Account(id), "eu", cancellationToken: CancellationToken.None);
                using var command = session.Connection.CreateCommand();
                command.Transaction = session.Transaction;
                command.CommandText = $"UPDATE orders SET total = total + 1 WHERE account_id = {id} AND region = 'eu' AND id = {(i % 10) + 1}";
                await command.ExecuteNonQueryAsync(CancellationToken.None);
                await session.CommitAsync(CancellationToken.None);
            }
            catch (ForeshardException)
            {
                failed++;
            }

            phase.Add(Math.Max(began, phase.Now), Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(1, CancellationToken.None);
        }

        return failed;
    }

    private static double WriteFor(BenchStore bench, string[] groups, ref long next)
    {
        var first = next;
        var clock = Stopwatch.StartNew();
        var counts = Task.WhenAll(groups.Select((group, index) => Task.Run(async () =>
        {
            var done = 0;
            for (var id = first + index; clock.Elapsed < TimeSpan.FromSeconds(4); id += groups.Length, done++)
            {
                await bench.Store.ExecuteAsync(BenchStore.Account(1), group, $"INSERT INTO orders VALUES (1, '{group}', {id}, 5, 'a note')");
            }

            return done;
        }))).GetAwaiter().GetResult();
        next += 10_000_000;
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }

    internal static double At(List<double> sorted, double share) =>
        sorted.Count == 0 ? 0 : sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))];

    private sealed class Phase
    {
        public volatile int Now;

        public List<double>[] Latencies { get; } = [[], [], []];

        public void Add(int phase, double milliseconds)
        {
            lock (Latencies) Latencies[phase].Add(milliseconds);
        }
    }
}
