using System.Diagnostics;

namespace Foreshard.CrashWorker;

/// <summary>Kills the process, as the system would, when a step is reached for the nth time.</summary>
internal sealed class Death(string? dieAt, int nth)
{
    private int left = nth;

    public void Reached(string step)
    {
        if (dieAt is null || (dieAt != step && dieAt != WorkerArguments.AnyStep)) return;
        if (Interlocked.Decrement(ref left) != 0) return;
        using var self = Process.GetCurrentProcess();

        // SIGKILL: nothing is flushed, rolled back or disposed of.
        self.Kill();
    }
}
