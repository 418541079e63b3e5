using System.Text;
using CsCheck;
using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Simulation.Tests.AccessLogs;

/// <summary>Whatever follows a first line that is in order, reading ends at the end and each line is counted once.</summary>
public sealed class FuzzTests
{
    private const string Header = "time,entity,entity_type,group,segment,region,reads,writes,op,cost,bytes,partners,id\n";

    private static readonly string[] Lines =
    [
        "2025-06-01T10:00:00.123Z,c1,shop,g,pro,eu,3,1,,7.5,100,c2|c3,r1",
        "2025-06-01 10:00:01,c2,,,,,,,read,,,,",
        "1748772002,\"c,3\",,,,,,,,,,\"[\"\"c1\"\"]\",r1",
        "2025-06-01T09:00:00Z,c4,shop,\"g \"\"x\"\"\",,,1,0,,0,,,r9",
    ];

    private static readonly string[] JsonLines =
    [
        """{"time":"2025-06-01T10:00:00.123Z","entity":"c1","entity_type":"shop","reads":3,"writes":1,"partners":["c2","c\u0033"],"id":"r1"}""",
        """{"time":1748772002.5,"entity":42,"op":"read","extra":{"deep":[1,{"x":2}]},"segment":null,"region":"a\"b"}""",
        """{"entity":"c2","cost":2.5,"ts":1748772003000,"group":"g","bytes":5,"partners":"c1|c4"}""",
    ];

    /// <summary>A file that has NULs at its beginning is told to be no text, so the noise comes later.</summary>
    private static readonly string Comments = string.Concat(Enumerable.Repeat("# ----\n", 700));

    private static readonly string[] Odd = ["", "2025-06-01", "-1", "x", "9e99", "|", "[1", "NaN", "é", "9223372036854775807"];

    private static readonly Gen<byte[]> Noise = Gen.Byte.Array[0, 60].Select(bytes => (byte[])[.. bytes, (byte)'\n']);

    [Fact]
    public void Any_bytes_as_csv() => Noise.Array[0, 8].Sample(noise => Read([Encoding.UTF8.GetBytes(Header), .. noise], LogFormat.Csv));

    [Fact]
    public void Any_bytes_as_json() =>
        Noise.Array[0, 8].Sample(noise => Read([Encoding.UTF8.GetBytes(JsonLines[0] + "\n"), .. noise], LogFormat.JsonLines));

    [Fact]
    public void Changed_lines_of_csv() => Mutated(Lines).Array[1, 12].Sample(lines => Read([Encoding.UTF8.GetBytes(Header), .. lines], LogFormat.Auto));

    [Fact]
    public void Changed_lines_of_json() =>
        Mutated(JsonLines).Array[1, 12].Sample(lines => Read([Encoding.UTF8.GetBytes(JsonLines[1] + "\n"), .. lines], LogFormat.Auto));

    [Fact]
    public void Fields_of_other_kinds_in_random_quotes() => Gen.Select(Gen.Int[0, Odd.Length - 1].Select(at => Odd[at]), Gen.Bool)
        .Array[11, 14].Array[1, 8]
        .Sample(rows => Read([Encoding.UTF8.GetBytes(Header), .. rows.Select(row => Encoding.UTF8.GetBytes(
            string.Join(',', row.Select(field => field.Item2 ? $"\"{field.Item1}\"" : field.Item1)) + "\n"))], LogFormat.Csv));

    [Fact]
    public void Any_bytes_as_a_table() => Noise.Array[0, 8].Sample(noise =>
    {
        var begin = Encoding.UTF8.GetBytes("time,a,b\n2025-06-01 00:00,1,2\n2025-06-01 01:00,1,2\n" + Comments);
        byte[] bytes = [.. begin, .. noise.SelectMany(one => one)];
        foreach (var orientation in Enum.GetValues<TableOrientation>())
        {
            using var lines = LogLines.Open("made.csv", new MemoryStream(bytes));
            var options = new LoadTableOptions { NowUtc = LogRun.Now, Orientation = orientation, SlotLength = TimeSpan.FromHours(1), Delimiter = ',' };
            var counts = LoadTable.Read(lines, options).Counts.Lines;
            Assert.Equal(counts.Lines, counts.Accepted + counts.Malformed + counts.Duplicate + counts.Future);
        }
    });

    private static Gen<byte[]> Mutated(string[] lines) =>
        Gen.Select(Gen.Int[0, lines.Length - 1], Gen.Int[0, 4], Gen.Int[0, 200], Gen.Byte).Select((line, kind, at, value) =>
        {
            var bytes = Encoding.UTF8.GetBytes(lines[line]);
            at %= bytes.Length;
            byte[] changed = kind switch
            {
                0 => bytes,
                1 => bytes[..at],
                2 => [.. bytes[..at], value, .. bytes[(at + 1)..]],
                3 => [.. bytes[..at], value, .. bytes[at..]],
                _ => [.. bytes[..at], .. bytes[(at + 1)..]],
            };
            return (byte[])[.. changed, (byte)'\n'];
        });

    private static void Read(IEnumerable<byte[]> parts, LogFormat format)
    {
        var bytes = parts.SelectMany(part => part).ToArray();

        var first = Array.IndexOf(bytes, (byte)'\n') + 1;
        byte[] padded = [.. bytes[..first], .. Encoding.UTF8.GetBytes(Comments), .. bytes[first..]];
        var options = new AccessLogOptions { NowUtc = LogRun.Now, Format = format, EntityType = EntityType.Of("shop", KeyKind.Text) };
        var plain = LogRun.Of(padded, options);
        var packed = LogRun.Of(LogRun.Pack(padded), options);
        Assert.Equal(plain.Counts.Lines, packed.Counts.Lines);
        Assert.Equal(plain.Accesses.Select(access => (access.TimeUtc, access.Entity)), packed.Accesses.Select(access => (access.TimeUtc, access.Entity)));
        Assert.All(plain.Accesses, access => Assert.True(access is { Reads: >= 0, Writes: >= 0, Cost: >= 0, Bytes: >= 0, Entity.IsNone: false }));
    }
}
