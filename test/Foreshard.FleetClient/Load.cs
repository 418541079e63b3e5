using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Foreshard.Fleet;
using Foreshard.Sessions;

namespace Foreshard.FleetClient;

/// <summary>A process of an application: clients that work without end, told by lines on the standard input when to rest.</summary>
/// <remarks>
/// <c>pause</c> → <c>paused</c> once nobody is at work; <c>go</c> → <c>going</c>; <c>touch</c> → <c>touched MILLISECONDS</c> once every group of every
/// bank, and the core rows of each, were written; <c>stop</c>, or the end of the input, ends the process.
/// </remarks>
public static class Load
{
    public const string Ready = "ready";

    /// <summary>A group that can't be written for so long is written about.</summary>
    private static readonly TimeSpan TouchLimit = TimeSpan.FromSeconds(80);

    private static readonly TimeSpan TouchPause = TimeSpan.FromMilliseconds(50);

    public static async Task RunAsync(ClientArguments arguments)
    {
        await using var store = await EntityStore.OpenFleetAsync(FleetBank.Options(arguments.Endpoints, arguments.Store), FleetBank.Schema);
        var turn = new Turn();
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, arguments.Clients).Select(number => Task.Run(() => WorkAsync(store, arguments, number, turn, stop.Token))).ToList();
        await Console.Out.WriteLineAsync(Ready);
        while (await Console.In.ReadLineAsync() is { } line and not "stop")
        {
            switch (line)
            {
                case "pause":
                    await turn.PauseAsync();
                    await Console.Out.WriteLineAsync("paused");
                    break;
                case "go":
                    turn.Go();
                    await Console.Out.WriteLineAsync("going");
                    break;
                default:
                    await Console.Out.WriteLineAsync(await TouchAsync(store, arguments));
                    break;
            }
        }

        turn.Go();
        await stop.CancelAsync();
        await Task.WhenAll(clients);
    }

    private static async Task WorkAsync(EntityStore store, ClientArguments arguments, int number, Turn turn, CancellationToken stop)
    {
        using var history = new HistoryFile(arguments.Histories, string.Create(CultureInfo.InvariantCulture, $"{arguments.Run}.{number}"));
        var random = new Random((arguments.Run * 100) + number);
        var client = new BankClient(store, history, random);
        while (!stop.IsCancellationRequested)
        {
            await turn.RunAsync(client.StepAsync);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(20)), TimeProvider.System, CancellationToken.None);
        }
    }

    private static int touches;

    /// <summary>Writes to everything once, however often it has to be tried.</summary>
    private static async Task<string> TouchAsync(EntityStore store, ClientArguments arguments)
    {
        var watch = Stopwatch.StartNew();
        var untouched = new ConcurrentBag<string>();
        var name = string.Create(CultureInfo.InvariantCulture, $"{arguments.Run}.touch{++touches}");
        await Task.WhenAll(FleetBank.Banks.Keys.Select(bank => Task.Run(async () =>
        {
            using var history = new HistoryFile(arguments.Histories, string.Create(CultureInfo.InvariantCulture, $"{name}.{bank}"));
            var client = new BankClient(store, history, new Random((arguments.Run * 100) + (int)bank));
            foreach (var region in FleetBank.Regions)
            {
                while (!await client.TransferAsync(bank, region) && watch.Elapsed < TouchLimit) await Task.Delay(TouchPause, TimeProvider.System);
            }

            while (!await client.NoteAsync(bank) && watch.Elapsed < TouchLimit) await Task.Delay(TouchPause, TimeProvider.System);
            if (watch.Elapsed >= TouchLimit) untouched.Add(bank.ToString(CultureInfo.InvariantCulture));
        })));
        return untouched.IsEmpty
            ? string.Create(CultureInfo.InvariantCulture, $"touched {watch.ElapsedMilliseconds}")
            : $"untouched {string.Join(", ", untouched)}";
    }

    /// <summary>Lets clients work, or none of them.</summary>
    private sealed class Turn
    {
        private readonly Lock guard = new();
        private TaskCompletionSource going = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int working;
        private bool isPaused = true;

        public async Task RunAsync(Func<Task> step)
        {
            while (true)
            {
                Task wait;
                lock (guard)
                {
                    if (!isPaused)
                    {
                        working++;
                        break;
                    }

                    wait = going.Task;
                }

                await wait;
            }

            try
            {
                await step();
            }
            finally
            {
                lock (guard)
                {
                    working--;
                    if (isPaused && working == 0) idle.TrySetResult();
                }
            }
        }

        public Task PauseAsync()
        {
            lock (guard)
            {
                if (isPaused) return idle.Task.IsCompleted || working > 0 ? idle.Task : Task.CompletedTask;
                isPaused = true;
                going = new(TaskCreationOptions.RunContinuationsAsynchronously);
                idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
                if (working == 0) idle.SetResult();
                return idle.Task;
            }
        }

        public void Go()
        {
            lock (guard)
            {
                isPaused = false;
                going.TrySetResult();
            }
        }

    }
}
