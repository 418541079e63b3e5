using System.Collections.Immutable;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Atoms of one unit that go to one partition together: what becomes a move, once it has a time.</summary>
/// <param name="Atoms">One, or parts of a split that lie beside each other.</param>
/// <param name="Subject">Their load, bytes and users together.</param>
/// <param name="To">Index of the partition.</param>
internal sealed record PlanMove(ImmutableArray<PlanAtom> Atoms, PlacementSubject Subject, int To)
{
    /// <summary>Index of the partition it leaves.</summary>
    public int From => Subject.Home;

    public PlanUnit Unit => Atoms[0].Unit;

    public EntityKey Entity => Atoms[0].Entity;

    /// <summary>When it begins.</summary>
    public DateTime StartUtc { get; init; }

    /// <summary>When it ends.</summary>
    public DateTime EndUtc { get; init; }

    /// <summary>What it gains.</summary>
    public PlacementCost Gain { get; init; }

    /// <summary>The partitions looked at, the best first.</summary>
    public ImmutableArray<TargetCandidate> Candidates { get; init; } = [];
}
