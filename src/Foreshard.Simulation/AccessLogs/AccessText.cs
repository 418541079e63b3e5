using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Foreshard.Profiling;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>What the fields of a line say. Known texts are shared; not safe for concurrent use.</summary>
internal sealed class AccessText(AccessLogOptions options)
{
    /// <summary>Of one transaction.</summary>
    public const int MaxPartners = 1_000;

    /// <summary>Types stay known to the process for good, so a column of anything else must not make thousands of them.</summary>
    private const int MaxTypes = 256;

    private static readonly string[] ReadWords = ["read", "get", "select", "r", "query", "find", "scan", "list", "head"];
    private static readonly string[] WriteWords =
        ["write", "insert", "update", "delete", "w", "put", "post", "patch", "upsert", "set", "create", "merge", "replace", "remove", "modify"];

    private readonly TextPool texts = new();
    private readonly LogTime time = LogTime.In(options.TimeZoneId);
    private readonly Dictionary<string, EntityType> types = new(StringComparer.Ordinal);

    /// <summary>The access that a line tells of, its columns found by the row.</summary>
    /// <returns>What is wrong with it; null if nothing is.</returns>
    public LineFinding? Read(ReadOnlySpan<byte> line, ILogRow row, out Access access)
    {
        access = default;
        if (!time.TryParse(row.Field(line, LogColumn.Time), out var timeUtc)) return LineFinding.BadTime;
        if (TypeOf(row.Field(line, LogColumn.EntityType)) is not { } type) return LineFinding.BadEntityType;

        var entityText = row.Field(line, LogColumn.Entity);
        if (entityText.IsEmpty) return LineFinding.MissingEntity;
        if (ReadKey(entityText, type, out var entity) is { } badKey) return badKey;
        if (ReadGroup(row.Field(line, LogColumn.Group), out var group) is { } badGroup) return badGroup;
        if (ReadText(row.Field(line, LogColumn.Segment), out var segment) is { } badSegment) return badSegment;
        if (ReadText(row.Field(line, LogColumn.Region), out var region) is { } badRegion) return badRegion;
        if (ReadWork(line, row, out var reads, out var writes) is { } badWork) return badWork;
        if (ReadCost(row.Field(line, LogColumn.Cost), reads, writes, out var cost) is { } badCost) return badCost;
        if (ReadCount(row.Field(line, LogColumn.Bytes), out var bytes) is { } badBytes) return badBytes;
        if (ReadPartners(row.Field(line, LogColumn.Partners), entity, out var partners) is { } badPartners) return badPartners;

        access = new Access
        {
            TimeUtc = timeUtc,
            Entity = entity,
            Group = group,
            Segment = segment,
            Region = region,
            Reads = reads,
            Writes = writes,
            Cost = cost,
            Bytes = bytes,
            Partners = partners,
        };
        return null;
    }

    private static LineFinding? ReadCount(ReadOnlySpan<byte> text, out long count)
    {
        count = 0;
        if (text.IsEmpty) return null;
        if (!Utf8Parser.TryParse(text, out count, out var consumed) || consumed != text.Length) return LineFinding.BadNumber;
        return count < 0 ? LineFinding.NegativeNumber : null;
    }

    private static LineFinding? ReadCost(ReadOnlySpan<byte> text, long reads, long writes, out double cost)
    {
        cost = reads + (AccessLogOptions.WriteCost * writes);
        if (text.IsEmpty) return null;
        if (!Utf8Parser.TryParse(text, out cost, out var consumed) || consumed != text.Length || !double.IsFinite(cost)) return LineFinding.BadNumber;
        return cost < 0 ? LineFinding.NegativeNumber : null;
    }

    private static bool IsOneOf(ReadOnlySpan<byte> text, string[] words)
    {
        foreach (var word in words)
        {
            if (Ascii.EqualsIgnoreCase(text, word)) return true;
        }

        return false;
    }

    /// <summary>How much was read and written: as the line says, else one read or write.</summary>
    private LineFinding? ReadWork(ReadOnlySpan<byte> line, ILogRow row, out long reads, out long writes)
    {
        var readsText = row.Field(line, LogColumn.Reads);
        var writesText = row.Field(line, LogColumn.Writes);
        writes = 0;
        if (ReadCount(readsText, out reads) is { } badReads) return badReads;
        if (ReadCount(writesText, out writes) is { } badWrites) return badWrites;
        if (!readsText.IsEmpty || !writesText.IsEmpty) return null;

        var isWrite = options.CountsAsWrite;
        var word = row.Field(line, LogColumn.Operation);
        if (!word.IsEmpty)
        {
            isWrite = IsOneOf(word, WriteWords);
            if (!isWrite && !IsOneOf(word, ReadWords)) return LineFinding.BadOperation;
        }

        (reads, writes) = isWrite ? (0, 1) : (1, 0);
        return null;
    }

