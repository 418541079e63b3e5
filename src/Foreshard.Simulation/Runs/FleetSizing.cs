using Foreshard.Balancing;
using Foreshard.Sharding;

namespace Foreshard.Simulation.Runs;

/// <summary>How many partitions an elastic fleet should have from now on.</summary>
/// <param name="Partitions">How many awake and not draining.</param>
/// <param name="Drain">Which of those that serve are to be emptied.</param>
internal sealed record FleetSizing(int Partitions, IReadOnlyList<PartitionId> Drain)
{
    /// <summary>What the planned load needs: the most that is asked for while a partition could be woken, and in the rest of the horizon to shrink.</summary>
    public static FleetSizing Advise(PlanInput input, ElasticFleet fleet, BalancerOptions options)
    {
        var curve = LoadCurve.Sum(input.Horizon.SlotCount, input.Units.Select(unit => unit.Curve));
        var active = input.Partitions.Where(partition => partition.State == FleetState.Active).OrderBy(partition => partition.Id).ToList();
        var capacity = active.Max(partition => partition.Capacity) * options.Cost.TargetShare;
        var soon = Math.Clamp((int)Math.Ceiling(fleet.WakeDelay / input.Horizon.SlotLength) + 2, 1, curve.Count);
        var needed = Math.Clamp((int)Math.Ceiling(curve.First(soon).Peak / capacity), fleet.Min, fleet.Max);
        if (needed >= active.Count) return new FleetSizing(needed, []);
        return new FleetSizing(needed, [.. active.Skip(needed).Select(partition => partition.Id)]);
    }
}
