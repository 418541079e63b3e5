using System.Diagnostics;

namespace Foreshard.CrashWorker;

/// <summary>Waits for a step to be reached for the nth time: kills the process there, or stops whoever reached it and says so.</summary>
internal sealed class Trap : IDisposable
{
    public const string Die = "die";
    public const string Stop = "stop";

    /// <summary>Said, with the step and the two partitions, once somebody stands still at a step.</summary>
    public const string Word = "reached";

    private readonly AsyncLocal<(string From, string To)> here = new();
    private readonly ManualResetEventSlim gate = new();
    private volatile string? step;
    private string what = Die;
    private int left;

    /// <summary>The step that is waited for; null: none.</summary>
    public string? Step => step;

    /// <summary>Between which partitions the caller's flow is at work.</summary>
    public void At(string from, string to) => here.Value = (from, to);

    public void Arm(string at, int nth, string effect)
    {
        gate.Reset();
        (left, what) = (nth, effect);
        step = at;
    }

    /// <summary>Lets go who stands still.</summary>
    public void Continue() => gate.Set();

    public void Reached(string reached)
    {
        if (reached != step || Interlocked.Decrement(ref left) != 0) return;
        if (what == Die)
        {
            using var self = Process.GetCurrentProcess();

            // SIGKILL: nothing is flushed, rolled back or disposed of.
            self.Kill();
        }

        step = null;
        Console.WriteLine($"{Word} {reached} {here.Value.From} {here.Value.To}");
        gate.Wait();
    }

    public void Dispose() => gate.Dispose();
}
