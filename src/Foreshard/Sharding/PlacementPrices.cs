namespace Foreshard.Sharding;

/// <summary>The parts of the cost function that are of one unit and one partition. Immutable.</summary>
/// <param name="Fleet">In the order of their ids; partitions are named by their index.</param>
/// <param name="RoundTrips">How far users are from partitions.</param>
/// <param name="Options">The prices.</param>
/// <param name="MovesPerPartition">Moves at a time that share a partition's bandwidth.</param>
internal sealed record PlacementPrices(IReadOnlyList<FleetPartition> Fleet, RoundTrips RoundTrips, CostOptions Options, int MovesPerPartition)
{
    /// <summary>How long a move takes.</summary>
    public TimeSpan DurationOf(double bytes, int from, int to) => Options.MoveOverhead
        + TimeSpan.FromSeconds(bytes * MovesPerPartition / Math.Min(Fleet[from].MoveBytesPerSecond, Fleet[to].MoveBytesPerSecond));

    /// <summary>Load of a running move at one end, cost units per second.</summary>
    public double MoveLoadAt(int partition) => Fleet[partition].Capacity * Options.MoveShare;

    /// <summary>Price of a move: the capacity that it takes at both ends while it runs, and the move itself.</summary>
    public double TransferOf(double bytes, int from, int to)
    {
        if (from == to) return 0;
        var capacity = Fleet[from].Capacity + Fleet[to].Capacity;
        var seconds = DurationOf(bytes, from, to).TotalSeconds;
        return (Options.Transfer * Options.MoveShare * seconds * capacity) + (Options.MoveSeconds * capacity / 2);
    }

    /// <summary>Price of the round trips of a unit's users over the horizon, if it is on a partition.</summary>
    public double LatencyOf(PlacementSubject subject, int partition, PlanHorizon horizon)
    {
        if (RoundTrips.IsUniform) return 0;
        var milliseconds = 0.0;
        var told = 0.0;
        foreach (var (region, share) in subject.Regions)
        {
            milliseconds += share * RoundTrips.Between(region, Fleet[partition]);
            told += share;
        }

        milliseconds += Math.Max(0, 1 - told) * RoundTrips.Unknown;
        return Options.LatencyMs * milliseconds * subject.Curve.MeanLoad * horizon.Seconds;
    }

    /// <summary>Price of transactions with a partner over the horizon, if the two are on these partitions.</summary>
    public double PartnersOf(double perSecond, int partition, int partner, PlanHorizon horizon)
    {
        if (partition == partner) return 0;
        var milliseconds = Options.PartnerMs + RoundTrips.Apart(Fleet[partition], Fleet[partner]);
        return Options.LatencyMs * milliseconds * perSecond * horizon.Seconds;
    }

    /// <summary>The slot from which a move of that length, begun now, counts; the first of one that should have been over.</summary>
    public static int SlotAfter(TimeSpan duration, PlanHorizon horizon) =>
        (int)Math.Clamp(Math.Round(horizon.PositionOf(duration), MidpointRounding.AwayFromZero), 0, horizon.SlotCount);

    /// <summary>The slot from which what goes to a partition counts there: as soon as it can from a moment on, by default from now.</summary>
    public int SlotOfArrival(PlacementSubject subject, int partition, PlanHorizon horizon, DateTime beginUtc = default)
    {
        var ready = Fleet[partition].ReadyUtc - horizon.StartUtc;
        var begin = beginUtc - horizon.StartUtc;
        var wait = ready > begin ? ready : begin;
        var duration = DurationOf(subject.Bytes, subject.Home, partition);
        if (wait <= TimeSpan.Zero) return SlotAfter(duration, horizon);

        // A partition serves from the first whole slot after it is ready: nothing counts there before.
        return (int)Math.Min(horizon.SlotCount, Math.Max(Math.Ceiling(horizon.PositionOf(ready)), SlotAfter(wait + duration, horizon)));
    }
}
