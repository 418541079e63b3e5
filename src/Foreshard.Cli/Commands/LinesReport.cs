using Foreshard.Cli.Output;
using Foreshard.Simulation.AccessLogs;
using Foreshard.Simulation.Replay;

namespace Foreshard.Cli.Commands;

/// <param name="Lines">Lines of data.</param>
/// <param name="Accepted">Lines that count.</param>
/// <param name="MissingCells">Cells of a table that hold nothing; null of a log.</param>
/// <param name="Skipped">The others, by kind; and what else is to be said of lines.</param>
internal sealed record LinesReport(long Lines, long Accepted, long? MissingCells, IReadOnlyList<SkippedReport> Skipped)
{
    public static LinesReport Of(TrafficFeed feed) => Of(feed.Lines, feed.Cells);

    /// <param name="lines">What became of the lines.</param>
    /// <param name="table">What became of the cells; null of a log.</param>
    public static LinesReport Of(LogCounts lines, TableCounts? table)
    {
        var found = Enum.GetValues<LineFinding>().Where(finding => lines[finding] > 0).Select(finding => SkippedReport.Of(finding, lines)).ToList();
        if (table is { MalformedCells: > 0 } cells)
        {
            found.Add(new SkippedReport(
                "malformedCells",
                cells.MalformedCells,
                [.. cells.MalformedSamples.Select(cell => cell.Line)],
                [.. cells.MalformedSamples.Select(cell => cell.Text)],
                "They count as missing. Write loads as numbers that aren't negative."));
        }

        return new LinesReport(lines.Lines, lines.Accepted, table?.MissingCells, found);
    }

    /// <summary>Why nothing can be told.</summary>
    public string Refusal(string path) => Lines == 0
        ? $"'{path}': it has no line of data below its header."
        : $"'{path}': none of its {Words.Count(Lines, "line")} of data was accepted.{string.Concat(Skipped.Select(kind => $"\n  {kind.Line()}"))}";

    public void Write(Terminal terminal)
    {
        var skipped = Lines - Accepted;
        var missing = MissingCells > 0 ? $" {Words.Count(MissingCells.Value, "cell")} hold nothing, which isn't the same as 0." : "";
        terminal.Output.WriteLine(skipped == 0
            ? $"All {Words.Count(Lines, "line")} were accepted.{missing}"
            : $"{Words.Count(Accepted)} of {Words.Count(Lines, "line")} were accepted, {Words.Count(skipped)} skipped.{missing}");
        if (Skipped.Count == 0) return;
        var table = Tables.Of("what", ">lines", "first at line", "remedy");
        foreach (var kind in Skipped) table.Row(kind.Kind, Words.Count(kind.Lines), string.Join(", ", kind.FirstLines), kind.Remedy);
        terminal.Write(table);
    }
}

/// <param name="Kind">What is the matter with them.</param>
/// <param name="Lines">How many lines; of malformedCells, cells.</param>
/// <param name="FirstLines">The numbers of the first five, from 1.</param>
/// <param name="Texts">How these begin, of those that can't be understood.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record SkippedReport(string Kind, long Lines, IReadOnlyList<long> FirstLines, IReadOnlyList<string> Texts, string Remedy)
{
    public static SkippedReport Of(LineFinding finding, LogCounts counts) => new(
        Words.Of(finding),
        counts[finding],
        [.. counts.Samples(finding).Select(sample => sample.Number)],
        [.. counts.Samples(finding).Select(sample => sample.Text).OfType<string>()],
        RemedyOf(finding));

    public string Line()
    {
        var text = Texts.Count > 0 ? $", as '{Texts[0]}'" : "";
        return $"{Kind}: {Words.Count(Lines)} (line {string.Join(", ", FirstLines)}{text}). {Remedy}";
    }

    private static string RemedyOf(LineFinding finding) => finding switch
    {
        LineFinding.FieldCount => "Each line has as many fields as the header; see --delimiter.",
        LineFinding.Quotes => "Close quotes in the line that opens them, double those inside.",
        LineFinding.InvalidJson => "Write one JSON object per line (jq -c).",
        LineFinding.TooLong => "A line has at most 4 MB.",
        LineFinding.NotUtf8 => "Convert the file to UTF-8 (iconv -t UTF-8).",
        LineFinding.BadTime => "Write times as 2026-03-01T10:00:00Z or as Unix time; see --column time=….",
        LineFinding.MissingEntity => "Nothing to do if they belong to no entity; else see --column entity=….",
        LineFinding.BadEntity => "The key can't be one of its type.",
        LineFinding.BadEntityType => "A type's name has letters, digits, _ and -, at most 256 types.",
        LineFinding.BadGroup => "The group is of another kind than the others.",
        LineFinding.BadOperation => "Operations are words such as read, get, write, insert; see --column op=….",
        LineFinding.BadNumber => "Reads and writes are whole numbers; see --column reads=….",
        LineFinding.NegativeNumber => "Reads, writes, cost and bytes aren't negative.",
        LineFinding.TooManyPartners => "A line has at most 1,000 partners.",
        LineFinding.OutOfOrder => "Sort the log by time, or allow more with --lateness.",
        LineFinding.Duplicate => "If they are real accesses: --duplicates keep.",
        LineFinding.Future => "Mend the clock that wrote them; see --time-zone and --now.",
        _ => "They count. If they are no real accesses: --duplicates skip.",
    };
}
