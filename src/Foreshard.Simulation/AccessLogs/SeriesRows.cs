using Foreshard.Profiling;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>A table with a row per entity: its key, then its loads from the first slot on. Rows may differ in length.</summary>
internal sealed class SeriesRows(LogLines lines, LoadTableOptions options, byte delimiter)
{
    private readonly CsvFields fields = new(delimiter);
    private readonly TableCounts counts = new();
    private readonly List<EntityKey> entities = [];
    private readonly HashSet<EntityKey> known = [];
    private readonly List<float[]> series = [];
    private long cells;

    /// <exception cref="AccessLogException">It is too large.</exception>
    public LoadTable Read(ReadOnlySpan<byte> first)
    {
        var isHeader = options.HasHeader ?? IsHeader(first);
        while (lines.TryRead(out var line))
        {
            if (!lines.IsTooLong && counts.Lines.Ignore(line)) continue;
            if (!isHeader) ReadRow(line);
            isHeader = false;
        }

        var slots = series.Count == 0 ? 0 : series.Max(one => one.Length);
        if ((long)slots * series.Count > LoadTable.MaxCells) throw TooLarge();
        var grid = new SlotGrid(options.SlotLength ?? TimeSpan.FromHours(1));
        return new LoadTable([.. entities], grid, grid.SlotOf(options.FirstTimeUtc), [.. series.Select(one => Padded(one, slots))], counts);
    }

    private bool IsHeader(ReadOnlySpan<byte> first)
    {
        if (!fields.TrySplit(first)) return false;
        for (var i = 1; i < fields.Count; i++)
        {
            if (TableCounts.IsCell(fields.Field(first, i), out _)) return false;
        }

        return true;
    }

    private float[] Padded(float[] one, int slots)
    {
        if (one.Length == slots) return one;
        var padded = new float[slots];
        one.CopyTo(padded, 0);
        Array.Fill(padded, float.NaN, one.Length, slots - one.Length);
        counts.Miss(slots - one.Length);
        return padded;
    }

    private void ReadRow(ReadOnlySpan<byte> line)
    {
        var number = lines.LineNumber;
        if (lines.IsTooLong) counts.Lines.Reject(LineFinding.TooLong, number);
        else if (!fields.TrySplit(line)) counts.Lines.Reject(LineFinding.Quotes, number, line);
        else if (fields.Field(line, 0).IsEmpty) counts.Lines.Reject(LineFinding.MissingEntity, number, line);
        else if (!TryReadKey(line, out var entity)) counts.Lines.Reject(LineFinding.BadEntity, number, line);
        else if (!known.Add(entity)) counts.Lines.Reject(LineFinding.Duplicate, number);
        else Keep(line, entity);
    }

    private bool TryReadKey(ReadOnlySpan<byte> line, out EntityKey entity) =>
        TableKeys.TryParse(options.EntityType, AccessLogOptions.TextOf(fields.Field(line, 0)), out entity);

    private void Keep(ReadOnlySpan<byte> line, EntityKey entity)
    {
        // Short series are often filled up with empty cells to the length of the longest.
        var count = fields.Count;
        while (count > 1 && fields.Field(line, count - 1).IsEmpty) count--;
        cells += count - 1;
        if (cells > LoadTable.MaxCells) throw TooLarge();
        var loads = new float[count - 1];
        for (var i = 1; i < count; i++) loads[i - 1] = counts.Read(fields.Field(line, i), lines.LineNumber, i);
        entities.Add(entity);
        series.Add(loads);
        counts.Lines.Accept(options.FirstTimeUtc);
    }

    private AccessLogException TooLarge() => new(lines.Path, null, $"it has more than {LoadTable.MaxCells} cells. Cut it up.");
}
