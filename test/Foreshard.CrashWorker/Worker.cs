using Foreshard.Moving;
using Foreshard.Sessions;
using Foreshard.Sqlite;

namespace Foreshard.CrashWorker;

/// <summary>One life of the process: opens the store, runs clients and operations on it, and ends, or is killed.</summary>
internal static class Worker
{
    public const int Clients = 8;

    /// <summary>Written to the standard output once the store is open.</summary>
    public const string Ready = "ready";

    /// <summary>Lives shorter than this are too short to tell a leak from a beginning.</summary>
    private static readonly TimeSpan LongLife = TimeSpan.FromMinutes(2);

    /// <summary>Bytes by which what is in use may grow from the first fifth of a long life to its end: clients remember what they wrote.</summary>
    private const long GrowthMax = 64 << 20;

    public static async Task RunAsync(WorkerArguments arguments)
    {
        // Sessions on SQLite block their thread while they wait for the file: no client shall wait for a thread.
        ThreadPool.SetMinThreads(Clients + 4, Clients + 4);
        SqlitePartition.IsGuarded = !arguments.Unguarded;
        var death = new Death(arguments.DieAt, arguments.Nth);
        Action<string> reached = death.Reached;
        var options = Bank.Options(step => reached(step), arguments.Piloted);
        await using var store = await EntityStore.OpenAsync(arguments.Folder, Bank.Schema, options);
        await Console.Out.WriteLineAsync(Ready);
        if (arguments.Recover) return;

        using var journal = new Journal(arguments.Folder, $"{arguments.Run}-operations");
        var seeds = Enumerable.Range((arguments.Seed * 100) + 90, arguments.Piloted ? 0 : 2);
        var movers = seeds.Select(seed => new Restlessness(store, journal, new Random(seed))
        {
            // Who is to die while an operation is undone must see some undone.
            CancelOneIn = arguments.DieAt is MoveStep.Aborting or MoveStep.Thawed or MoveStep.Discarded ? 2 : 5,
        }).ToList();
        reached += step => movers.ForEach(mover => mover.Reached(step));
        var journals = Enumerable.Range(0, Clients).Select(number => new Journal(arguments.Folder, $"{arguments.Run}-{number}")).ToList();
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(arguments.Milliseconds), TimeProvider.System);
        await Task.WhenAll(
        [
            .. movers.Select(mover => Task.Run(() => mover.RunAsync(stop.Token))),
            .. journals.Select((own, number) => Task.Run(() => new Client(store, own, arguments, number).RunAsync(stop.Token))),
            WatchMemoryAsync(TimeSpan.FromMilliseconds(arguments.Milliseconds), journal, stop.Token),
        ]);
        journals.ForEach(own => own.Dispose());
        if (store.Autopilot.Status.LastError is { } error) journal.Write(Journal.Violation, $"autopilot: {error}");
    }

    private static async Task WatchMemoryAsync(TimeSpan life, Journal journal, CancellationToken stop)
    {
        if (life < LongLife) return;
        await Task.Delay(life / 5, TimeProvider.System, CancellationToken.None);
        var early = GC.GetTotalMemory(forceFullCollection: true);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        var late = GC.GetTotalMemory(forceFullCollection: true);
        await Console.Out.WriteLineAsync($"memory in use: {early >> 20} MB after a fifth of {life}, {late >> 20} MB at its end");
        if (late - early > GrowthMax) journal.Write(Journal.Violation, $"memory grew from {early} to {late} bytes in {life}");
    }
}
