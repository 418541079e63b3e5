namespace Foreshard.Simulation.AccessLogs;

/// <summary>A line of CSV: as many fields as the header has names.</summary>
internal sealed class CsvRow : ILogRow
{
    private readonly CsvFields fields;
    private readonly int[] places;
    private readonly int count;

    /// <exception cref="AccessLogException">A column that was told of or is required is missing.</exception>
    public CsvRow(string path, byte delimiter, IReadOnlyList<string> names, ColumnMap map)
    {
        fields = new CsvFields(delimiter);
        count = names.Count;
        places = map.Resolve(path, names);
        Columns = Enum.GetValues<LogColumn>()
            .Where(column => places[(int)column] != ColumnMap.None)
            .ToDictionary(column => column, column => names[places[(int)column]]);
    }

    public IReadOnlyDictionary<LogColumn, string> Columns { get; }

    public LineFinding? Locate(ReadOnlySpan<byte> line)
    {
        if (!fields.TrySplit(line)) return LineFinding.Quotes;
        return fields.Count == count ? null : LineFinding.FieldCount;
    }

    public ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, LogColumn column)
    {
        var place = places[(int)column];
        return place == ColumnMap.None ? default : fields.Field(line, place);
    }

    public void ThrowIfMissing()
    {
        // The header told already.
    }
}
