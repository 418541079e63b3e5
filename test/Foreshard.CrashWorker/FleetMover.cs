using System.Globalization;
using Foreshard.Fleet;
using Foreshard.FleetClient;
using Foreshard.Sessions;

namespace Foreshard.CrashWorker;

/// <summary>A process that moves, splits and merges on a fleet, to be killed, stopped or deprived of its servers at a step.</summary>
/// <remarks>
/// Told by lines: <c>arm STEP NTH die|stop</c>; <c>go</c> begins; <c>hush</c> → <c>hushed</c> with no session open;
/// <c>continue</c> lets go who stands still; <c>rest</c> → <c>resting</c> once nothing is
/// under way. The end of the input ends the process.
/// </remarks>
internal static class FleetMover
{
    /// <summary>The first argument that makes a worker one of these.</summary>
    public const string Word = "fleet";

    public static async Task RunAsync(ClientArguments arguments)
    {
        // Who stands still at a step keeps its thread.
        ThreadPool.SetMinThreads(16, 16);
        using var trap = new Trap();
        var options = FleetBank.Options(arguments.Endpoints, arguments.Store);
        Action<string> reached = trap.Reached;
        options.StepReached = step => reached(step);
        var store = await EntityStore.OpenFleetAsync(options, FleetBank.Schema);
        using var operations = new HistoryFile(arguments.Histories, string.Create(CultureInfo.InvariantCulture, $"{arguments.Run}.mover"));
        using var notes = new HistoryFile(arguments.Histories, string.Create(CultureInfo.InvariantCulture, $"{arguments.Run}.core"));
        using var work = new FleetRestlessness(store, operations, notes, arguments.Run, trap);
        reached += work.Reached;
        var running = Task.CompletedTask;
        await Console.Out.WriteLineAsync(Load.Ready);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            switch (line.Split(' '))
            {
                case ["arm", var step, var nth, var effect]:
                    trap.Arm(step, int.Parse(nth, CultureInfo.InvariantCulture), effect);
                    break;
                case ["go"]:
                    running = work.RunAsync();
                    break;
                case ["hush"]:
                    await work.HushAsync();
                    await Console.Out.WriteLineAsync("hushed");
                    break;
                case ["continue"]:
                    work.Unhush();
                    trap.Continue();
                    break;
                default:
                    work.Rest();
                    await running;
                    await Console.Out.WriteLineAsync("resting");
                    break;
            }
        }

        // Whoever started this is gone, and nobody is left who could let go of what stands still.
        Environment.Exit(0);
    }
}
