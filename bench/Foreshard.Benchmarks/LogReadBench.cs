using System.Globalization;
using System.IO.Compression;
using System.Text;
using Foreshard.Simulation.AccessLogs;
using Sylvan.Data.Csv;

namespace Foreshard.Benchmarks;

/// <summary>How many lines of an access log are read in a second on one core, beside what merely cuts the same file into rows or lines.</summary>
/// <remarks>
/// Two million lines of eight columns: times to the millisecond, 50,000 entities, few segments and regions; read from the system's file
/// cache, everything on, duplicates too. Sylvan only enumerates rows, it converts nothing.
/// </remarks>
internal static class LogReadBench
{
    private const int Lines = 2_000_000;
    private const int Rounds = 5;
    private const double Goal = 1_000_000;

    private static readonly AccessLogOptions Options = new() { NowUtc = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc) };

    public static void Run()
    {
        var folder = Directory.CreateTempSubdirectory("foreshard-bench-");
        try
        {
            var csv = Path.Combine(folder.FullName, "log.csv");
            var json = Path.Combine(folder.FullName, "log.jsonl");
            Write(csv, "time,entity,group,segment,region,reads,writes,bytes", fields => string.Join(',', fields));
            Write(json, null, fields =>
                $$"""{"time":"{{fields[0]}}","entity":"{{fields[1]}}","group":"{{fields[2]}}","segment":"{{fields[3]}}","region":"{{fields[4]}}" """
                + $$""","reads":{{fields[5]}},"writes":{{fields[6]}},"bytes":{{fields[7]}}}""");
            var (csvPacked, jsonPacked) = (Pack(csv), Pack(json));
            Say(csv);
            Say(json);
            Say(csvPacked);

            var times = Bars.Measure(
                Rounds,
                Lines,
                () => Read(csv),
                () => Rows(csv),
                () => CutLines(csv),
                () => Read(json),
                () => CutLines(json),
                () => Read(csvPacked),
                () => Read(jsonPacked));
            string[] names = ["csv", "csv, Sylvan's rows alone", "csv, lines alone", "json", "json, lines alone", "csv gzip", "json gzip"];
            foreach (var (name, time) in names.Zip(times)) Bars.Say($"{name,-24} {1e9 / Bars.Median(time),10:0} lines/s, {Bars.Median(time),6:0} ns a line");
            Bars.Say($"csv against Sylvan's rows alone: {Bars.Ratio(times[0], times[1]):0.00} of its time");
            Bars.Say($"csv against lines alone: {Bars.Ratio(times[0], times[2]):0.00} of their time");
            Bars.PrintAtLeast("log-read", 1e9 / Bars.Median(times[0]), Goal);
            Bars.PrintAtLeast("log-read-json", 1e9 / Bars.Median(times[3]), Goal);
            Bars.PrintAtLeast("log-read-gzip", 1e9 / Bars.Median(times[5]), Goal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Read(string path)
    {
        using var reader = AccessLogReader.Open(path, Options);
        var cost = 0.0;
        while (reader.TryRead(out var access)) cost += access.Cost;
        if (reader.Counts.Accepted != Lines || cost == 0) throw new InvalidOperationException($"{reader.Counts.Accepted} lines of {path} were accepted.");
    }

    private static void Rows(string path)
    {
        using var text = new StreamReader(path);
        using var reader = CsvDataReader.Create(text);
        var rows = 0;
        while (reader.Read()) rows++;
        if (rows != Lines) throw new InvalidOperationException($"{rows} rows.");
    }

    private static void CutLines(string path)
    {
        using var lines = LogLines.Open(path);
        var bytes = 0L;
        while (lines.TryRead(out var line)) bytes += line.Length;
        if (bytes == 0) throw new InvalidOperationException("No line.");
    }

    private static void Write(string path, string? header, Func<string[], string> line)
    {
        var random = new Random(7);
        string[] segments = ["free", "team", "enterprise"];
        string[] regions = ["eu-central", "us-east", "us-west", "ap-south"];
        var time = new DateTime(2025, 6, 1, 0, 0, 0, DateTimeKind.Utc);
        using var writer = new StreamWriter(path, false, new UTF8Encoding(false), 1 << 16) { NewLine = "\n" };
        if (header is not null) writer.WriteLine(header);
        for (var i = 0; i < Lines; i++)
        {
            time = time.AddMilliseconds(random.Next(400));
            var entity = (int)(50_000 * Math.Pow(random.NextDouble(), 3));
            writer.WriteLine(line(
            [
                time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
                "customer-" + entity.ToString("00000", CultureInfo.InvariantCulture),
                $"g{entity % 7}",
                segments[entity % 3],
                regions[random.Next(4)],
                $"{random.Next(20)}",
                $"{random.Next(4)}",
                $"{random.Next(100, 20_000)}",
            ]));
        }
    }

    private static string Pack(string path)
    {
        using var source = File.OpenRead(path);
        using var target = new GZipStream(File.Create(path + ".gz"), CompressionLevel.Optimal);
        source.CopyTo(target);
        return path + ".gz";
    }

    private static void Say(string path) =>
        Bars.Say($"{Path.GetFileName(path),-12} {Lines} lines, {new FileInfo(path).Length / 1e6:0} MB");
}
