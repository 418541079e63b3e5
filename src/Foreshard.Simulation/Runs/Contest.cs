namespace Foreshard.Simulation.Runs;

/// <summary>Runs of one policy that differ in how it is tuned; the best in the warm-up goes on alone.</summary>
/// <param name="candidates">At least one; the first of equals wins.</param>
internal sealed class Contest(List<ClusterRun> candidates)
{
    /// <summary>Those that still run.</summary>
    public IReadOnlyList<ClusterRun> Runs => candidates;

    /// <summary>The one that goes on, once the warm-up is over.</summary>
    public ClusterRun Winner => candidates[0];

    /// <summary>The warm-up is over.</summary>
    public void StartScoring()
    {
        var best = candidates.MinBy(run => run.Badness)!;
        candidates.Clear();
        candidates.Add(best);
        best.StartScoring();
    }
}
