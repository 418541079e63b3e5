using Foreshard.Cli.Output;
using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <param name="Entity">The entity.</param>
/// <param name="Bucket">The bucket that its key hashes to.</param>
/// <param name="IsIsolated">Whether it has a place of its own, apart from its bucket.</param>
/// <param name="IsSplit">Whether it has several shards.</param>
/// <param name="Shards">Its shards, or the one that was asked for.</param>
internal sealed record PlaceReport(string Entity, int Bucket, bool IsIsolated, bool IsSplit, IReadOnlyList<ShardReport> Shards)
{
    public static PlaceReport Of(EntityPlace place) =>
        new(place.Entity.ToString(), place.Bucket, place.IsIsolated, place.Shards.Count > 1, [.. place.Shards.Select(ShardReport.Of)]);
}

/// <param name="Partition">Name of the partition that it is on.</param>
/// <param name="Scope">Which groups it holds, in words: <c>*</c>, <c>{eu, us, …new}</c>, <c>[2026-01-01, …)</c>.</param>
/// <param name="Segments">The segments that it names; null unless it is a set of segments.</param>
/// <param name="TakesNew">Whether segments that no shard names are its.</param>
/// <param name="From">Where its interval begins, inclusive; null: nowhere, or it is none.</param>
/// <param name="To">Where its interval ends, exclusive; null: nowhere, or it is none.</param>
/// <param name="IsHome">Whether the entity's core rows are kept beside it.</param>
/// <param name="Unit">Number of the unit: its bucket, or its own.</param>
/// <param name="Epoch">Number of the placement.</param>
internal sealed record ShardReport(
    string Partition, string Scope, IReadOnlyList<string>? Segments, bool TakesNew, string? From, string? To, bool IsHome, int Unit, long Epoch)
{
    public static ShardReport Of(ShardPlace shard)
    {
        var scope = shard.Scope;
        var isSet = !scope.IsWhole && scope.Kind == GroupKind.Segment;
        return new ShardReport(
            shard.Partition,
            scope.ToString(),
            isSet ? [.. scope.Segments] : null,
            scope.IsWhole || scope.TakesNew,
            At(scope.From),
            At(scope.To),
            shard.IsHome,
            shard.Placement.Unit.Value,
            shard.Placement.Epoch);

        string? At(long? position) => position is { } some ? GroupKey.At(scope.Kind, some).ToString() : null;
    }
}

/// <summary>Where an entity is, on the screen.</summary>
internal static class PlaceView
{
    public static void Write(Terminal terminal, PlaceReport place)
    {
        if (place is { IsSplit: false, Shards: [var only] })
        {
            terminal.Output.WriteLine(place.IsIsolated
                ? $"{place.Entity} is on partition {only.Partition}, in a place of its own (bucket {place.Bucket}, unit {only.Unit}, epoch {only.Epoch})."
                : $"{place.Entity} is on partition {only.Partition}, in bucket {place.Bucket} (epoch {only.Epoch}).");
            return;
        }

        terminal.Output.WriteLine($"{place.Entity} is split; its key hashes to bucket {place.Bucket}.");
        var table = Tables.Of("shard", "partition", "", ">unit", ">epoch");
        foreach (var shard in place.Shards)
            table.Row(shard.Scope, shard.Partition, shard.IsHome ? "home" : "", Words.Count(shard.Unit), Words.Count(shard.Epoch));
        terminal.Write(table);
    }
}
