using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Autopilot;

/// <summary>From what came in an interval to a plan: profiles, forecasts, balancer. Decides without clock, files or waiting. For one thread.</summary>
internal sealed class PlanMaker(LoadOutlook outlook, AutopilotOptions options)
{
    /// <summary>Share of a partition's capacity from which an entity may leave its bucket: below, the bucket moves as a whole.</summary>
    private const double MemberShare = 0.02;

    private readonly Balancer balancer = new(options.ForBalancer);
    private readonly PlanPace pace = new(
        options.PlanEvery, options.UseForecasts ? options.ForBalancer.Cost.TargetShare : options.ReactAbove, looksAhead: options.UseForecasts);

    private readonly ResizeWatch resizes = new();

    /// <summary>What is known and expected.</summary>
    public LoadOutlook Outlook => outlook;

    /// <summary>Load of each partition in the interval that ended last, cost units per second.</summary>
    public IReadOnlyDictionary<PartitionId, double> Loads { get; private set; } = new Dictionary<PartitionId, double>();

    /// <summary>When the last plan was made; null before the first.</summary>
    public DateTime? PlannedUtc => pace.PlannedUtc;

    /// <summary>The fleet as the mapping table has it.</summary>
    public List<FleetPartition> FleetOf(MappingSnapshot mapping) =>
    [
        .. mapping.Partitions.Where(partition => partition.State != PartitionState.Removed).Select(partition => new FleetPartition
        {
            Id = partition.Id,
            Name = partition.Name,
            Region = partition.Region,
            Capacity = CapacityOf(partition),
            SizeBudgetBytes = partition.SizeBudgetBytes,
            MoveBytesPerSecond = options.MoveBytesPerSecond,
            State = partition.State == PartitionState.Draining ? FleetState.Draining : FleetState.Active,
        }),
    ];

    /// <summary>An interval is over.</summary>
    /// <param name="interval">What came in it.</param>
    /// <param name="mapping">Where entities are.</param>
    public void Close(AccessInterval interval, MappingSnapshot mapping)
    {
        var seconds = outlook.Grid.SlotLength.TotalSeconds;
        var loads = mapping.Partitions.Where(partition => partition.State != PartitionState.Removed).ToDictionary(one => one.Id, _ => 0.0);
        for (var row = 0; row < interval.RowCount; row++)
        {
            ref readonly var one = ref interval.Row(row);
            var placement = PlaceOf(one.Key.Entity, one.Key.Group, mapping);
            loads[placement.Partition] = loads.GetValueOrDefault(placement.Partition) + (one.Tally.Cost / seconds);
        }

        Loads = loads;
        outlook.Close(interval);
        pace.EndInterval(mapping.Partitions
            .Where(partition => loads.ContainsKey(partition.Id))
            .Select(partition => (partition.Id, loads[partition.Id] / CapacityOf(partition))));
    }

    /// <summary>Whether a plan should be made now.</summary>
    public bool IsDue(DateTime nowUtc, MappingSnapshot mapping)
    {
        var isDraining = mapping.Partitions.Any(partition => partition.State == PartitionState.Draining);
        return pace.IsDue(nowUtc, options.UseForecasts && outlook.SeesSurge(SmallestCapacity(mapping)), isDraining);
    }

    /// <summary>Makes a plan.</summary>
    /// <param name="nowUtc">Now: not before the open interval.</param>
    /// <param name="mapping">Where entities are.</param>
    /// <param name="running">What is on its way.</param>
    /// <param name="lastChange">When a unit moved last or came into being.</param>
    /// <param name="isNew">Whether it came into being then, and hasn't moved since.</param>
    /// <param name="bytesMovedLastHour">For the budget.</param>
    /// <param name="bytesOf">Size of a unit, where it is known.</param>
    /// <param name="trips">How far users are from partitions, where it was measured.</param>
    public Plan Make(
        DateTime nowUtc,
        MappingSnapshot mapping,
        IReadOnlyList<RunningMove> running,
        Func<UnitId, DateTime?> lastChange,
        Func<UnitId, bool> isNew,
        double bytesMovedLastHour,
        Func<UnitId, double?> bytesOf,
        IReadOnlyList<RegionTrip> trips)
    {
        var horizon = options.HorizonFrom(nowUtc);
        var capacity = SmallestCapacity(mapping);
        outlook.Look(capacity, horizon, entity => mapping.EntryOf(entity)?.IsSplit == true);
        var fleet = FleetOf(mapping);
        var plan = balancer.Plan(new PlanInput
        {
            Horizon = horizon,
            Partitions = fleet,
            ResizedUtc = resizes.Look(nowUtc, fleet),
            Units = PlanUnits.Of(
                mapping, outlook.Entities, horizon.SlotCount, lastChange, MemberShare * capacity, outlook.ColdOf(mapping), bytesOf, isNew),
            RoundTrips = options.ConfiguredRoundTrips.With(trips.ToDictionary(trip => (trip.Region, trip.Partition), trip => trip.Milliseconds)),
            Running = running,
            Freezes = [.. options.Freezes.SelectMany(freeze => freeze.Windows(horizon.StartUtc, horizon.EndUtc)).OrderBy(window => window.FromUtc)],
            BytesMovedLastHour = bytesMovedLastHour,
        });
        pace.Planned(nowUtc, plan.Steps.IsEmpty);
        return plan;
    }

    /// <summary>Where a session was: on the whole of a split entity, or on a group of a column that was replaced since, at its home.</summary>
    private static Placement PlaceOf(in EntityKey entity, in GroupKey group, MappingSnapshot mapping)
    {
        var placement = mapping.Find(entity, out var split);
        if (split is null) return placement;
        var isOfShard = !group.IsNone && split.HomeShard.Scope.Kind == group.Kind;
        return isOfShard ? split.ShardOf(group).Placement : split.HomeShard.Placement;
    }

    private double CapacityOf(PartitionInfo partition) => partition.CapacityPerSecond > 0 ? partition.CapacityPerSecond : options.AssumedCapacity;

    private double SmallestCapacity(MappingSnapshot mapping) =>
        mapping.Partitions.Where(partition => partition.State == PartitionState.Active).Select(CapacityOf).DefaultIfEmpty(options.AssumedCapacity).Min();
}
