using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Foreshard.Mapping;

/// <summary>The parts of a table as a store of keys and values keeps them: UTF-8, readable by people.</summary>
internal static class StoredJson
{
    public static byte[] Write(PartitionInfo partition) => Write(PartitionJson.Of(partition), MappingJson.Context.PartitionJson);

    /// <exception cref="FormatException">The text is no partition.</exception>
    public static PartitionInfo ReadPartition(ReadOnlySpan<byte> json) => Read(json, MappingJson.Context.PartitionJson, read => read.ToPartition());

    /// <summary>Consecutive buckets.</summary>
    public static byte[] Write(IEnumerable<Placement> buckets) =>
        Write([.. buckets.Select(PlacementJson.Of)], MappingJson.Context.PlacementJsonArray);

    /// <exception cref="FormatException">The text is no list of placements.</exception>
    public static Placement[] ReadBuckets(ReadOnlySpan<byte> json) =>
        Read(json, MappingJson.Context.PlacementJsonArray, read => Array.ConvertAll(read, placement => placement.ToPlacement()));

    /// <summary>An entry without its entity, which is its key.</summary>
    public static byte[] Write(EntityEntry entry)
    {
        var json = EntryJson.Of(entry);
        return Write(new ShardsJson(json.Home, json.Shards), MappingJson.Context.ShardsJson);
    }

    /// <exception cref="FormatException">The text is no entry of the entity.</exception>
    public static EntityEntry ReadEntry(in EntityKey entity, ReadOnlySpan<byte> json)
    {
        var key = entity;
        return Read(json, MappingJson.Context.ShardsJson, read => read.ToEntry(key));
    }

    private static byte[] Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static TResult Read<T, TResult>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, Func<T, TResult> read)
    {
        try
        {
            return read(JsonSerializer.Deserialize(json, type)!);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or OverflowException or NullReferenceException)
        {
            throw new FormatException($"not a part of a mapping table: {System.Text.Encoding.UTF8.GetString(json)}", error);
        }
    }
}

internal sealed record ShardsJson(int Home, ShardJson[] Shards)
{
    public EntityEntry ToEntry(in EntityKey entity) => new(
        entity, [.. Shards.Select(shard => new Shard(shard.Placement.ToPlacement(), shard.Scope.ToScope()))], new UnitId(Home));
}
