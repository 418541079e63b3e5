using System.Buffers.Text;
using System.Text;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>What became of the lines and cells of a table.</summary>
internal sealed class TableCounts
{
    private readonly List<CellSample> samples = [];

    /// <summary>
    /// The rows. Those with more cells than the header, or without a time, are malformed; a second row of the same slot or entity is a duplicate.
    /// </summary>
    public LogCounts Lines { get; } = new();

    /// <summary>Cells of rows with a time that hold nothing: empty, <c>NA</c>, <c>NaN</c>, <c>null</c> or not there.</summary>
    public long MissingCells { get; private set; }

    /// <summary>Cells of rows with a time that are no number, or a negative one. They are missing in the table.</summary>
    public long MalformedCells { get; private set; }

    /// <summary>The first malformed cells, at most <see cref="LogCounts.SamplesKept"/>.</summary>
    public IReadOnlyList<CellSample> MalformedSamples => samples;

    /// <summary>Whether a cell holds a number, or nothing.</summary>
    internal static bool IsCell(ReadOnlySpan<byte> text, out float load)
    {
        load = float.NaN;
        if (IsMissing(text)) return true;
        if (!Utf8Parser.TryParse(text, out double value, out var consumed) || consumed != text.Length) return false;
        load = (float)value;
        return float.IsFinite(load);
    }

    /// <summary>The load that a cell holds; NaN if it holds none.</summary>
    internal float Read(ReadOnlySpan<byte> text, long line, int column)
    {
        if (IsCell(text, out var load) && !(load < 0))
        {
            if (float.IsNaN(load)) MissingCells++;
            return load;
        }

        MalformedCells++;
        if (samples.Count < LogCounts.SamplesKept) samples.Add(new CellSample(line, column + 1, LogCounts.Shorten(text)));
        return float.NaN;
    }

    internal void Miss(int cells) => MissingCells += cells;

    private static bool IsMissing(ReadOnlySpan<byte> text) =>
        text.IsEmpty || Ascii.EqualsIgnoreCase(text, "NA"u8) || Ascii.EqualsIgnoreCase(text, "NaN"u8) || Ascii.EqualsIgnoreCase(text, "null"u8);
}

/// <summary>A cell that could not be understood.</summary>
/// <param name="Line">Of the file, from 1.</param>
/// <param name="Column">Of the line, from 1.</param>
/// <param name="Text">Its beginning.</param>
internal readonly record struct CellSample(long Line, int Column, string Text);
