using System.Globalization;
using Foreshard.FleetClient;

namespace Foreshard.Fleet.Tests.Histories;

/// <summary>Reads what clients wrote down, each line once, also while they go on writing.</summary>
internal sealed class HistoryReader(string folder)
{
    private readonly Dictionary<string, long> read = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Client, int Number), HistoryEvent> open = [];

    public List<string> Violations { get; } = [];

    /// <summary>What began or ended since the last call, ended acts only once. Nobody may be at work: what has no end by now will get none.</summary>
    public IReadOnlyList<HistoryEvent> ReadNew()
    {
        var events = new List<HistoryEvent>();
        if (!Directory.Exists(folder)) return events;
        foreach (var file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            foreach (var line in NewLines(file)) Take(Path.GetFileName(file), line, events);
        }

        events.AddRange(open.Values);
        open.Clear();
        return events;
    }

    private string[] NewLines(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Seek(read.GetValueOrDefault(file), SeekOrigin.Begin);
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();

        // A process that was killed in the middle of a line has not begun what the line says, or nobody heard of its end.
        var whole = text.LastIndexOf('\n') + 1;
        read[file] = read.GetValueOrDefault(file) + System.Text.Encoding.UTF8.GetByteCount(text.AsSpan(0, whole));
        return text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private void Take(string client, string line, List<HistoryEvent> events)
    {
        switch (line.Split('\t'))
        {
            case ["B", var number, var start, var act, var key, var argument]:
                var begun = new HistoryEvent(client, Number(number), act, key, argument, Time(start), long.MaxValue, Outcomes.Unknown, "");
                open[(client, begun.Number)] = begun;
                break;
            case ["E", var number, var end, var outcome, var result]:
                if (open.Remove((client, Number(number)), out var of))
                    events.Add(of with { End = outcome == Outcomes.Unknown ? long.MaxValue : Time(end), Outcome = outcome, Result = result });
                break;
            case ["V", ..]:
                Violations.Add($"{client}: {line[2..]}");
                break;
            default:
                Violations.Add($"{client} wrote a line that can't be read: {line}");
                break;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static long Time(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
