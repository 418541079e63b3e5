using Foreshard.Mapping;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

internal sealed partial class LoadOutlook
{
    /// <summary>Parts of a unit in which cold loads are added up: sums of whole numbers are the same in any order, without sorting a million keys.</summary>
    private const double ColdParts = 1L << 40;

    /// <summary>What the entities without a series add to the units they live in, as of the last look.</summary>
    /// <remarks>
    /// Their loads are the slow averages, in the shape that all entities have together over the week; each may be off by as much as it is,
    /// independently of the others. Entities that were forgotten are in no sum.
    /// </remarks>
    /// <returns>In the order of the units; empty if all entities have series, or before the first look.</returns>
    public IReadOnlyList<ColdLoad> ColdOf(MappingSnapshot mapping)
    {
        if (slots is null || Profiles.Count <= watches.Count) return [];
        var sums = new Dictionary<UnitId, (Int128 Load, Int128 Square, Int128 Bytes)>();
        foreach (var summary in Profiles.Summaries(Open - 1))
        {
            if (watches.ContainsKey(summary.Entity)) continue;
            var unit = mapping.Find(summary.Entity).Unit;
            var sum = sums.GetValueOrDefault(unit);
            var load = summary.Cost.Slow;
            var bytes = sources.EntityBytes?.Invoke(summary.Entity) ?? summary.SizeBytes ?? 0;
            sums[unit] = (sum.Load + (Int128)(load * ColdParts), sum.Square + (Int128)(load * load * ColdParts), sum.Bytes + (Int128)bytes);
        }

        var shape = ShapeOf(slots);
        var busyFactor = allOnAverage.Value > 0 ? allWhenBusy.Value / allOnAverage.Value : 1;
        return
        [
            .. sums.OrderBy(sum => sum.Key).Select(sum => new ColdLoad(
                sum.Key,
                new LoadCurve(
                    [.. shape.Select(factor => (float)(factor * (double)sum.Value.Load / ColdParts))],
                    [.. shape.Select(factor => (float)(factor * factor * (double)sum.Value.Square / ColdParts))],
                    busyFactor * (double)sum.Value.Load / ColdParts),
                (double)sum.Value.Bytes)),
        ];
    }

    /// <summary>The load of each slot of the plan relative to the mean of the week.</summary>
    private float[] ShapeOf(PlanSlots slots)
    {
        Forecaster.PredictCold(1, 1, slots.Ahead, forecast);
        var shape = new float[slots.Count];
        foreach (var part in slots.Parts)
        {
            var perStep = part.Steps.SlotsPerStep;
            for (var slot = part.From; slot < part.To; slot++)
            {
                var first = part.Steps.Lead + (part.StepOf(slot) * perStep);
                for (var at = first; at < first + perStep; at++) shape[slot] += forecast.Mean[at] / perStep;
            }
        }

        return shape;
    }
}
