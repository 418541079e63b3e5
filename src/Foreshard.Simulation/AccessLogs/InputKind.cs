namespace Foreshard.Simulation.AccessLogs;

/// <summary>What a file of recorded traffic is.</summary>
internal enum InputKind
{
    /// <summary>A line per access.</summary>
    Log,

    /// <summary>A row per slot and a column per entity.</summary>
    Table,
}

/// <summary>Tells logs from tables.</summary>
internal static class InputKinds
{
    private const int LinesPeeked = 20;

    /// <summary>
    /// A table has a first line with names, times in one column, and numbers in all others, of which none is called as a column of a
    /// log is; its times rise from row to row. Anything else is a log. Tables with a series per row are not told by this.
    /// </summary>
    /// <param name="lines">Before the first line is read.</param>
    /// <param name="columns">What the options say of the columns: if any, it is a log.</param>
    /// <param name="delimiter">What stands between fields; null if to be seen from the first line.</param>
    public static InputKind Of(LogLines lines, IReadOnlyDictionary<LogColumn, string> columns, char? delimiter = null)
    {
        var peeked = lines.Peek(LinesPeeked);
        if (columns.Count > 0 || peeked.Count < 2 || peeked[0] is [(byte)'{' or (byte)'[', ..]) return InputKind.Log;
        var separator = delimiter is { } told ? (byte)told : CsvDialect.DelimiterOf(peeked[0], columns);
        var names = CsvDialect.Split(peeked[0], separator);
        if (names.Count < 2 || !CsvDialect.IsHeader(names)) return InputKind.Log;

        var timeColumn = SlotRows.TimeColumnOf(names);
        var isKnown = names.Where((_, index) => index != timeColumn).Any(name => LogColumns.Find(name) is not null);
        return !isKnown && AreSlots(peeked.Skip(1), new CsvFields(separator), timeColumn) ? InputKind.Table : InputKind.Log;
    }

    private static bool AreSlots(IEnumerable<byte[]> rows, CsvFields fields, int timeColumn)
    {
        var time = new LogTime(null);
        var latest = DateTime.MinValue;
        foreach (var row in rows)
        {
            if (!fields.TrySplit(row) || fields.Count <= timeColumn) return false;
            if (!time.TryParse(fields.Field(row, timeColumn), out var timeUtc) || timeUtc <= latest) return false;
            latest = timeUtc;
            for (var i = 0; i < fields.Count; i++)
            {
                if (i != timeColumn && !TableCounts.IsCell(fields.Field(row, i), out _)) return false;
            }
        }

        return true;
    }
}