    private LineFinding? ReadText(ReadOnlySpan<byte> utf8, out string? text)
    {
        text = utf8.IsEmpty ? null : texts.Get(utf8);
        return utf8.IsEmpty || text is not null ? null : LineFinding.NotUtf8;
    }

    private LineFinding? ReadKey(ReadOnlySpan<byte> utf8, EntityType type, out EntityKey key)
    {
        key = default;
        switch (type.KeyKind)
        {
            case KeyKind.Integer:
                if (!Utf8Parser.TryParse(utf8, out long number, out var consumed) || consumed != utf8.Length) return LineFinding.BadEntity;
                key = type.Key(number);
                return null;
            case KeyKind.Uuid:
                if (!Guid.TryParse(utf8, out var uuid)) return LineFinding.BadEntity;
                key = type.Key(uuid);
                return null;
            default:
                if (texts.Get(utf8) is not { } text) return utf8.Contains((byte)0) ? LineFinding.BadEntity : LineFinding.NotUtf8;

                // Not EntityType.Key: it would look for NUL in each text again, which the pool did, and fetch it from memory for that.
                key = new EntityKey(type, 0, 0, text);
                return null;
        }
    }

    private LineFinding? ReadGroup(ReadOnlySpan<byte> utf8, out GroupKey group)
    {
        group = default;
        if (utf8.IsEmpty) return null;
        switch (options.GroupKind)
        {
            case GroupKind.Segment:
                if (texts.Get(utf8) is not { } segment) return LineFinding.NotUtf8;
                group = GroupKey.Of(segment);
                return null;
            case GroupKind.Integer:
                if (!Utf8Parser.TryParse(utf8, out long position, out var consumed) || consumed != utf8.Length) return LineFinding.BadGroup;
                group = GroupKey.Of(position);
                return null;
            default:
                if (!time.TryParse(utf8, out var moment)) return LineFinding.BadGroup;
                group = options.GroupKind == GroupKind.Time ? GroupKey.Of(moment) : GroupKey.Of(DateOnly.FromDateTime(moment));
                return null;
        }
    }

    private EntityType? TypeOf(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty) return options.EntityType;
        if (texts.Get(utf8) is not { } name) return null;
        if (types.TryGetValue(name, out var known)) return known;
        if (types.Count == MaxTypes) return null;
        try
        {
            return types[name] = EntityType.Of(name, options.EntityType.KeyKind);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Partners are keys of the entity's own type, divided by <c>|</c> or in a JSON array. The entity itself is none.</summary>
    private LineFinding? ReadPartners(ReadOnlySpan<byte> utf8, EntityKey entity, out ReadOnlyMemory<EntityKey> partners)
    {
        partners = default;
        if (utf8.IsEmpty) return null;
        var found = new List<EntityKey>();
        var finding = utf8[0] == (byte)'[' ? ReadArray(utf8, entity, found) : ReadList(utf8, entity, found);
        if (finding is null && found.Count > 0) partners = found.ToArray();
        return finding;
    }

    private LineFinding? ReadList(ReadOnlySpan<byte> utf8, EntityKey entity, List<EntityKey> found)
    {
        foreach (var range in utf8.Split((byte)'|'))
        {
            if (Add(utf8[range].Trim((byte)' '), entity, found) is { } bad) return bad;
        }

        return null;
    }

    private LineFinding? ReadArray(ReadOnlySpan<byte> utf8, EntityKey entity, List<EntityKey> found)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number)) return LineFinding.BadEntity;
                var text = reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(reader.GetString()!) : reader.ValueSpan;
                if (Add(text, entity, found) is { } bad) return bad;
            }

            reader.Read();
            return null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return LineFinding.BadEntity;
        }
    }

    private LineFinding? Add(ReadOnlySpan<byte> utf8, EntityKey entity, List<EntityKey> found)
    {
        if (utf8.IsEmpty) return null;
        if (ReadKey(utf8, entity.Type, out var key) is { } bad) return bad;
        if (key == entity) return null;
        if (found.Count == MaxPartners) return LineFinding.TooManyPartners;
        found.Add(key);
        return null;
    }
}
