using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>An input in order: partitions and units by their ids, loads added up, units cut into atoms.</summary>
internal sealed class PlanTable
{
    private readonly Dictionary<PartitionId, int> indexOf = [];
    private readonly BalancerOptions options;

    /// <exception cref="ArgumentException">The input contradicts itself.</exception>
    public PlanTable(PlanInput input, BalancerOptions options)
    {
        this.options = options;
        Input = input;
        if (input.Partitions.Count == 0) throw new ArgumentException("A plan needs at least one partition.", nameof(input));
        var partitions = input.Partitions.OrderBy(partition => partition.Id).ToList();
        for (var index = 0; index < partitions.Count; index++)
        {
            var partition = partitions[index];
            if (!(partition.Capacity > 0) || !(partition.MoveBytesPerSecond > 0))
                throw new ArgumentException($"{partition.Id} has a capacity of {partition.Capacity} and moves {partition.MoveBytesPerSecond} B/s.", nameof(input));
            if (!indexOf.TryAdd(partition.Id, index)) throw new ArgumentException($"{partition.Id} is in the fleet twice.", nameof(input));
        }

        Units = [.. input.Units.OrderBy(unit => unit.Unit)];
        Prices = new PlacementPrices(partitions, input.RoundTrips, options.Cost, options.MovesPerPartition);
        Load = new FleetLoad(input.Horizon, partitions, options.Cost);
        var running = input.Running.OrderBy(move => move.Unit).ToDictionary(move => move.Unit);
        for (var i = 0; i < Units.Count; i++)
        {
            if (i > 0 && Units[i].Unit == Units[i - 1].Unit) throw new ArgumentException($"{Units[i].Unit} is there twice.", nameof(input));
            AddLoad(Units[i], running.TryGetValue(Units[i].Unit, out var move) ? move : null);
        }

        Load.SetBalance();
        Atoms = new AtomList(input, Load, Prices, options);
        for (var i = 0; i < Units.Count; i++) Atoms.Add(Units[i], i, IndexOf(Units[i].Partition));
    }

    public PlanInput Input { get; }

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyList<PlanUnit> Units { get; }

    public PlacementPrices Prices { get; }

    /// <summary>Everything at home, with what is on its way.</summary>
    public FleetLoad Load { get; }

    public AtomList Atoms { get; }

    /// <summary>Place of a partition in the order of ids.</summary>
    /// <exception cref="ArgumentException">It isn't in the fleet.</exception>
    public int IndexOf(PartitionId partition) => indexOf.TryGetValue(partition, out var index)
        ? index
        : throw new ArgumentException($"{partition} isn't in the fleet. A partition that was lost is there as one that is being emptied.");

    /// <summary>When moves run, with those that do already.</summary>
    public MoveTimeline TimelineOf()
    {
        var timeline = new MoveTimeline(Input, Load.Partitions.Count, options);
        foreach (var move in Input.Running.OrderBy(move => move.Unit))
            timeline.Take(IndexOf(move.From), IndexOf(move.To), Input.Horizon.StartUtc, move.EndUtc, bytes: 0);
        return timeline;
    }

    private void AddLoad(PlanUnit unit, RunningMove? running)
    {
        if (unit.Curve.Count != Input.Horizon.SlotCount)
            throw new ArgumentException($"{unit.Unit} has a forecast of {unit.Curve.Count} slots; the plan has {Input.Horizon.SlotCount}.");
        var home = IndexOf(unit.Partition);
        var growth = Math.Max(0, unit.GrowthPerDay) * (Input.Horizon.EndUtc - Input.Horizon.StartUtc).TotalDays;
        Load.Add(home, unit.Curve, 0);
        if (running is not { } move)
        {
            Load.AddBytes(home, unit.Bytes + growth);
            return;
        }

        var to = IndexOf(move.To);
        var from = PlacementPrices.SlotAfter(move.EndUtc - Input.Horizon.StartUtc, Input.Horizon);
        Load.Add(home, unit.Curve, from, times: -1);
        Load.Add(to, unit.Curve, from);
        Load.AddBytes(to, unit.Bytes + growth);
        Load.AddLoad(home, Prices.MoveLoadAt(home), Input.Horizon.StartUtc, move.EndUtc);
        Load.AddLoad(to, Prices.MoveLoadAt(to), Input.Horizon.StartUtc, move.EndUtc);
    }
}
