using System.Collections.Immutable;
using Foreshard.Profiling;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>The load of entities in each slot of a span of time: accesses or cost, as whoever made the table counted. Immutable.</summary>
internal sealed class LoadTable
{
    /// <summary>Half a gigabyte of cells. A table with more is better handed in as the log that it was made of.</summary>
    public const long MaxCells = 1 << 27;

    private readonly float[][] series;

    internal LoadTable(ImmutableArray<EntityKey> entities, SlotGrid grid, long firstSlot, float[][] series, TableCounts counts)
    {
        Entities = entities;
        Grid = grid;
        FirstSlot = firstSlot;
        SlotCount = series.Length == 0 ? 0 : series[0].Length;
        this.series = series;
        Counts = counts;
    }

    /// <summary>In the order of the file.</summary>
    public ImmutableArray<EntityKey> Entities { get; }

    /// <summary>How time is cut.</summary>
    public SlotGrid Grid { get; }

    /// <summary>The slot of the first value of each series.</summary>
    public long FirstSlot { get; }

    /// <summary>How many slots there are; those in the middle that no row told of included.</summary>
    public int SlotCount { get; }

    /// <summary>What became of the file's lines and cells.</summary>
    public TableCounts Counts { get; }

    /// <summary>An entity's load in each slot, 0 or more; NaN where the table has nothing, which is not the same as 0.</summary>
    /// <param name="entity">Its place in <see cref="Entities"/>.</param>
    public ReadOnlySpan<float> Series(int entity) => series[entity];

    /// <summary>Opens a table, or the standard input if the path is <c>-</c>, and reads all of it.</summary>
    /// <exception cref="ArgumentException">The options are out of range; the message names all that are.</exception>
    /// <exception cref="AccessLogException">The file can't be read, is no table, or is too large.</exception>
    public static LoadTable Read(string path, LoadTableOptions options)
    {
        options.Validate();
        using var lines = LogLines.Open(path);
        return Read(lines, options);
    }

    /// <summary>Reads all lines as a table.</summary>
    /// <exception cref="ArgumentException">The options are out of range; the message names all that are.</exception>
    /// <exception cref="AccessLogException">The file can't be read, is no table, or is too large.</exception>
    public static LoadTable Read(LogLines lines, LoadTableOptions options)
    {
        options.Validate();
        var first = lines.Peek(1);
        if (first.Count == 0) throw new AccessLogException(lines.Path, null, "no line of data. Is it a table?");
        var delimiter = options.Delimiter is { } told ? (byte)told : CsvDialect.DelimiterOf(first[0], new Dictionary<LogColumn, string>());
        return options.Orientation == TableOrientation.SeriesPerRow
            ? new SeriesRows(lines, options, delimiter).Read(first[0])
            : new SlotRows(lines, options, delimiter).Read(first[0]);
    }
}
