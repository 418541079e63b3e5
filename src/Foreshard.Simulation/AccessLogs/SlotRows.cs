using System.Collections.Immutable;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>A table with a row per slot: a time, then a cell per entity. Rows may come in any order, and some may not be there.</summary>
internal sealed class SlotRows(LogLines lines, LoadTableOptions options, byte delimiter)
{
    private readonly CsvFields fields = new(delimiter);
    private readonly LogTime time = LogTime.In(options.TimeZoneId);
    private readonly DateTime latestAllowed = AccessLogOptions.LatestAllowed(options.NowUtc, options.FutureTolerance);
    private readonly TableCounts counts = new();
    private readonly List<Row> rows = [];

    /// <summary>The column that is known as the time by its name; else the first.</summary>
    public static int TimeColumnOf(IReadOnlyList<string> names)
    {
        var (best, bestRank) = (0, int.MaxValue);
        for (var i = 0; i < names.Count; i++)
        {
            if (LogColumns.Find(names[i]) is { Column: LogColumn.Time } known && known.Rank < bestRank) (best, bestRank) = (i, known.Rank);
        }

        return best;
    }

    /// <exception cref="AccessLogException">It is no such table.</exception>
    public LoadTable Read(ReadOnlySpan<byte> first)
    {
        var names = CsvDialect.Split(first, delimiter);
        if (options.HasHeader == false || !CsvDialect.IsHeader(names) || names.Count < 2)
            throw Wrong("a table with a row per slot begins with a line that names the time and the entities. Add it, or tell that each row is a series");

        var timeColumn = TimeColumn(names);
        var entities = Entities(names, timeColumn);
        var isHeader = true;
        while (lines.TryRead(out var line))
        {
            if (!lines.IsTooLong && counts.Lines.Ignore(line)) continue;
            if (!isHeader) ReadRow(line, names.Count, timeColumn);
            isHeader = false;
        }

        return Build(entities);
    }

    private int TimeColumn(List<string> names)
    {
        if (options.TimeColumn is not { } told) return TimeColumnOf(names);
        var column = names.FindIndex(name => name.Equals(told, StringComparison.OrdinalIgnoreCase));
        return column >= 0 ? column : throw Wrong($"there is no column '{told}', which was named as the time. Name one that its first line has");
    }

    private ImmutableArray<EntityKey> Entities(List<string> names, int timeColumn)
    {
        var entities = ImmutableArray.CreateBuilder<EntityKey>(names.Count - 1);
        var known = new HashSet<EntityKey>();
        for (var column = 0; column < names.Count; column++)
        {
            if (column == timeColumn) continue;

            // A file of one series usually calls it "value" and says in its own name what it is.
            var name = names.Count == 2 && names[column].Equals("value", StringComparison.OrdinalIgnoreCase) && lines.Path != "-"
                ? Path.GetFileName(lines.Path).Split('.')[0]
                : names[column];
            if (!TableKeys.TryParse(options.EntityType, name, out var entity))
            {
                throw Wrong($"column {column + 1} is called '{name}', which is no key of '{options.EntityType}' ({options.EntityType.KeyKind}). "
                    + "Rename it, or tell another kind of keys");
            }

            if (!known.Add(entity)) throw Wrong($"two columns are called '{name}'. Each entity has one; rename or remove the other");
            entities.Add(entity);
        }

        return entities.MoveToImmutable();
    }

    private void ReadRow(ReadOnlySpan<byte> line, int width, int timeColumn)
    {
        var number = lines.LineNumber;
        if (lines.IsTooLong) counts.Lines.Reject(LineFinding.TooLong, number);
        else if (!fields.TrySplit(line)) counts.Lines.Reject(LineFinding.Quotes, number, line);
        else if (fields.Count > width) counts.Lines.Reject(LineFinding.FieldCount, number, line);
        else if (!TryReadTime(line, timeColumn, out var timeUtc)) counts.Lines.Reject(LineFinding.BadTime, number, line);
        else if (timeUtc > latestAllowed) counts.Lines.Reject(LineFinding.Future, number);
        else Keep(line, width, timeColumn, timeUtc);
    }

    private bool TryReadTime(ReadOnlySpan<byte> line, int timeColumn, out DateTime timeUtc)
    {
        timeUtc = default;
        return fields.Count > timeColumn && time.TryParse(fields.Field(line, timeColumn), out timeUtc);
    }

    private void Keep(ReadOnlySpan<byte> line, int width, int timeColumn, DateTime timeUtc)
    {
        if ((rows.Count + 1L) * (width - 1) > LoadTable.MaxCells) throw TooLarge();
        var cells = new float[width - 1];
        Array.Fill(cells, float.NaN);
        for (var column = 0; column < fields.Count; column++)
        {
            if (column != timeColumn) cells[column < timeColumn ? column : column - 1] = counts.Read(fields.Field(line, column), lines.LineNumber, column);
        }

        counts.Miss(width - fields.Count);
        rows.Add(new Row(timeUtc, lines.LineNumber, cells));
    }

    private LoadTable Build(ImmutableArray<EntityKey> entities)
    {
        var ticks = rows.Select(row => row.TimeUtc.Ticks).Order().ToList();
        var median = TimeSpan.Zero;
        var spacing = options.SlotLength is { } told ? SlotSpacing.Of(ticks, told) : SlotSpacing.Detect(ticks, out median);
        if (spacing is null)
        {
            throw Wrong(rows.Count < 2 || median == TimeSpan.Zero
                ? $"{rows.Count} rows with a time don't show how long a slot is. Tell its length"
                : $"its times are usually {median} apart, which is near no divisor of the day. Tell the length of a slot, or make the table anew");
        }

        var firstSlot = ticks.Count == 0 ? 0 : spacing.SlotOf(ticks[0]);
        var slots = ticks.Count == 0 ? 0 : spacing.SlotOf(ticks[^1]) - firstSlot + 1;
        if (slots * entities.Length > LoadTable.MaxCells) throw TooLarge();
        var series = new float[entities.Length][];
        for (var i = 0; i < series.Length; i++) Array.Fill(series[i] = new float[slots], float.NaN);
        Place(series, spacing, firstSlot, (int)slots);
        return new LoadTable(entities, spacing.Grid, firstSlot, series, counts);
    }

    private void Place(float[][] series, SlotSpacing spacing, long firstSlot, int slots)
    {
        var isTaken = new bool[slots];
        foreach (var row in rows)
        {
            var slot = (int)(spacing.SlotOf(row.TimeUtc.Ticks) - firstSlot);
            if (isTaken[slot])
            {
                counts.Lines.Reject(LineFinding.Duplicate, row.Line);
                continue;
            }

            isTaken[slot] = true;
            for (var i = 0; i < series.Length; i++) series[i][slot] = row.Cells[i];
            counts.Lines.Accept(row.TimeUtc);
        }
    }

    private AccessLogException TooLarge() => Wrong(
        $"it has more than {LoadTable.MaxCells} cells between its first and last time. "
        + "Check whether a time is wrong, cut it up, or read the log that it was made of");

    private AccessLogException Wrong(string what) => new(lines.Path, null, what + ".");

    private readonly record struct Row(DateTime TimeUtc, long Line, float[] Cells);
}
