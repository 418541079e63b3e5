using System.Diagnostics;
using Foreshard.Autopilot;
using Foreshard.CrashWorker;
using Foreshard.Sessions;

namespace Foreshard.Sqlite.Tests.Crash;

/// <summary>A store that worker processes are started on and killed on, again and again; deleted at the end.</summary>
internal sealed class CrashScene : IAsyncDisposable
{
    /// <summary>What a process that SIGKILL ended exits with.</summary>
    private const int Killed = 128 + 9;

    /// <summary>A worker that ends by itself does so long before this.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string folder;
    private readonly Random random;
    private readonly CrashCheck check;

    private CrashScene(string folder, int seed)
    {
        this.folder = folder;
        Seed = seed;
        random = new Random(seed);
        check = new CrashCheck(folder, History);
    }

    public int Seed { get; }

    public int Runs { get; private set; }

    public int Kills { get; private set; }

    public CrashHistory History { get; } = new();

    public static async Task<CrashScene> CreateAsync(int seed)
    {
        var folder = Path.Combine(Path.GetTempPath(), "foreshard-tests", Guid.NewGuid().ToString("N"));
        await using (await Bank.CreateAsync(folder)) return new CrashScene(folder, seed);
    }

    /// <summary>A worker that kills itself at a step; that it does is part of the test.</summary>
    public async Task DieAtAsync(string step)
    {
        var exit = await RunAsync(Arguments() with { DieAt = step, Nth = random.Next(1, 4), Milliseconds = 20_000 });
        Assert.True(exit == Killed, $"The worker did not die at {step}: exit code {exit}. Seed {Seed}, run {Runs}.");
        Kills++;
    }

    /// <summary>A worker that only recovers, and kills itself at the first step of that, if there is one to take.</summary>
    public async Task<bool> DieRecoveringAsync()
    {
        var exit = await RunAsync(Arguments() with { DieAt = WorkerArguments.AnyStep, Recover = true });
        Assert.True(exit is 0 or Killed, $"The recovery failed: exit code {exit}. Seed {Seed}, run {Runs}.");
        if (exit == Killed) Kills++;
        return exit == Killed;
    }

    /// <summary>A worker that is killed some time after it began: while it recovers, or while it works.</summary>
    public async Task DieAnyTimeAsync()
    {
        using var process = Start(Arguments() with { Milliseconds = 60_000 });
        var isReady = random.Next(6) > 0;
        if (isReady) await process.StandardOutput.ReadLineAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(isReady ? 400 : 200)), TimeProvider.System);
        process.Kill();
        Assert.Equal(Killed, await EndAsync(process));
        Kills++;
    }

    /// <summary>A worker whose autopilot is at work, killed some time after it began.</summary>
    public async Task DiePilotingAsync()
    {
        using var process = Start(Arguments() with { Milliseconds = 60_000, Piloted = true });
        await process.StandardOutput.ReadLineAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(random.Next(200, 1500)), TimeProvider.System);
        process.Kill();
        Assert.Equal(Killed, await EndAsync(process));
        Kills++;
    }

    /// <summary>What the autopilots of all lives decided.</summary>
    public async Task<IReadOnlyList<Decision>> DecisionsAsync()
    {
        await using var store = await EntityStore.OpenAsync(folder, Bank.Schema, Bank.Options());
        return await store.Autopilot.ReadDecisionsAsync();
    }

    /// <summary>A worker that works for a while and ends in order.</summary>
    public Task<int> LiveAsync(int milliseconds, bool unguarded = false, bool piloted = false) =>
        RunAsync(Arguments() with { Milliseconds = milliseconds, Unguarded = unguarded, Piloted = piloted });

    public Task<IReadOnlyList<string>> FindAsync() => check.FindAsync();

    public async Task AssertWholeAsync()
    {
        var findings = await FindAsync();
        if (findings.Count > 0) Assert.Fail($"Seed {Seed}, run {Runs}, after {Kills} kills:\n{string.Join('\n', findings.Take(20))}");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        if (Directory.Exists(Journal.FolderOf(folder))) Directory.Delete(Journal.FolderOf(folder), recursive: true);
        return ValueTask.CompletedTask;
    }

    private WorkerArguments Arguments() => new(folder, ++Runs, random.Next(1_000_000), Milliseconds: 0);

    private static async Task<int> RunAsync(WorkerArguments arguments)
    {
        using var process = Start(arguments);
        await process.StandardOutput.ReadToEndAsync();
        return await EndAsync(process);
    }

    private static Process Start(WorkerArguments arguments)
    {
        var worker = typeof(Worker).Assembly.Location;
        return Process.Start(new ProcessStartInfo("dotnet", [worker, .. arguments.ToWords()]) { RedirectStandardOutput = true })!;
    }

    private static async Task<int> EndAsync(Process process)
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience, TimeProvider.System);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }

        return process.ExitCode;
    }
}
