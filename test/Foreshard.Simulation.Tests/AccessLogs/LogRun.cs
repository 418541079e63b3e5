using System.IO.Compression;
using System.Text;
using Foreshard.Profiling;
using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Simulation.Tests.AccessLogs;

/// <summary>A log that was read to its end.</summary>
internal sealed record LogRun(IReadOnlyList<Access> Accesses, LogCounts Counts, IReadOnlyDictionary<LogColumn, string> Columns)
{
    public static readonly DateTime Now = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public static AccessLogOptions Options { get; } = new() { NowUtc = Now };

    public static LogRun Of(string text, AccessLogOptions? options = null) => Of(Encoding.UTF8.GetBytes(text), options);

    public static LogRun Of(byte[] bytes, AccessLogOptions? options = null)
    {
        using var reader = new AccessLogReader(LogLines.Open("made.log", new MemoryStream(bytes)), options ?? Options);
        return Of(reader);
    }

    public static LogRun Of(AccessLogReader reader)
    {
        var accesses = new List<Access>();
        while (reader.TryRead(out var access))
        {
            accesses.Add(access);
            AssertSum(reader.Counts);
        }

        AssertSum(reader.Counts);
        Assert.Equal(accesses.Count, reader.Counts.Accepted);
        return new LogRun(accesses, reader.Counts, reader.Columns);
    }

    public static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(bytes);
        return packed.ToArray();
    }

    public static string DataPath(string name) => Path.Combine(AppContext.BaseDirectory, "data", name);

    public IEnumerable<long> Numbers(LineFinding finding) => Counts.Samples(finding).Select(sample => sample.Number);

    private static void AssertSum(LogCounts counts) =>
        Assert.Equal(counts.Lines, counts.Accepted + counts.Malformed + counts.OutOfOrder + counts.Duplicate + counts.Future);
}
