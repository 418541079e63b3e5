using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Foreshard.FleetClient;

/// <summary>What clients do.</summary>
public static class Acts
{
    public const string Transfer = "transfer";
    public const string Enter = "enter";
    public const string Note = "note";
    public const string Write = "write";
    public const string Swap = "swap";
    public const string Cas = "cas";
    public const string Read = "read";
    public const string Region = "region";
    public const string Whole = "whole";
    public const string Relieve = "relieve";
    public const string Duty = "duty";
}

/// <summary>How an act ended.</summary>
public static class Outcomes
{
    /// <summary>It was acknowledged.</summary>
    public const string Done = "done";

    /// <summary>It failed for certain: nothing of it happened, nor will.</summary>
    public const string Failed = "failed";

    /// <summary>The answer to its commit did not come: it happened, or it did not, or it will.</summary>
    public const string Unknown = "unknown";
}

/// <summary>
/// What one client did, a line when it began and a line when it ended, each handed to the operating system at once: killing the process takes none of
/// it back. Times are of the machine's one monotonic clock, so they can be compared between processes.
/// </summary>
public sealed class HistoryFile : IDisposable
{
    public const char Begun = 'B';
    public const char Ended = 'E';

    /// <summary>Something that must not be, with all that is known of it.</summary>
    public const char Violation = 'V';

    private readonly FileStream file;
    private int serial;

    public HistoryFile(string folder, string client)
    {
        Client = client;
        Directory.CreateDirectory(folder);
        file = new FileStream(Path.Combine(folder, client), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
    }

    public string Client { get; }

    /// <returns>The act's number.</returns>
    public int Begin(string act, string key, string argument)
    {
        Write($"{Begun}\t{++serial}\t{Stopwatch.GetTimestamp()}\t{act}\t{key}\t{argument}");
        return serial;
    }

    public void End(int number, string outcome, string result) => Write($"{Ended}\t{number}\t{Stopwatch.GetTimestamp()}\t{outcome}\t{result}");

    public void Violates(string what) => Write($"{Violation}\t{what}");

    public void Dispose() => file.Dispose();

    private void Write(FormattableString line)
    {
        var text = line.ToString(CultureInfo.InvariantCulture).ReplaceLineEndings(" | ");
        file.Write(Encoding.UTF8.GetBytes(text + "\n"));
    }
}
