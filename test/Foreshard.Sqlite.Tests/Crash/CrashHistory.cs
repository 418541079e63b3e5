using System.Globalization;
using Foreshard.CrashWorker;

namespace Foreshard.Sqlite.Tests.Crash;

/// <summary>What all runs on a store so far meant to do, and what was acknowledged to them.</summary>
internal sealed class CrashHistory
{
    private readonly HashSet<string> read = new(StringComparer.Ordinal);

    public Dictionary<string, int> Intended { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, int> Acknowledged { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, long> IntendedCounters { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, long> AcknowledgedCounters { get; } = new(StringComparer.Ordinal);

    public List<string> Violations { get; } = [];

    public int Moves { get; private set; }

    /// <summary>Reads the journals that were not read before; their processes are dead.</summary>
    public void Read(string storeFolder)
    {
        if (!Directory.Exists(Journal.FolderOf(storeFolder))) return;
        foreach (var file in Directory.EnumerateFiles(Journal.FolderOf(storeFolder)).Order(StringComparer.Ordinal).Where(read.Add))
        {
            foreach (var line in File.ReadAllText(file).Split('\n').SkipLast(1)) Take(line[0], line[2..]);
        }
    }

    public static IEnumerable<string> Of(string kind, Dictionary<string, int> from) =>
        from.Keys.Where(key => key.StartsWith(kind + " ", StringComparison.Ordinal)).Select(key => key[(kind.Length + 1)..]);

    private void Take(char kind, string text)
    {
        if (kind == Journal.Violation) Violations.Add(text);
        else if (kind == Journal.Move) Moves++;
        else if (text.Split(' ') is ["counter", var counter, var value])
        {
            (kind == Journal.Intent ? IntendedCounters : AcknowledgedCounters)[counter] = long.Parse(value, CultureInfo.InvariantCulture);
        }
        else
        {
            var counts = kind == Journal.Intent ? Intended : Acknowledged;
            counts[text] = counts.GetValueOrDefault(text) + 1;
        }
    }
}
