using System.Collections.Immutable;

namespace Foreshard.Sharding;

/// <summary>Groups that a cut can't part, with what they weigh together; on a line, in a row.</summary>
/// <remarks>The figures stand in one array, so that sums over parts are sums of arrays.</remarks>
internal sealed class CutNode
{
    /// <summary>Index of the share of the mean load over the whole horizon.</summary>
    public const int Mean = 0;

    /// <summary>Index of the share of the planned load, each slot counting by how much is planned for it.</summary>
    public const int Busy = 1;

    /// <summary>Index of the share of the bytes.</summary>
    public const int Bytes = 2;

    /// <summary>Index from which on there is, per region, the share of the mean load that comes from it.</summary>
    public const int FirstRegion = 3;

    private readonly double[] figures;

    /// <summary>Takes the figures as they are.</summary>
    public CutNode(ImmutableArray<GroupLoad> groups, double[] figures)
    {
        Groups = groups;
        this.figures = figures;
    }

    /// <summary>In their order; of the rest, none.</summary>
    public ImmutableArray<GroupLoad> Groups { get; }

    /// <summary>Shares of the whole that is cut, by the indexes above.</summary>
    public ReadOnlySpan<double> Figures => figures;

    /// <summary>Share of the load: the larger of the two.</summary>
    public double Load => Math.Max(figures[Mean], figures[Busy]);

    /// <summary>Nodes as one.</summary>
    public static CutNode Unite(IReadOnlyList<CutNode> nodes)
    {
        if (nodes.Count == 1) return nodes[0];
        var figures = new double[nodes[0].figures.Length];
        foreach (var node in nodes)
        {
            for (var i = 0; i < figures.Length; i++) figures[i] += node.figures[i];
        }

        return new CutNode([.. nodes.SelectMany(node => node.Groups)], figures);
    }
}
