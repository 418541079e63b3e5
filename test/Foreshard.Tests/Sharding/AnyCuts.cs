using CsCheck;
using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Tests.Sharding;

/// <summary>Subjects of all kinds, small enough to look at every cut.</summary>
internal static class AnyCuts
{
    private const int Slots = 4;

    private static readonly string[] Labels = ["eu", "us", "asia"];

    public static EntityKey Customer { get; } = EntityType.Of("customer", KeyKind.Integer).Key(42);

    private static Gen<LoadCurve> Curve { get; } = Gen.Select(
        Gen.Frequency((1, Gen.Const(0f)), (6, Gen.Float[0, 100])).Array[Slots],
        Gen.Float[0, 400].Array[Slots],
        (mean, variance) => new LoadCurve(mean, variance));

    private static Gen<IReadOnlyList<LabelShare>> Regions { get; } = Gen.Frequency(
        (1, Gen.Const<IReadOnlyList<LabelShare>>([])),
        (3, Gen.Select(Gen.Int[0, 2], Gen.Double[0.5, 1], (main, share) =>
            (IReadOnlyList<LabelShare>)[new(Labels[main], share), new(Labels[(main + 1) % 3], 0.9 * (1 - share)), new(null, 0.1 * (1 - share))])));

    private static Gen<int> Relation { get; } = Gen.Frequency((1, Gen.Int[0, 1]), (4, Gen.Const((int)GroupRelation.ReadTogether)));

    private static Gen<double> Bytes { get; } = Gen.Frequency((1, Gen.Const(0.0)), (4, Gen.Double[0, 1e9]));

    /// <summary>Subjects with so many groups; ties among them are few, so that most can be cut.</summary>
    public static Gen<SplitSubject> Subject(Gen<bool> isLine, int groupsMin, int groupsMax) =>
        from line in isLine
        from count in Gen.Int[groupsMin, groupsMax]
        from within in Gen.Int[0, 2]
        from loads in Gen.Select(Curve, Bytes, Regions).Array[count]
        from ties in Gen.Select(Gen.Int[0, count - 1], Gen.Int[0, count - 1], Relation, Gen.Double[0, 0.3]).Array[0, count]
        from rest in Gen.Frequency((1, Gen.Const(LoadCurve.Zero(Slots))), (1, Curve))
        from restBytes in Bytes
        from restRegions in Regions
        select new SplitSubject
        {
            Entity = Customer,
            Kind = line ? GroupKind.Date : GroupKind.Segment,
            Within = line ? Interval(within, count) : Segments(within, count),
            Groups = [.. loads.Select((load, index) => new GroupLoad(Group(line, index), load.Item1, load.Item2, load.Item3))],
            Edges = [.. ties.Select(tie => new GroupEdge(Group(line, tie.Item1), Group(line, tie.Item2), (GroupRelation)tie.Item3, tie.Item4))],
            Rest = rest,
            RestBytes = restBytes,
            RestRegions = restRegions,
        };

    /// <summary>The same subject with everything in another order.</summary>
    public static Gen<(SplitSubject Subject, SplitSubject Shuffled)> Shuffled(Gen<SplitSubject> subjects) =>
        from subject in subjects
        from groups in Gen.Shuffle(subject.Groups.ToArray())
        from edges in Gen.Shuffle(subject.Edges.ToArray())
        from turned in Gen.Bool.Array[subject.Edges.Count]
        select (subject, subject with
        {
            Groups = [.. groups.Select(load => load with { Regions = [.. load.Regions.Reverse()] })],
            Edges = [.. edges.Select((edge, index) => turned[index] ? edge with { First = edge.Second, Second = edge.First } : edge)],
        });

    /// <summary>Options with limits and weights of all kinds.</summary>
    public static Gen<CutOptions> Options { get; } = Gen.Select(
        Gen.Double[0.5, 1],
        Gen.Double[0, 1],
        Gen.Double[0, 2].Array[4],
        (largest, straddling, weights) => new CutOptions
        {
            LargestShare = largest,
            StraddlingShare = straddling,
            Balance = weights[0],
            Straddling = weights[1],
            Bytes = weights[2],
            Regions = weights[3],
        });

    private static GroupKey Group(bool isLine, int index) => isLine ? DateOnly.FromDayNumber(740_000 + (7 * index)) : (GroupKey)$"s{index:00}";

    private static ShardScope Interval(int within, int count) => within switch
    {
        0 => ShardScope.Whole,
        1 => ShardScope.OfInterval(GroupKind.Date, 740_000, 740_000 + (7 * count)),
        _ => ShardScope.OfInterval(GroupKind.Date, 739_000, null),
    };

    /// <summary>Everything; a shard that names them all and one that has no load; or one that takes new segments and names every other one.</summary>
    private static ShardScope Segments(int within, int count) => within switch
    {
        0 => ShardScope.Whole,
        1 => ShardScope.OfSegments(Enumerable.Range(0, count).Select(index => $"s{index:00}").Append("unused"), takesNew: false),
        _ => ShardScope.OfSegments(Enumerable.Range(0, count).Where(index => index % 2 == 0).Select(index => $"s{index:00}"), takesNew: true),
    };
}
