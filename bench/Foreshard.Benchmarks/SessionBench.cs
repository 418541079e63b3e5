using System.Data.Common;
using Foreshard.Autopilot;
using Foreshard.Sessions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Benchmarks;

/// <summary>A session against the same transaction on the bare driver: same file settings, connections kept open, one writer at a time.</summary>
internal static class SessionBench
{
    private const int Accounts = 1000;
    private const int Rounds = 11;

    private static readonly (string Name, bool Writes, string[] Sql)[] Work =
    [
        ("point-read", false, ["SELECT name FROM accounts WHERE id = $id"]),
        ("update", true, ["UPDATE accounts SET balance = balance + 1 WHERE id = $id"]),
        ("three", true,
        [
            "SELECT balance FROM accounts WHERE id = $id",
            "UPDATE accounts SET balance = balance + 1 WHERE id = $id",
            "SELECT balance FROM accounts WHERE id = $id",
        ]),
    ];

    /// <summary>Sessions with an autopilot that looks and plans every second (by default every five minutes), against the same without.</summary>
    public static void Autopilot()
    {
        using var off = new BenchStore(2);
        using var on = new BenchStore(2, options => options.Autopilot = new AutopilotOptions
        {
            Mode = AutopilotMode.Act,
            Interval = TimeSpan.FromSeconds(1),
            PlanEvery = TimeSpan.FromSeconds(1),
            SizesEvery = TimeSpan.FromMinutes(1),
            AssumedCapacity = 1e6,
        });
        Fill(off);
        Fill(on);
        Bars.Say($"{Accounts} accounts, two partitions; overhead = 1 - throughput with the autopilot (interval 1 s) / throughput without");
        Bars.Say($"{"work",-12} {"threads",7} {"without µs",10} {"with µs",10} {"overhead",9}");
        var all = new List<double>();
        foreach (var (name, writes, sql) in Work)
        {
            foreach (var threads in new[] { 1, 8 })
            {
                var operations = (writes ? 3_000 : 20_000) / threads * threads;
                var times = Bars.Measure(
                    Rounds,
                    operations,
                    () => RunSessions(off.Store, threads, operations, writes, sql),
                    () => RunSessions(on.Store, threads, operations, writes, sql));
                var overhead = 1 - Bars.Median(times[0].Zip(times[1], (without, with) => without / with));
                all.Add(overhead);
                Bars.Say($"{name,-12} {threads,7} {Bars.Median(times[0]) / 1000,10:0.00} {Bars.Median(times[1]) / 1000,10:0.00} {overhead,9:0.000}");
            }
        }

        var status = on.Store.Autopilot.Status;
        Bars.Say($"autopilot: {status.Entities} entities profiled, last plan {status.PlannedAt:HH:mm:ss}, last error: {status.LastError ?? "none"}");
        Bars.Print("autopilot-overhead", all.Average(), 0.03);
    }

    public static void Run()
    {
        using var bench = new BenchStore(1);
        Fill(bench);
        Bars.Say($"{Accounts} accounts, one partition; connections open; ratio = throughput of sessions / throughput of the bare driver");
        Bars.Say($"{"work",-12} {"threads",7} {"bare µs",10} {"session µs",10} {"ratio",7}");
        foreach (var (name, writes, sql) in Work)
        {
            foreach (var threads in new[] { 1, 8 })
            {
                var operations = (writes ? 3_000 : 20_000) / threads * threads;
                using var bare = new BareDriver(bench, threads);
                var times = Bars.Measure(
                    Rounds,
                    operations,
                    () => bare.Run(threads, operations, writes, sql),
                    () => RunSessions(bench.Store, threads, operations, writes, sql));
                var ratio = Bars.Median(times[0].Zip(times[1], (bareTime, sessionTime) => bareTime / sessionTime));
                Bars.Say($"{name,-12} {threads,7} {Bars.Median(times[0]) / 1000,10:0.00} {Bars.Median(times[1]) / 1000,10:0.00} {ratio,7:0.000}");
                Bars.PrintAtLeast($"session-sqlite-{name}-{threads}", ratio, 0.95);
            }
        }
    }

    private static void Fill(BenchStore bench)
    {
        using var bare = bench.OpenBare("bare.db");
        using var transaction = bare.BeginTransaction();
        for (var id = 1; id <= Accounts; id++)
        {
            var sql = $"INSERT INTO accounts (id, name) VALUES ({id}, 'account {id}')";
            BenchStore.Execute(bare, transaction, sql);
            bench.Store.ExecuteAsync(BenchStore.Account(id), default, sql).GetAwaiter().GetResult();
        }

        transaction.Commit();
    }

    private static void RunSessions(EntityStore store, int threads, int operations, bool writes, string[] sql) =>
        Task.WaitAll([.. Enumerable.Range(0, threads).Select(thread => Task.Run(async () =>
        {
            var options = writes ? null : SessionOptions.Read;
            for (var i = thread; i < operations; i += threads)
            {
                var id = (i % Accounts) + 1;
                await using var session = await store.BeginAsync(BenchStore.Account(id), default, options);
                foreach (var statement in sql) Statement(session.Connection, session.Transaction, statement, id);
                await session.CommitAsync();
            }
        }))]);

    private static void Statement(DbConnection connection, DbTransaction transaction, string sql, long id)
    {
        using var command = ((SqliteConnection)connection).CreateCommand();
        command.CommandText = sql;
        command.Transaction = (SqliteTransaction)transaction;
        command.Parameters.AddWithValue("$id", id);
        command.ExecuteScalar();
    }

    /// <summary>What a careful application does by hand: a connection per thread for reading, one for writing behind a queue.</summary>
    private sealed class BareDriver(BenchStore bench, int threads) : IDisposable
    {
        private readonly SqliteConnection[] readers = [.. Enumerable.Range(0, threads).Select(_ => bench.OpenBare("bare.db"))];
        private readonly SqliteConnection writer = bench.OpenBare("bare.db");
        private readonly SemaphoreSlim queue = new(1, 1);

        public void Run(int threads, int operations, bool writes, string[] sql) =>
            Task.WaitAll([.. Enumerable.Range(0, threads).Select(thread => Task.Run(async () =>
            {
                for (var i = thread; i < operations; i += threads)
                {
                    var id = (i % Accounts) + 1;
                    if (!writes) Transact(readers[thread], true, sql, id);
                    else
                    {
                        await queue.WaitAsync();
                        try
                        {
                            Transact(writer, false, sql, id);
                        }
                        finally
                        {
                            queue.Release();
                        }
                    }
                }
            }))]);

        public void Dispose()
        {
            foreach (var reader in readers) reader.Dispose();
            writer.Dispose();
            queue.Dispose();
        }

        private static void Transact(SqliteConnection connection, bool deferred, string[] sql, long id)
        {
            using var transaction = connection.BeginTransaction(deferred);
            foreach (var statement in sql) Statement(connection, transaction, statement, id);
            transaction.Commit();
        }
    }
}
