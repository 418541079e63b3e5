using Foreshard.Profiling;

namespace Foreshard.Sharding;

/// <summary>What share of the whole each group has: of the load, of the bytes, of each region.</summary>
/// <remarks>
/// What is planned for a slot, mean and room, is not the sum of what is planned for its groups, since their rooms don't all fill at once. A
/// group's part in it is its mean and so much of the room as its variance is of the whole's (Euler's rule for a root of a sum of squares), and
/// these do add up: so shares add up to 1, and each group comes down to two figures however many slots there are.
/// </remarks>
internal sealed class CutShares
{
    private readonly IReadOnlyList<GroupLoad> all;
    private readonly string[] regions;
    private readonly double[] planned;
    private readonly double[] perVariance;
    private readonly double meanTotal;
    private readonly double busyTotal;
    private readonly double bytesTotal;

    /// <param name="all">All that is cut, the groups in their order and the rest after them.</param>
    /// <param name="regions">The regions that shares are told of, in their order.</param>
    public CutShares(IReadOnlyList<GroupLoad> all, string[] regions)
    {
        this.all = all;
        this.regions = regions;
        var slots = all[0].Curve.Count;
        planned = new double[slots];
        perVariance = new double[slots];
        foreach (var one in all)
        {
            if (one.Curve.Count != slots) throw new ArgumentException($"'{one.Group}' has {one.Curve.Count} slots, others have {slots}.", nameof(all));
            bytesTotal += one.Bytes;
            for (var slot = 0; slot < slots; slot++)
            {
                planned[slot] += one.Curve.Mean[slot];
                perVariance[slot] += one.Curve.Variance[slot];
            }
        }

        for (var slot = 0; slot < slots; slot++)
        {
            meanTotal += planned[slot];
            var room = Math.Sqrt(perVariance[slot]);
            planned[slot] += room;
            perVariance[slot] = room > 0 ? planned[slot] / room : 0;
            busyTotal += planned[slot] * planned[slot];
        }
    }

    /// <summary>
    /// The figures of one of them, by the indexes of <see cref="CutNode"/>. Without any load, bytes stand for it; without any, groups count alike.
    /// </summary>
    public double[] Of(GroupLoad one)
    {
        double mean = 0, busy = 0;
        var means = one.Curve.Mean;
        var variances = one.Curve.Variance;
        for (var slot = 0; slot < planned.Length; slot++)
        {
            mean += means[slot];
            busy += (means[slot] * planned[slot]) + (variances[slot] * perVariance[slot]);
        }

        var figures = new double[CutNode.FirstRegion + regions.Length];
        var bytes = bytesTotal > 0 ? one.Bytes / bytesTotal : 0;
        var instead = bytesTotal > 0 ? bytes : one.Group.IsNone ? 0 : 1.0 / (all.Count - 1);
        figures[CutNode.Bytes] = bytes;
        figures[CutNode.Mean] = meanTotal > 0 ? mean / meanTotal : instead;
        figures[CutNode.Busy] = busyTotal > 0 ? busy / busyTotal : instead;
        foreach (var (label, share) in one.Regions.OrderBy(region => region.Label, StringComparer.Ordinal).ThenBy(region => region.Share))
        {
            if (!string.IsNullOrEmpty(label))
                figures[CutNode.FirstRegion + Array.BinarySearch(regions, label, StringComparer.Ordinal)] += figures[CutNode.Mean] * share;
        }

        return figures;
    }

    /// <summary>Regions of several together, each counting by its share of the mean load, the largest first; empty if none has any.</summary>
    public static IReadOnlyList<LabelShare> Mix(IEnumerable<(IReadOnlyList<LabelShare> Regions, double Weight)> parts)
    {
        var sums = new SortedDictionary<string, double>(StringComparer.Ordinal);
        double none = 0, total = 0;
        foreach (var (regions, weight) in parts)
        {
            foreach (var (label, share) in regions.OrderBy(region => region.Label, StringComparer.Ordinal).ThenBy(region => region.Share))
            {
                total += weight * share;
                if (label is null) none += weight * share;
                else sums[label] = sums.GetValueOrDefault(label) + (weight * share);
            }
        }

        if (!(total > 0)) return [];
        var mix = sums.Select(sum => new LabelShare(sum.Key, sum.Value / total)).ToList();
        if (none > 0) mix.Add(new LabelShare(null, none / total));
        return [.. mix.OrderByDescending(region => region.Share)];
    }
}
