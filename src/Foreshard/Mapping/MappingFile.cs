using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Foreshard.Mapping;

/// <summary>The contents of a mapping store as a text file of JSON lines, one part a line, the same whatever store they come from.</summary>
/// <remarks>The last line counts the others, so that half a file is not taken for a store.</remarks>
internal static class MappingFile
{
    private const int Format = 1;

    public static void Write(MappingContents contents, TextWriter writer)
    {
        var (table, lines) = (contents.Table, 0L);
        Line(new MappingLine { Head = new HeadJson(Format, table.Version, table.BucketCount, contents.Next) });
        foreach (var partition in table.Partitions) Line(new MappingLine { Partition = PartitionJson.Of(partition) });
        for (var bucket = 0; bucket < table.BucketCount; bucket++)
            Line(new MappingLine { Bucket = PlacementJson.Of(table.PlacementOf(new UnitId(bucket))) });
        foreach (var entry in table.Entries().OrderBy(entry => entry.Entity)) Line(new MappingLine { Entry = EntryJson.Of(entry) });
        foreach (var record in contents.Records) Line(new MappingLine { Record = record });
        Line(new MappingLine { End = lines });

        void Line(MappingLine line)
        {
            writer.Write(JsonSerializer.Serialize(line, MappingJson.Context.MappingLine));
            writer.Write('\n');
            lines++;
        }
    }

    /// <summary>Writes a new file.</summary>
    /// <exception cref="IOException">It is there already, or can't be written.</exception>
    public static async Task SaveAsync(MappingContents contents, string path)
    {
        var writer = new StreamWriter(new FileStream(path, FileMode.CreateNew, FileAccess.Write));
        await using (writer.ConfigureAwait(false)) Write(contents, writer);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is no export, or not a whole one; with its name.</exception>
    public static MappingContents Load(string path)
    {
        using var reader = new StreamReader(path);
        try
        {
            return Read(reader);
        }
        catch (FormatException error)
        {
            throw new FormatException($"'{path}' can't be imported: {error.Message}. Nothing was changed.", error);
        }
    }

    /// <exception cref="FormatException">The text is no export, not a whole one, or one of another version: what and in which line.</exception>
    public static MappingContents Read(TextReader reader)
    {
        var (head, end, number) = ((HeadJson?)null, (long?)null, 0L);
        var (partitions, buckets, entries, records) = (new List<PartitionInfo>(), new List<Placement>(), new List<EntityEntry>(), new List<MappingRecord>());
        while (reader.ReadLine() is { } text)
        {
            number++;
            try
            {
                Take(JsonSerializer.Deserialize(text, MappingJson.Context.MappingLine)!);
            }
            catch (Exception error) when (error is JsonException or ArgumentException or OverflowException or NullReferenceException)
            {
                throw new FormatException($"line {number.ToString(CultureInfo.InvariantCulture)} is no part of a mapping table: {error.Message}", error);
            }
        }

        if (head is null) throw new FormatException("it is no export of a mapping table");
        if (end != number - 1) throw new FormatException($"it ends in line {number} and is not whole; export again");
        try
        {
            var table = MappingSnapshot.Restore(head.Version, [.. partitions], buckets, entries);
            return new MappingContents(table, [.. records], head.Next);
        }
        catch (ArgumentException error)
        {
            throw new FormatException(error.Message, error);
        }

        void Take(MappingLine line)
        {
            if (line.Head is { } first) head = first.Format == Format ? first : throw OtherFormat(first.Format);
            if (line.Partition is { } partition) partitions.Add(partition.ToPartition());
            if (line.Bucket is { } bucket) buckets.Add(bucket.ToPlacement());
            if (line.Entry is { } entry) entries.Add(entry.ToEntry());
            if (line.Record is { } record) records.Add(record);
            end = line.End;
        }
    }

    private static FormatException OtherFormat(int format) => new($"it has format {format}; this version of Foreshard reads format {Format}");
}

/// <summary>One line: exactly one of these.</summary>
internal sealed record MappingLine
{
    [JsonPropertyName("mapping")]
    public HeadJson? Head { get; init; }

    public PartitionJson? Partition { get; init; }

    public PlacementJson? Bucket { get; init; }

    public EntryJson? Entry { get; init; }

    public MappingRecord? Record { get; init; }

    /// <summary>How many lines stand before this one, the last.</summary>
    public long? End { get; init; }
}

internal sealed record HeadJson(int Format, long Version, int Buckets, MappingNumbers Next);
