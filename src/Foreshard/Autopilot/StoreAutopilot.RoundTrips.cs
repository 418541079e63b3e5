using Foreshard.Mapping;

namespace Foreshard.Autopilot;

public sealed partial class StoreAutopilot
{
    /// <summary>What this process measured of how far it is from partitions; null: nothing yet, or it doesn't know where it is.</summary>
    private TripReport? OwnTrips => trips.MeasuredAt is { } at && region.Length > 0
        ? new TripReport { Process = process, Region = region, MeasuredAt = at, Milliseconds = trips.Milliseconds }
        : null;

    /// <summary>Measures how far this process is from each partition, if it is time for it and its region was named.</summary>
    internal async ValueTask MeasureAsync(CancellationToken cancellationToken)
    {
        if (options.Mode == AutopilotMode.Off || region.Length == 0 || !trips.IsDue) return;
        await trips.MeasureAsync(partitions.All, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Leaves what this process measured, if that is new, for the one that plans.</summary>
    private async ValueTask PostTripsAsync(CancellationToken cancellationToken)
    {
        if (OwnTrips is not { } own || own.MeasuredAt == toldTrips) return;
        await post!.PostAsync(own.Save(), cancellationToken).ConfigureAwait(false);
        toldTrips = own.MeasuredAt;
    }

    /// <summary>Who takes over goes by what the last plan went by, until the others have spoken.</summary>
    private async ValueTask BeginTripsAsync(PlanRecord? last, CancellationToken cancellationToken)
    {
        if (post is not null && last is { RoundTrips.Count: > 0 })
            tripTable.Begin(last, await hands.LoadAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Takes the reports among what others left.</summary>
    /// <returns>The rest: access counts.</returns>
    private List<byte[]> TakeTrips(IReadOnlyList<byte[]> batches)
    {
        var rest = new List<byte[]>(batches.Count);
        foreach (var batch in batches)
        {
            if (TripReport.TryRead(batch, out var report)) tripTable.Take(report);
            else rest.Add(batch);
        }

        return rest;
    }

    /// <summary>The round trips that a plan goes by, as far as they were measured.</summary>
    private List<RegionTrip> TripsNow(MappingSnapshot map)
    {
        if (OwnTrips is { } own) tripTable.Take(own);
        return [.. tripTable.At(storeTime.GetUtcNow()).Where(trip => map.PartitionOf(trip.Partition) is { State: not PartitionState.Removed })];
    }

    private static List<PlannedRoundTrip> Named(List<RegionTrip> trips, MappingSnapshot map) =>
        [.. trips.Select(trip => new PlannedRoundTrip(trip.Region, map.PartitionOf(trip.Partition)!.Name, trip.Milliseconds, trip.Processes))];
}
