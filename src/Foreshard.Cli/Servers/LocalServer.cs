using System.Diagnostics;
using System.Globalization;

namespace Foreshard.Cli.Servers;

/// <summary>A server of a local fleet, which goes on running when the command that started it is over.</summary>
/// <param name="name">Its name in the fleet, and of its folder.</param>
/// <param name="folder">A folder of its own.</param>
/// <param name="port">Where it listens on 127.0.0.1.</param>
internal abstract class LocalServer(string name, string folder, int port)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public string Name => name;

    public string Folder => folder;

    public int Port => port;

    /// <summary>What kind of server: <c>etcd</c> or <c>PostgreSQL</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>Where clients connect.</summary>
    public abstract string Address { get; }

    /// <summary>The process, while it runs; null if it doesn't.</summary>
    public int? ProcessId => RecordedProcess() is { } id && IsOurs(id) ? id : null;

    /// <summary>Bytes of its files; null before it was made.</summary>
    public long? DataBytes => Directory.Exists(folder) ? SizeOf(new DirectoryInfo(folder)) : null;

    /// <summary>Makes its files, if they aren't there.</summary>
    /// <exception cref="LocalServerException">They can't be made.</exception>
    public abstract Task MakeAsync(CancellationToken cancellationToken);

    /// <summary>Starts it on its files. It may not be ready when this returns.</summary>
    /// <exception cref="LocalServerException">The program isn't there, or the port is somebody else's.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (await LoopbackPorts.IsOpenAsync(port, cancellationToken))
        {
            throw new LocalServerException(
                $"{Kind} '{name}' can't be started: another process listens on its port {Number(port)}. Its data is as it was. End that process, then "
                + "'foreshard fleet up' again; the port can't change, since the other servers and the mapping table know it.");
        }

        try
        {
            await LaunchAsync(cancellationToken);
        }
        catch (LocalServerException exception)
        {
            throw NotStarted(exception);
        }
    }

    /// <summary>Returns once it takes connections.</summary>
    /// <exception cref="LocalServerException">It ended, or didn't within a minute; with the end of its log.</exception>
    public async Task WaitAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        for (var began = time.GetTimestamp(); time.GetElapsedTime(began) < Patience && ProcessId is not null;)
        {
            if (await IsReadyAsync(cancellationToken)) return;
            await Task.Delay(Pause, time, cancellationToken);
        }

        throw NotStarted(null);
    }

    /// <summary>Stops it in good order, if it runs; its data stays.</summary>
    /// <exception cref="LocalServerException">It still runs after a minute.</exception>
    public async Task StopAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (ProcessId is not { } process) return;
        await ServerProgram.RunAsync(["kill", $"-{StopSignal}", Number(process)], cancellationToken);
        for (var began = time.GetTimestamp(); time.GetElapsedTime(began) < Patience; await Task.Delay(Pause, time, cancellationToken))
        {
            if (ProcessId is null) return;
        }

        throw new LocalServerException(
            $"{Kind} '{name}' was asked to stop and still runs as process {Number(process)}. Its data is not harmed; look at '{LogPath}'.");
    }

    protected abstract string LogPath { get; }

    /// <summary>What asks it to end in good order.</summary>
    protected abstract string StopSignal { get; }

    protected abstract Task LaunchAsync(CancellationToken cancellationToken);

    protected abstract Task<bool> IsReadyAsync(CancellationToken cancellationToken);

    /// <summary>The process that was last started, running or not; null if none was.</summary>
    protected abstract int? RecordedProcess();

    /// <summary>Makes the folder, which servers may write to.</summary>
    /// <exception cref="LocalServerException">It can't be made, or servers can't reach it.</exception>
    protected async Task MakeFolderAsync(CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LocalServerException(
                $"The folder '{folder}' of {Kind} '{name}' can't be made: {exception.Message} Name another one with --folder.", exception);
        }

        await ServerProgram.HandOverAsync(folder);
        try
        {
            await ServerProgram.RunAsync([.. ServerProgram.AsUser, "test", "-w", folder], cancellationToken);
        }
        catch (LocalServerException exception)
        {
            throw new LocalServerException(
                $"Servers don't run as root, and the user '{ServerProgram.User}', as whom they then run, can't reach the folder '{folder}'. "
                + $"Nothing was started. Name a folder that everybody may enter with --folder (one in {Path.GetTempPath()}, say), or run the command as an "
                + "ordinary user.", exception);
        }
    }

    protected static int? ReadProcess(string path) =>
        File.Exists(path) && int.TryParse(File.ReadLines(path).FirstOrDefault(), CultureInfo.InvariantCulture, out var id) ? id : null;

    /// <summary>Numbers of processes come again: only one that was told this folder is this server.</summary>
    private bool IsOurs(int id)
    {
        var commandLine = string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/cmdline");
        try
        {
            if (File.Exists(commandLine)) return File.ReadAllText(commandLine).Contains(folder, StringComparison.Ordinal);
            if (OperatingSystem.IsLinux()) return false;
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException)
        {
            return false;
        }
    }

    private LocalServerException NotStarted(Exception? inner) =>
        new($"{Kind} '{name}' did not start. Its data is as it was. The end of its log, '{LogPath}':\n{LogEnd()}", inner);

    private string LogEnd() => File.Exists(LogPath) ? string.Join('\n', File.ReadLines(LogPath).TakeLast(20)) : "(there is none)";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static long SizeOf(DirectoryInfo folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        var sum = 0L;
        foreach (var file in folder.EnumerateFiles("*", options))
        {
            try
            {
                sum += file.Length;
            }
            catch (FileNotFoundException)
            {
                // A running server has deleted it since.
            }
        }

        return sum;
    }
}
