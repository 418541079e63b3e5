namespace Foreshard.Simulation.AccessLogs;

/// <summary>A log or table can't be read, or not to its end. Single bad lines are counted instead and raise nothing.</summary>
/// <remarks>What was handed out before stays valid, and the counts say how far that was.</remarks>
internal sealed class AccessLogException : ForeshardException
{
    public AccessLogException(string path, long? line, string what, Exception? inner = null)
        : base(line is null ? $"'{path}': {what}" : $"'{path}', line {line}: {what}", inner)
    {
        Path = path;
        Line = line;
    }

    /// <summary>The file as it was named; <c>-</c> for the standard input.</summary>
    public string Path { get; }

    /// <summary>The line that it happened at, from 1; null if it concerns the whole file.</summary>
    public long? Line { get; }
}
