using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Commands;

/// <summary>What plans are about, in words: buckets say who lives in them.</summary>
internal sealed class PlanSubject
{
    private const int NamesShown = 2;

    private readonly Dictionary<UnitId, List<EntityKey>> entitiesOf;

    /// <param name="analysis">Whose plan it is.</param>
    public PlanSubject(FleetAnalysis analysis) => entitiesOf = analysis.Outlook.Entities
        .OrderByDescending(outlook => outlook.Curve.Peak)
        .ThenBy(outlook => outlook.Entity)
        .GroupBy(outlook => analysis.Mapping.PlacementOf(analysis.Mapping.BucketOf(outlook.Entity)).Unit, outlook => outlook.Entity)
        .ToDictionary(bucket => bucket.Key, bucket => bucket.ToList());

    /// <summary>As <c>customer/42 {eu}</c>, or <c>bucket 17 (customer/7, customer/9, 3 more)</c>, the busiest first.</summary>
    public string Of(UnitId unit, EntityKey entity, ShardScope scope)
    {
        if (!entity.IsNone) return scope.IsWhole ? entity.ToString() : $"{entity} {scope}";
        if (!entitiesOf.TryGetValue(unit, out var entities)) return $"bucket {unit.Value}";
        var names = entities.Take(NamesShown).Select(one => one.ToString());
        if (entities.Count > NamesShown) names = names.Append($"{entities.Count - NamesShown} more");
        return $"bucket {unit.Value} ({string.Join(", ", names)})";
    }
}
