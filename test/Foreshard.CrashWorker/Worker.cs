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
        ]);
        journals.ForEach(own => own.Dispose());
        if (store.Autopilot.Status.LastError is { } error) journal.Write(Journal.Violation, $"autopilot: {error}");
    }
}
