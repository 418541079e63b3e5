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
    public List<EntityOutlook> Of(IReadOnlyList<float[]?> curves, int slots)
    {
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

            if (isThere) outlooks.Add(Outlook(entity, new LoadCurve(sum, new float[slots]), curves));
        }

        return outlooks;
    }

    private EntityOutlook Outlook(int entity, LoadCurve sum, IReadOnlyList<float[]?> curves)
    {
        var key = nodes.Entities[entity];
        return new EntityOutlook
        {
            Entity = key,
            Curve = sum,
            Bytes = sizes.Sum(entity, sizes.Bytes),
            GrowthPerDay = sizes.Sum(entity, sizes.GrowthPerDay),
            Regions = regions.OfEntity(entity),
            Groups = options.Outlook.IsSplittable?.Invoke(key) == false ? [] : GroupsOf(entity, sum.Count, curves),
        };
    }

    /// <summary>The heaviest groups, in the order of groups: as many as the forecaster would tell one by one.</summary>
    private List<GroupLoad> GroupsOf(int entity, int slots, IReadOnlyList<float[]?> curves)
    {
        var (from, to) = nodes.NodesOf(entity);
        var known = new List<(int Node, LoadCurve Curve)>();
        for (var node = from; node < to; node++)
        {
            if (nodes.Groups[node].IsNone || (curves[node] is null && !sizes.HasCome(node))) continue;
            known.Add((node, curves[node] is { } curve ? new LoadCurve(curve, new float[slots]) : LoadCurve.Zero(slots)));
        }

        return
        [
            .. known.OrderByDescending(one => one.Curve.MeanLoad).ThenBy(one => one.Node).Take(options.Outlook.GroupsPerEntity)
                .OrderBy(one => one.Node)
                .Select(one => new GroupLoad(nodes.Groups[one.Node], one.Curve, sizes.Bytes[one.Node], regions.OfNode(one.Node))),
        ];
    }
}
