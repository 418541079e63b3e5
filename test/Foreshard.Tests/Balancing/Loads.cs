using Foreshard.Balancing;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

/// <summary>What partitions are asked for if steps are taken, added up from the input alone; the own load of new moves is left out.</summary>
internal static class Loads
{
    /// <summary>Of each partition, the mean and the variance of each slot, and the planned share of capacity.</summary>
    public static List<(PartitionId Partition, double[] Means, double[] Variances, double[] Shares)> Of(
        PlanInput input, IReadOnlyCollection<PlanStep> steps, BalancerOptions options)
    {
        var (horizon, slots) = (input.Horizon, input.Horizon.SlotCount);
        var mean = input.Partitions.ToDictionary(partition => partition.Id, _ => new double[slots]);
        var variance = input.Partitions.ToDictionary(partition => partition.Id, _ => new double[slots]);
        foreach (var unit in input.Units)
        {
            Add(unit.Partition, unit.Curve, 0, 1);
            foreach (var running in input.Running.Where(running => running.Unit == unit.Unit))
            {
                var from = (int)Math.Clamp(Math.Round(horizon.PositionOf(running.EndUtc - horizon.StartUtc), MidpointRounding.AwayFromZero), 0, slots);
                Add(unit.Partition, unit.Curve, from, -1);
                Add(running.To, unit.Curve, from, 1);
                AddOwn(running);
            }
        }

        foreach (var step in steps.Where(step => step.Kind == StepKind.Move))
        {
            // A slot counts where the unit is for four fifths of it.
            var from = (int)Math.Clamp(Math.Ceiling(horizon.PositionOf(step.EndUtc - horizon.StartUtc) - 0.2), 0, slots);
            var curve = CurveOf(input, steps, step);
            Add(step.From, curve, from, -1);
            Add(step.To, curve, from, 1);
        }

        return
        [
            .. input.Partitions.Select(partition => (
                partition.Id, mean[partition.Id], variance[partition.Id], Enumerable.Range(0, slots).Select(slot => ShareOf(partition, slot)).ToArray())),
        ];

        void Add(PartitionId partition, LoadCurve curve, int from, int times)
        {
            for (var slot = from; slot < slots; slot++)
            {
                mean[partition][slot] += times * curve.Mean[slot];
                variance[partition][slot] += times * curve.Variance[slot];
            }
        }

        void AddOwn(RunningMove running)
        {
            foreach (var end in (PartitionId[])[running.From, running.To])
            {
                var capacity = input.Partitions.Single(partition => partition.Id == end).Capacity;
                for (var slot = 0; slot < slots; slot++)
                    mean[end][slot] += capacity * options.Cost.MoveShare * Math.Clamp((running.EndUtc - horizon.StartOf(slot)) / horizon.LengthOf(slot), 0, 1);
            }
        }

        double ShareOf(FleetPartition partition, int slot)
        {
            var planned = mean[partition.Id][slot] + Math.Sqrt(Math.Max(0, variance[partition.Id][slot]));
            return planned < 1e-3 ? 0 : planned / (horizon.StartOf(slot) >= partition.ReadyUtc ? partition.Capacity : 1e-9);
        }
    }

    /// <summary>The load of what a move carries, as the input tells it.</summary>
    private static LoadCurve CurveOf(PlanInput input, IReadOnlyCollection<PlanStep> steps, PlanStep move)
    {
        var (slots, unit) = (input.Horizon.SlotCount, input.Units.Single(unit => unit.Unit == move.Unit));
        if (move.Entity == unit.Entity && !steps.Any(step => step.Kind == StepKind.Split && step.Unit == move.Unit))
        {
            // A bucket takes along who hasn't left it.
            var left = unit.Members.Where(member => steps.Any(step => step.Kind == StepKind.Isolate && step.Entity == member.Entity));
            var curves = left.Select(member => member.Curve).ToList();
            return new LoadCurve(
                [.. unit.Curve.Mean.ToArray().Select((load, slot) => Math.Max(0, load - curves.Sum(curve => curve.Mean[slot])))],
                [.. unit.Curve.Variance.ToArray().Select((load, slot) => Math.Max(0, load - curves.Sum(curve => curve.Variance[slot])))]);
        }

        if (unit.Members.FirstOrDefault(member => member.Entity == move.Entity) is { } one) return one.Curve;
        var split = unit.Split!;
        var parts = steps.Single(step => step.Kind == StepKind.Split && step.Unit == move.Unit).Parts;
        var groups = split.Groups.Where(group => move.Scope.Names(group.Group) || (move.Scope.TakesNew && !parts.Any(part => part.Names(group.Group))));
        var hasRest = move.Scope.Kind == GroupKind.Segment ? move.Scope.TakesNew : move.Scope.To is null;
        return LoadCurve.Sum(slots, groups.Select(group => group.Curve).Concat(hasRest ? [split.Rest] : []));
    }
}
