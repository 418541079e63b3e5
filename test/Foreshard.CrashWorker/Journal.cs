using System.Text;

namespace Foreshard.CrashWorker;

/// <summary>
/// What one client meant to do and what the store acknowledged, a line each, handed to the operating system before the next statement:
/// killing the process takes none of it back.
/// </summary>
internal sealed class Journal : IDisposable
{
    public const char Intent = 'I';
    public const char Acknowledged = 'A';
    public const char Violation = 'V';
    public const char Move = 'M';

    private readonly FileStream file;
    private readonly Lock turn = new();

    public Journal(string folder, string name)
    {
        Directory.CreateDirectory(FolderOf(folder));
        file = new FileStream(Path.Combine(FolderOf(folder), name), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
    }

    public static string FolderOf(string storeFolder) => storeFolder + ".journal";

    public void Write(char kind, string text)
    {
        var line = Encoding.UTF8.GetBytes($"{kind} {text.ReplaceLineEndings(" | ")}\n");
        lock (turn) file.Write(line);
    }

    public void Dispose() => file.Dispose();
}
