namespace Foreshard.Simulation.AccessLogs;

/// <summary>Finds the columns of a log in a line of it. Not safe for concurrent use.</summary>
internal interface ILogRow
{
    /// <summary>What the file calls the columns that it has, as far as seen.</summary>
    IReadOnlyDictionary<LogColumn, string> Columns { get; }

    /// <summary>Finds them; null if all is well.</summary>
    LineFinding? Locate(ReadOnlySpan<byte> line);

    /// <summary>What stands in a column of the line that was looked at last; empty if there is nothing.</summary>
    ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, LogColumn column);

    /// <summary>Asked after some lines, or at the end.</summary>
    /// <exception cref="AccessLogException">A column that was told of or is required was in none of those that could be read.</exception>
    void ThrowIfMissing();
}
