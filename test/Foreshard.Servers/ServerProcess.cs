using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Foreshard.Servers;

/// <summary>A server started for tests. It ends with them, also if they are killed.</summary>
public sealed class ServerProcess : IDisposable
{
    private const int Terminate = 15;
    private const int Stop = 19;
    private const int Continue = 18;

    private readonly StringBuilder log = new();
    private readonly Process process;

    private ServerProcess(Process process) => this.process = process;

    public int Id => process.Id;

    public bool HasEnded => process.HasExited;

    /// <summary>What it has printed.</summary>
    public string Log
    {
        get
        {
            lock (log) return log.ToString();
        }
    }

    /// <exception cref="InvalidOperationException">The program is not there.</exception>
    public static ServerProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = Watched(program, arguments);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var server = new ServerProcess(new Process { StartInfo = start });
        server.process.OutputDataReceived += server.OnLine;
        server.process.ErrorDataReceived += server.OnLine;
        server.process.Start();
        server.process.BeginOutputReadLine();
        server.process.BeginErrorReadLine();
        return server;
    }

    /// <summary>A program in a shell that watches the tests' process: kill -9 of that leaves nobody else to stop what it started.</summary>
    internal static ProcessStartInfo Watched(string program, IEnumerable<string> arguments)
    {
        var watch = $"(while kill -0 {Environment.ProcessId} 2>/dev/null && kill -0 $$ 2>/dev/null; do sleep 1; done; kill -9 $$ 2>/dev/null) "
            + "</dev/null >/dev/null 2>&1 & exec \"$0\" \"$@\"";
        return new ProcessStartInfo("/bin/sh", ["-c", watch, program, .. arguments]);
    }

    /// <summary>As a crash: nothing is written any more.</summary>
    public void Kill()
    {
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
    }

    /// <summary>Asks it to end, and kills it if it doesn't within 5 s.</summary>
    public void End()
    {
        if (!process.HasExited) Signal(process.Id, Terminate);
        if (!process.WaitForExit(TimeSpan.FromSeconds(5))) Kill();
    }

    /// <summary>Lets it hang: its connections stay open, nothing is answered.</summary>
    public void Pause() => Pause(process.Id);

    public void Resume() => Resume(process.Id);

    internal static void Pause(int process) => Signal(process, Stop);

    internal static void Resume(int process) => Signal(process, Continue);

    public void Dispose()
    {
        Kill();
        process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);

    private static void Signal(int process, int signal)
    {
        if (SendSignal(process, signal) != 0)
            throw new InvalidOperationException($"Signal {signal} can't be sent to process {process}: error {Marshal.GetLastPInvokeError()}.");
    }

    private void OnLine(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        lock (log) log.AppendLine(line.Data);
    }
}
