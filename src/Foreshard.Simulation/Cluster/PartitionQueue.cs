namespace Foreshard.Simulation.Cluster;

/// <summary>What waits at a partition: a queue in balance while demand is below capacity, a backlog that grows while it is above.</summary>
/// <param name="capacity">Cost units per second.</param>
/// <param name="serviceMs">Answer time on an idle partition; workers are capacity × this, so that they serve the capacity.</param>
internal sealed class PartitionQueue(double capacity, double serviceMs)
{
    /// <summary>Longest wait: after it clients give up, and their work is not done. Their accesses are late.</summary>
    public const double PatienceMs = 30_000;

    private readonly double workers = capacity * serviceMs / 1000;
    private double fromMs;
    private double toMs;
    private double backlogShare;
    private double waitChance;
    private double meanWaitMs;

    /// <summary>Cost units that wait.</summary>
    public double Backlog { get; private set; }

    /// <summary>Time passes with the same demand all along.</summary>
    /// <param name="demand">Cost units per second, the load of moves included.</param>
    /// <param name="seconds">How long.</param>
    public void Advance(double demand, double seconds)
    {
        var most = capacity * PatienceMs / 1000;
        var before = Backlog;
        var change = (demand - capacity) * seconds;
        Backlog = Math.Clamp(before + change, 0, most);
        fromMs = before / capacity * 1000;
        toMs = Backlog / capacity * 1000;
        backlogShare = before + change >= 0 ? (before > 0 || Backlog > 0 ? 1 : 0) : before / -change;
        waitChance = WaitModel.WaitChance(demand / capacity, workers);
        meanWaitMs = WaitModel.MeanWaitMs(demand / capacity, capacity, seconds);
    }

    /// <summary>Tells answer times of accesses that came, evenly, in the time that passed last.</summary>
    /// <param name="accesses">How many.</param>
    /// <param name="roundTripMs">How far their users are.</param>
    /// <param name="into">Where to.</param>
    public void Tell(double accesses, double roundTripMs, LatencyHistogram into)
    {
        if (accesses <= 0) return;
        var idle = roundTripMs + serviceMs;
        if (backlogShare > 0) into.AddEven(accesses * backlogShare, idle + fromMs, idle + toMs);
        var others = accesses * (1 - backlogShare);
        if (others <= 0) return;
        into.Add(others * (1 - waitChance), idle);
        into.AddExponential(others * waitChance, idle, meanWaitMs);
    }

    /// <summary>Tells answer times of accesses that also waited for the end of a move.</summary>
    /// <param name="accesses">How many.</param>
    /// <param name="roundTripMs">How far their users are.</param>
    /// <param name="stallMs">Length of the stall; they came evenly in it.</param>
    /// <param name="into">Where to.</param>
    public void TellStalled(double accesses, double roundTripMs, double stallMs, LatencyHistogram into)
    {
        var idle = roundTripMs + serviceMs + toMs;
        into.AddEven(accesses, idle, idle + stallMs);
    }
}
