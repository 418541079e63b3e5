using System.Text;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>What became of the lines so far. Each data line is in exactly one of accepted, malformed, out of order, duplicate and future.</summary>
internal sealed class LogCounts
{
    /// <summary>Of each kind so many first lines are kept: enough to look at, whatever the size of the log.</summary>
    public const int SamplesKept = 5;

    private const int SampleLength = 80;
    private const int Findings = (int)LineFinding.IdenticalKept + 1;

    private readonly long[] counts = new long[Findings];
    private readonly List<LineSample>[] samples = [.. Enumerable.Range(0, Findings).Select(_ => new List<LineSample>(0))];

    /// <summary>Data lines: all but the header, empty lines and comments.</summary>
    public long Lines { get; private set; }

    /// <summary>Lines that were handed out.</summary>
    public long Accepted { get; private set; }

    /// <summary>Lines that could not be understood.</summary>
    public long Malformed => counts.AsSpan(0, (int)LineFinding.OutOfOrder).ToArray().Sum();

    public long OutOfOrder => this[LineFinding.OutOfOrder];

    public long Duplicate => this[LineFinding.Duplicate];

    public long Future => this[LineFinding.Future];

    /// <summary>Among the accepted: lines equal to one before them.</summary>
    public long IdenticalKept => this[LineFinding.IdenticalKept];

    /// <summary>Lines with nothing on them; not among <see cref="Lines"/>.</summary>
    public long Empty { get; private set; }

    /// <summary>Lines that begin with <c>#</c>; not among <see cref="Lines"/>.</summary>
    public long Comments { get; private set; }

    /// <summary>The earliest accepted time; null before there is one.</summary>
    public DateTime? FirstTimeUtc { get; private set; }

    /// <summary>The latest accepted time; null before there is one.</summary>
    public DateTime? LastTimeUtc { get; private set; }

    /// <summary>How many lines that is to be said of.</summary>
    public long this[LineFinding finding] => counts[(int)finding];

    /// <summary>The first lines that it is to be said of, at most <see cref="SamplesKept"/>.</summary>
    public IReadOnlyList<LineSample> Samples(LineFinding finding) => samples[(int)finding];

    internal void Accept(DateTime timeUtc)
    {
        Lines++;
        Accepted++;
        if (FirstTimeUtc is null || timeUtc < FirstTimeUtc) FirstTimeUtc = timeUtc;
        if (LastTimeUtc is null || timeUtc > LastTimeUtc) LastTimeUtc = timeUtc;
    }

    internal void Reject(LineFinding finding, long number, ReadOnlySpan<byte> text = default)
    {
        Lines++;
        Note(finding, number, text);
    }

    internal void Note(LineFinding finding, long number, ReadOnlySpan<byte> text = default)
    {
        counts[(int)finding]++;
        var kept = samples[(int)finding];
        if (kept.Count < SamplesKept) kept.Add(new LineSample(number, finding < LineFinding.OutOfOrder ? Shorten(text) : null));
    }

    /// <summary>Whether a line is empty or a comment; it is counted then.</summary>
    internal bool Ignore(ReadOnlySpan<byte> line)
    {
        if (!LogLines.IsIgnored(line)) return false;
        if (line.Contains((byte)'#')) Comments++;
        else Empty++;
        return true;
    }

    /// <summary>The beginning of a line as it can be shown on a terminal.</summary>
    internal static string Shorten(ReadOnlySpan<byte> text)
    {
        var shown = Encoding.UTF8.GetString(text[..Math.Min(text.Length, SampleLength * 4)]);
        var clean = string.Concat(shown.Select(c => char.IsControl(c) ? '\uFFFD' : c));
        return clean.Length <= SampleLength && text.Length <= SampleLength * 4 ? clean : clean[..Math.Min(clean.Length, SampleLength - 1)] + "…";
    }
}
