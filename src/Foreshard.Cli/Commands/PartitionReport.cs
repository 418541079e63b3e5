using Foreshard.Cli.Fleets;
using Foreshard.Cli.Output;
using Foreshard.Sessions;
using Spectre.Console;

namespace Foreshard.Cli.Commands;

/// <param name="Name">Its name.</param>
/// <param name="Id">Its number.</param>
/// <param name="Region">Where it is; empty: not said.</param>
/// <param name="Units">Buckets and shards on it.</param>
/// <param name="FileBytes">Size of its file and of what SQLite keeps beside it, or of its database; null if that can't be read.</param>
/// <param name="SizeBudgetBytes">How large it may grow; null: no budget.</param>
/// <param name="CapacityPerSecond">Cost units per second that it can serve; null: not known.</param>
/// <param name="IsDraining">Whether it takes no new units.</param>
/// <param name="HasWriteLog">Whether the autopilot reads in its own log what is written beside sessions.</param>
/// <param name="HasViews">Whether its database has views that show the rows of all partitions.</param>
internal sealed record PartitionReport(
    string Name,
    int Id,
    string Region,
    int Units,
    long? FileBytes,
    long? SizeBudgetBytes,
    double? CapacityPerSecond,
    bool IsDraining,
    bool HasWriteLog,
    bool HasViews)
{
    public static async Task<IReadOnlyList<PartitionReport>> OfAsync(EntityStore store, StorePlace place, CancellationToken cancellationToken)
    {
        var known = (await store.Moving.SnapshotAsync(cancellationToken)).Partitions.ToDictionary(partition => partition.Id);
        var sizes = store.Partitions.ToDictionary(one => one.Id, one => place.SizeAsync(known[one.Id], store.Moving.Time, cancellationToken));
        await Task.WhenAll(sizes.Values);
        return [.. store.Partitions.Select(one => Of(one, sizes[one.Id].Result))];
    }

    public static PartitionReport Of(PartitionStatus partition, long? bytes) => new(
        partition.Name,
        partition.Id.Value,
        partition.Region,
        partition.Units,
        bytes,
        partition.SizeBudgetBytes > 0 ? partition.SizeBudgetBytes : null,
        partition.CapacityPerSecond > 0 ? partition.CapacityPerSecond : null,
        partition.IsDraining,
        partition.HasWriteLog,
        partition.HasViews);
}

/// <summary>Partitions on the screen.</summary>
internal static class PartitionView
{
    public static Table Of(IReadOnlyList<PartitionReport> partitions)
    {
        // Most stores switch nothing on.
        var hasSwitches = partitions.Any(partition => partition.HasWriteLog || partition.HasViews);
        string[] columns = ["partition", "region", ">units", ">size", ">budget", ">capacity/s", "state"];
        var table = Tables.Of(hasSwitches ? [.. columns, "on"] : columns);
        foreach (var partition in partitions)
        {
            string[] cells =
            [
                partition.Name,
                partition.Region.Length > 0 ? partition.Region : Words.Unknown,
                Words.Count(partition.Units),
                partition.FileBytes is { } size ? Words.Bytes(size) : Words.Unknown,
                partition.SizeBudgetBytes is { } budget ? Words.Bytes(budget) : Words.Unknown,
                partition.CapacityPerSecond is { } capacity ? Words.Count((long)capacity) : Words.Unknown,
                partition.IsDraining ? "draining" : "active",
            ];
            table.Row(hasSwitches ? [.. cells, Switches(partition)] : cells);
        }

        return table;
    }

    private static string Switches(PartitionReport partition) => (partition.HasWriteLog, partition.HasViews) switch
    {
        (true, true) => "write log, views",
        (true, false) => "write log",
        (false, true) => "views",
        _ => "",
    };
}
