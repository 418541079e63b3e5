using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Cli.Commands;

/// <summary>A log that can be read twice: the standard input is kept in a temporary file meanwhile.</summary>
internal sealed class RereadableLog : IDisposable
{
    private readonly string path;
    private readonly FileStream? kept;

    private RereadableLog(string path, FileStream? kept)
    {
        this.path = path;
        this.kept = kept;
    }

    public static RereadableLog Of(string path, CancellationToken cancellationToken)
    {
        if (path != "-") return new RereadableLog(path, null);
        var kept = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.DeleteOnClose,
            });
        try
        {
            using var input = Console.OpenStandardInput();
            var buffer = new byte[1 << 16];
            for (int read; (read = input.Read(buffer)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                kept.Write(buffer, 0, read);
            }

            kept.Flush();
            return new RereadableLog(path, kept);
        }
        catch
        {
            kept.Dispose();
            throw;
        }
    }

    /// <summary>From the beginning.</summary>
    public LogLines Open() => kept is null
        ? LogLines.Open(path)
        : LogLines.Open(path, new FileStream(kept.Name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    public void Dispose() => kept?.Dispose();
}
