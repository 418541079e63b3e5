using System.Diagnostics;

namespace Foreshard.Cli.Servers;

/// <summary>Ends the servers of a folder, and deletes it, if this process ends without having done so, however it ends.</summary>
internal sealed class ServerWatch : IAsyncDisposable
{
    /// <summary>The standard input ends with this process: a line before that means that nothing is left to be done.</summary>
    private const string Script = "read word; [ \"$word\" ] && exit; "
        + "for file in \"$1\"/*/etcd.pid \"$1\"/*/data/postmaster.pid; do kill -9 $(head -n 1 \"$file\") 2>/dev/null; done; rm -rf \"$1\"";

    private readonly Process watcher;

    public ServerWatch(string folder) => watcher = Process.Start(
        new ProcessStartInfo("sh", ["-c", Script, "sh", Path.GetFullPath(folder)]) { RedirectStandardInput = true, WorkingDirectory = Path.GetTempPath() })!;

    public async ValueTask DisposeAsync()
    {
        await watcher.StandardInput.WriteLineAsync("over");
        watcher.StandardInput.Close();
        await watcher.WaitForExitAsync();
        watcher.Dispose();
    }
}
