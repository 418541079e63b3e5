using Foreshard.Balancing;
using Foreshard.Sharding;
using Foreshard.Simulation.Cluster;

namespace Foreshard.Simulation.Runs;

/// <summary>Makes outlooks of entities from a curve per node: for policies that don't forecast.</summary>
internal sealed class LookAhead(NodeTable nodes, NodeSizes sizes, RegionMix regions, SimulationOptions options)
{
    /// <summary>What is expected of each entity that has load or rows.</summary>
    /// <param name="curves">Mean of each slot, cost units per second, of each node; null: none.</param>
    /// <param name="slots">Slots of the plan.</param>
    /// <param name="hasBusy">Whether it is told what each asks for when most is asked of all; see <see cref="LoadCurve.Busy"/>.</param>
    public List<EntityOutlook> Of(IReadOnlyList<float[]?> curves, int slots, bool hasBusy)
    {
        var weights = hasBusy ? BusyOf(curves, slots) : new float[slots];
        var outlooks = new List<EntityOutlook>();
        for (var entity = 0; entity < nodes.Entities.Length; entity++)
        {
            var (from, to) = nodes.NodesOf(entity);
            var sum = new float[slots];
            var isThere = false;
            for (var node = from; node < to; node++)
            {
                isThere |= curves[node] is not null || sizes.HasCome(node);
                if (curves[node] is { } curve) System.Numerics.Tensors.TensorPrimitives.Add(sum, curve, sum);
            }

            if (isThere) outlooks.Add(Outlook(entity, CurveOf(sum, weights), curves, weights));
        }

        return outlooks;
    }

    private static LoadCurve CurveOf(float[] loads, float[] weights) =>
        new(loads, new float[loads.Length], System.Numerics.Tensors.TensorPrimitives.Dot<float>(loads, weights));

    /// <summary>The share that each slot has of the load of all.</summary>
    private static float[] BusyOf(IReadOnlyList<float[]?> curves, int slots)
    {
        var sum = new float[slots];
        foreach (var curve in curves)
        {
            if (curve is not null) System.Numerics.Tensors.TensorPrimitives.Add(sum, curve, sum);
        }

        var all = sum.Sum(load => (double)load);
        return [.. sum.Select(load => all > 0 ? (float)(load / all) : 0)];
    }

    private EntityOutlook Outlook(int entity, LoadCurve sum, IReadOnlyList<float[]?> curves, float[] weights)
    {
        var key = nodes.Entities[entity];
        return new EntityOutlook
        {
            Entity = key,
            Curve = sum,
            Bytes = sizes.Sum(entity, sizes.Bytes),
            GrowthPerDay = sizes.Sum(entity, sizes.GrowthPerDay),
            Regions = regions.OfEntity(entity),
            Groups = options.Outlook.IsSplittable?.Invoke(key) == false ? [] : GroupsOf(entity, sum.Count, curves, weights),
        };
    }

    /// <summary>The heaviest groups, in the order of groups: as many as the forecaster would tell one by one.</summary>
    private List<GroupLoad> GroupsOf(int entity, int slots, IReadOnlyList<float[]?> curves, float[] weights)
    {
        var (from, to) = nodes.NodesOf(entity);
        var known = new List<(int Node, LoadCurve Curve)>();
        for (var node = from; node < to; node++)
        {
            if (nodes.Groups[node].IsNone || (curves[node] is null && !sizes.HasCome(node))) continue;
            known.Add((node, curves[node] is { } curve ? CurveOf(curve, weights) : LoadCurve.Zero(slots)));
        }

        return
        [
            .. known.OrderByDescending(one => one.Curve.MeanLoad).ThenBy(one => one.Node).Take(options.Outlook.GroupsPerEntity)
                .OrderBy(one => one.Node)
                .Select(one => new GroupLoad(nodes.Groups[one.Node], one.Curve, sizes.Bytes[one.Node], regions.OfNode(one.Node))),
        ];
    }
}
