using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Tests.Sharding;

/// <summary>Every cut there is, each judged by the definitions in <c>docs/sharding.md</c>, slot by slot and pair by pair.</summary>
internal sealed class CutReference
{
    private readonly SplitSubject subject;
    private readonly GroupLoad[] groups;
    private readonly GroupLoad rest;
    private readonly int parts;
    private readonly CutOptions options;
    private readonly Dictionary<GroupKey, (double Mean, double Busy)> shares;

    public CutReference(SplitSubject subject, int parts, CutOptions options)
    {
        (this.subject, this.parts, this.options) = (subject, parts, options);
        groups = [.. subject.Groups.OrderBy(load => load.Group)];
        rest = new GroupLoad(default, subject.Rest, subject.RestBytes, subject.RestRegions);
        shares = SharesOf([.. groups, rest]);
        All = [.. Assignments(0, new int[groups.Length]).Where(IsCut).Select(Judge)];
    }

    /// <summary>What a cut is like.</summary>
    public readonly record struct Judged(double Largest, double Straddling, double Score);

    /// <summary>Every cut, whatever the limits.</summary>
    public Judged[] All { get; }

    public bool IsAllowed(Judged cut) => cut.Largest <= options.LargestShareOf(parts) + 1e-9 && cut.Straddling <= options.StraddlingShare + 1e-9;

    private bool IsLine => subject.Kind != GroupKind.Segment;

    private IEnumerable<int[]> Assignments(int group, int[] partOf)
    {
        if (group == groups.Length)
        {
            yield return [.. partOf];
            yield break;
        }

        for (var part = IsLine && group > 0 ? partOf[group - 1] : 0; part < parts; part++)
        {
            partOf[group] = part;
            foreach (var whole in Assignments(group + 1, partOf)) yield return whole;
        }
    }

    /// <summary>No part is empty and nothing is cut that must not be; on a line the rest is last, of segments it is in part 0 and may be alone there.</summary>
    private bool IsCut(int[] partOf)
    {
        var isHeld = IsLine || subject.Within.IsWhole || subject.Within.TakesNew || subject.Within.Segments.Length > groups.Length;
        var restStands = !IsLine && isHeld && (subject.Rest.Mean.ContainsAnyExcept(0) || subject.Rest.Variance.ContainsAnyExcept(0));
        for (var part = 0; part < parts; part++)
        {
            if (!partOf.Contains(part) && !(part == 0 && restStands)) return false;
        }

        return subject.Edges.All(edge => edge.Relation == GroupRelation.ReadTogether || partOf[IndexOf(edge.First)] == partOf[IndexOf(edge.Second)]);
    }

    private Judged Judge(int[] partOf)
    {
        var sides = Enumerable.Range(0, parts).Select(part => groups.Where((_, index) => partOf[index] == part).ToList()).ToArray();
        sides[IsLine ? parts - 1 : 0].Add(rest);
        var largest = sides.Max(Load);
        var straddling = Math.Min(1, subject.Edges.Where(edge => partOf[IndexOf(edge.First)] != partOf[IndexOf(edge.Second)]).Sum(edge => edge.Share));
        var bytes = sides.Select(side => side.Sum(load => load.Bytes)).ToArray();
        var leaving = bytes.Sum() > 0 ? 1 - (bytes.Max() / bytes.Sum()) : 0;
        var score = (options.Balance * Math.Max(0, (largest - (1.0 / parts)) / (1 - (1.0 / parts))))
            + (options.Straddling * straddling) + (options.Bytes * leaving) + (options.Regions * Mixed(sides));
        return new Judged(largest, straddling, score);
    }

    private double Load(List<GroupLoad> side) => Math.Max(side.Sum(load => shares[load.Group].Mean), side.Sum(load => shares[load.Group].Busy));

    private static Dictionary<GroupKey, (double Mean, double Busy)> SharesOf(GroupLoad[] all)
    {
        var sums = all.ToDictionary(load => load.Group, _ => (Mean: 0.0, Busy: 0.0));
        for (var slot = 0; slot < all[0].Curve.Count; slot++)
        {
            var variance = all.Sum(load => (double)load.Curve.Variance[slot]);
            var room = Math.Sqrt(variance);
            var planned = all.Sum(load => (double)load.Curve.Mean[slot]) + room;
            foreach (var load in all)
            {
                var own = load.Curve.Mean[slot] + (variance > 0 ? room * load.Curve.Variance[slot] / variance : 0);
                sums[load.Group] = (sums[load.Group].Mean + load.Curve.Mean[slot], sums[load.Group].Busy + (planned * own));
            }
        }

        var (mean, busy) = (sums.Values.Sum(one => one.Mean), sums.Values.Sum(one => one.Busy));
        return sums.ToDictionary(one => one.Key, one => (one.Value.Mean / mean, one.Value.Busy / busy));
    }

    private static double Mixed(List<GroupLoad>[] sides)
    {
        var whole = InMainRegion([.. sides.SelectMany(side => side)]);
        var known = sides.SelectMany(side => side).Sum(load => Mean(load) * load.Regions.Where(IsRegion).Sum(region => region.Share));
        return known > whole * (1 + 1e-9) ? (known - sides.Sum(InMainRegion)) / (known - whole) : 0;
    }

    private static double InMainRegion(List<GroupLoad> side) => side
        .SelectMany(load => load.Regions.Where(IsRegion).Select(region => (region, Mean: Mean(load))))
        .GroupBy(one => one.region.Label).Select(same => same.Sum(one => one.region.Share * one.Mean)).DefaultIfEmpty(0).Max();

    private static double Mean(GroupLoad load)
    {
        var sum = 0.0;
        foreach (var mean in load.Curve.Mean) sum += mean;
        return sum;
    }

    private static bool IsRegion(LabelShare region) => region.Label is not null;

    private int IndexOf(GroupKey group) => Array.FindIndex(groups, load => load.Group == group);
}
