using System.Diagnostics;

namespace Foreshard.Servers;

/// <summary>A process of a test's own that is told what to do by lines, and answers by lines. It ends with the tests, also if they are killed.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
public sealed class Companion : IDisposable
{
    /// <summary>What a process that SIGKILL ended exits with.</summary>
    private const int Killed = 128 + 9;

    private readonly Process process;
    private readonly string name;

    private Companion(Process process, string name)
    {
        this.process = process;
        this.name = name;
    }

    /// <summary>A .NET program, by its assembly.</summary>
    public static Companion Start(System.Reflection.Assembly program, IEnumerable<string> arguments)
    {
        var start = ServerProcess.Watched("dotnet", [program.Location, .. arguments]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.Environment["DOTNET_TieredPGO"] = "0";
        return new Companion(Process.Start(start)!, program.GetName().Name!);
    }

    public void Say(string line) => process.StandardInput.WriteLine(line);

    /// <summary>Waits for the next line.</summary>
    /// <exception cref="InvalidOperationException">The process ended, or is silent.</exception>
    public async Task<string> HearAsync(TimeSpan patience)
    {
        try
        {
            return await process.StandardOutput.ReadLineAsync().WaitAsync(patience, TimeProvider.System)
                ?? throw new InvalidOperationException($"{name} (process {process.Id}) ended before it answered.");
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"{name} (process {process.Id}) has said nothing for {patience.TotalSeconds:0} s.");
        }
    }

    /// <summary>Says something and waits for the answer.</summary>
    public Task<string> AskAsync(string line, TimeSpan patience)
    {
        Say(line);
        return HearAsync(patience);
    }

    /// <summary>Waits until it has killed itself.</summary>
    /// <exception cref="InvalidOperationException">It has not, or ended otherwise.</exception>
    public async Task DieAsync(TimeSpan patience)
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(patience, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"{name} (process {process.Id}) has not died within {patience.TotalSeconds:0} s.");
        }

        if (process.ExitCode != Killed) throw new InvalidOperationException($"{name} ended with exit code {process.ExitCode} and was not killed.");
    }

    public void Kill()
    {
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
    }

    /// <summary>Lets it hang: its connections stay open, nothing is answered.</summary>
    public void Pause() => ServerProcess.Pause(process.Id);

    public void Resume() => ServerProcess.Resume(process.Id);

    public void Dispose()
    {
        Kill();
        process.Dispose();
    }
}
