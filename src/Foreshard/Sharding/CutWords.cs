using System.Globalization;
using Foreshard.Mapping;

namespace Foreshard.Sharding;

/// <summary>Cuts and refusals in words, with figures.</summary>
internal static class CutWords
{
    /// <summary>So many groups of a part are named; of more, their number.</summary>
    private const int NamesMax = 4;

    /// <summary>As <c>52 %</c>; below ten, with a decimal.</summary>
    public static string Percent(double share) =>
        string.Create(CultureInfo.InvariantCulture, $"{(share < 0.0995 ? Math.Round(share * 100, 1) : Math.Round(share * 100)):0.#} %");

    /// <summary>Where it is: <c>cut at 2026-03-01</c> or <c>cut {eu, us} from {asia, …new}</c>.</summary>
    public static string Place(Cut cut)
    {
        if (cut.Parts[0].Scope.Kind != GroupKind.Segment)
            return "cut at " + string.Join(" and ", cut.Parts.Skip(1).Select(part => GroupKey.At(part.Scope.Kind, part.Scope.From!.Value)));
        return "cut " + string.Join(" from ", cut.Parts.OrderBy(part => part.HoldsRest).Select(Names));
    }

    /// <summary>What a cut is like.</summary>
    public static string Good(CutGraph graph, Cut cut)
    {
        var total = cut.Parts.Sum(part => part.Bytes);
        var words = $"{Place(cut)}: {Percent(cut.LargestShare)} of the load on the {Heaviest(cut)} side, {Percent(cut.StraddlingShare)} of the reads straddle";
        if (total > 0) words += $", {Percent(cut.BytesLeaving / total)} of the bytes leave";
        if (graph.RegionTotal > 0)
            words += $", {Percent(cut.RegionPurity)} of the users in their side's main region, {Percent(graph.RegionMain / graph.RegionTotal)} before";
        return words;
    }

    public static string TooManyShards(int shards, int parts) =>
        $"the entity has {Count(shards, "shard")}, and this would make it {shards + parts - 1}; {EntityEntry.MaxShards} are the most";

    public static string TooFewGroups(CutGraph graph, int parts) => graph.GroupCount switch
    {
        0 => "no group is known",
        1 when parts == 2 => $"only one group is known, '{graph.Nodes[0].Groups[0].Group}'",
        var groups => $"only {Count(groups, "group")} {(groups == 1 ? "is" : "are")} known; {parts} parts need as many",
    };

    public static string Tied(CutGraph graph, int parts)
    {
        var pieces = graph.PartsMax == 1 ? "all together" : $"to {graph.PartsMax} pieces; {parts} parts need as many";
        return $"foreign keys or common writes tie the {graph.GroupCount} groups {pieces}";
    }

    public static string NoRoom(int parts) =>
        $"foreign keys or common writes tie more than {ShardScope.MaxSegments} segments together: no {parts} shards could name them";

    public static string TooHeavy(CutGraph graph, Cut cut, CutOptions options) =>
        $"the best cut leaves {Precise(cut.LargestShare)} of the load on one side ({Weight(graph)}); "
        + $"at most {Precise(options.LargestShareOf(cut.Parts.Length))} may stay";

    public static string Straddling(Cut cut, CutOptions options) =>
        $"the best cut that divides the load makes {Precise(cut.StraddlingShare)} of the reads straddle ({Place(cut)}); "
        + $"at most {Precise(options.StraddlingShare)} may";

    /// <summary>What makes the heavy side heavy: the heaviest piece that can't be cut.</summary>
    private static string Weight(CutGraph graph)
    {
        var node = graph.Nodes.Append(graph.Rest).MaxBy(node => node.Load)!;
        if (node == graph.Rest) return $"groups that aren't known one by one have {Percent(node.Load)}";
        return node.Groups.Length == 1
            ? $"group '{node.Groups[0].Group}' has {Percent(node.Load)}"
            : $"{node.Groups.Length} groups that are tied together have {Percent(node.Load)}: {List(node.Groups)}";
    }

    private static string Heaviest(Cut cut) => cut.Parts.Length == 2 ? "heavier" : "heaviest";

    private static string Names(CutPart part)
    {
        var names = List(part.Groups);
        var takes = part.TakesNew ? "…new" : part.HoldsRest && part.Groups.IsEmpty ? "others" : "";
        return "{" + string.Join(", ", new[] { names, takes }.Where(word => word.Length > 0)) + "}";
    }

    private static string List(IReadOnlyList<GroupLoad> groups)
    {
        var names = string.Join(", ", groups.Take(NamesMax).Select(load => load.Group.ToString()));
        return groups.Count > NamesMax ? $"{names}, {groups.Count - NamesMax} more" : names;
    }

    /// <summary>With a decimal wherever it says something: what is refused for 75.3 % is not said to be 75.</summary>
    private static string Precise(double share) => string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.#} %");

    private static string Count(int count, string noun) => count == 1 ? $"{count} {noun}" : $"{count} {noun}s";
}
