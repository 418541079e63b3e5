using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Foreshard.Mapping;

/// <summary>Scopes, entries and changes as JSON: what stores keep, and what people read there.</summary>
internal static class MappingJson
{
    public static readonly MappingJsonContext Context = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary><c>{"whole":true}</c>, <c>{"segments":["eu"],"takesNew":true}</c> or <c>{"line":"Date","from":"2026-01-01"}</c>.</summary>
    public static string Write(ShardScope scope) => JsonSerializer.Serialize(ScopeJson.Of(scope), Context.ScopeJson);

    /// <exception cref="FormatException">The text is no scope.</exception>
    public static ShardScope ReadScope(string json) => Read(() => JsonSerializer.Deserialize(json, Context.ScopeJson)!.ToScope(), json);

    /// <summary>The change without its expectations and records, which mean nothing once it is committed.</summary>
    public static string Write(MappingChange change) => JsonSerializer.Serialize(ChangeJson.Of(change), Context.ChangeJson);

    /// <exception cref="FormatException">The text is no change.</exception>
    public static MappingChange ReadChange(string json) => Read(() => JsonSerializer.Deserialize(json, Context.ChangeJson)!.ToChange(), json);

    private static T Read<T>(Func<T> read, string json)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is JsonException or ArgumentException or OverflowException or NullReferenceException)
        {
            throw new FormatException($"Not a part of a mapping table: {json}", error);
        }
    }
}

[JsonSerializable(typeof(ScopeJson))]
[JsonSerializable(typeof(ChangeJson))]
[JsonSerializable(typeof(PlacementJson[]))]
[JsonSerializable(typeof(ShardsJson))]
[JsonSerializable(typeof(MappingLine))]
internal sealed partial class MappingJsonContext : JsonSerializerContext;

internal sealed record PlacementJson(int Unit, int Partition, long Epoch)
{
    public static PlacementJson Of(Placement placement) => new(placement.Unit.Value, placement.Partition.Value, placement.Epoch);

    public Placement ToPlacement() => new(new UnitId(Unit), new PartitionId(Partition), Epoch);
}

internal sealed record EntityJson(string Type, string KeyKind, string Key)
{
    public static EntityJson Of(EntityKey entity) => new(entity.Type.Name, entity.Type.KeyKind.ToString(), entity.KeyText());

    public EntityKey ToEntity() => EntityType.Of(Type, Enum.Parse<KeyKind>(KeyKind)).Parse(Key);
}

/// <param name="Whole">Every group; then nothing else is set.</param>
/// <param name="Segments">Of a set of segments, those it names.</param>
/// <param name="TakesNew">Of a set of segments, whether new ones belong to it.</param>
/// <param name="Line">Of an interval, the kind of its line.</param>
/// <param name="From">Its first position as groups are written; the number itself where the line's type has no such value.</param>
/// <param name="To">Its end, exclusive, likewise.</param>
internal sealed record ScopeJson(bool Whole, string[]? Segments, bool TakesNew, string? Line, string? From, string? To)
{
    private static readonly ScopeJson WholeJson = new(true, null, false, null, null, null);

    public static ScopeJson Of(ShardScope scope)
    {
        if (scope.IsWhole) return WholeJson;
        return scope.Kind == GroupKind.Segment
            ? new ScopeJson(false, [.. scope.Segments], scope.TakesNew, null, null, null)
            : new ScopeJson(false, null, false, scope.Kind.ToString(), Text(scope.Kind, scope.From), Text(scope.Kind, scope.To));
    }

    public ShardScope ToScope()
    {
        if (Whole) return ShardScope.Whole;
        if (Line is null) return ShardScope.OfSegments(Segments ?? [], TakesNew);
        var kind = Enum.Parse<GroupKind>(Line);
        return ShardScope.OfInterval(kind, Position(kind, From), Position(kind, To));
    }

    private static string? Text(GroupKind kind, long? position)
    {
        if (position is not { } value) return null;
        var end = kind == GroupKind.Date ? DateOnly.MaxValue.DayNumber : DateTime.MaxValue.Ticks;
        return kind != GroupKind.Integer && value >= 0 && value <= end
            ? GroupKey.At(kind, value).ToString()
            : value.ToString(CultureInfo.InvariantCulture);
    }

    private static long? Position(GroupKind kind, string? text)
    {
        if (text is null) return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : GroupKey.Parse(kind, text).Position;
    }
}

internal sealed record ShardJson(PlacementJson Placement, ScopeJson Scope);

internal sealed record EntryJson(EntityJson Entity, int Home, ShardJson[] Shards)
{
    public static EntryJson Of(EntityEntry entry) => new(
        EntityJson.Of(entry.Entity),
        entry.Home.Value,
        [.. entry.Shards.Select(shard => new ShardJson(PlacementJson.Of(shard.Placement), ScopeJson.Of(shard.Scope)))]);

    public EntityEntry ToEntry() => new ShardsJson(Home, Shards).ToEntry(Entity.ToEntity());
}

internal sealed record PartitionJson(
    int Id, string? Name, string? Region, double CapacityPerSecond, long SizeBudgetBytes, string? Location, string State, bool HasWriteLog = false)
{
    public static PartitionJson Of(PartitionInfo partition) => new(
        partition.Id.Value,
        partition.Name,
        partition.Region,
        partition.CapacityPerSecond,
        partition.SizeBudgetBytes,
        partition.Location,
        partition.State.ToString(),
        partition.HasWriteLog);

    public PartitionInfo ToPartition() => new(
        new PartitionId(Id), Name ?? "", Region ?? "", CapacityPerSecond, SizeBudgetBytes, Location ?? "", Enum.Parse<PartitionState>(State), HasWriteLog);
}

internal sealed record ChangeJson(PlacementJson[]? Buckets, EntryJson[]? Entries, EntityJson[]? Removed, PartitionJson[]? Partitions)
{
    public static ChangeJson Of(MappingChange change) => new(
        change.Buckets.IsEmpty ? null : [.. change.Buckets.Select(PlacementJson.Of)],
        change.Entries.IsEmpty ? null : [.. change.Entries.Select(EntryJson.Of)],
        change.RemovedEntries.IsEmpty ? null : [.. change.RemovedEntries.Select(EntityJson.Of)],
        change.Partitions.IsEmpty ? null : [.. change.Partitions.Select(PartitionJson.Of)]);

    public MappingChange ToChange() => new()
    {
        Buckets = [.. (Buckets ?? []).Select(placement => placement.ToPlacement())],
        Entries = [.. (Entries ?? []).Select(entry => entry.ToEntry())],
        RemovedEntries = [.. (Removed ?? []).Select(entity => entity.ToEntity())],
        Partitions = [.. (Partitions ?? []).Select(partition => partition.ToPartition())],
    };
}
