using Foreshard.Simulation.Cluster;

namespace Foreshard.Simulation.Runs;

/// <summary>Keeps the score of one cluster, from the start of scoring on.</summary>
internal sealed class ScoreKeeper(VirtualCluster cluster)
{
    /// <summary>From this change of utilisation on, a turn counts as one.</summary>
    private const double Turn = 0.1;

    private readonly double[] byMoves = new double[cluster.Settings.Partitions];
    private readonly double[] extreme = new double[cluster.Settings.Partitions];
    private readonly int[] direction = new int[cluster.Settings.Partitions];
    private double overloadedSeconds;
    private double awakeSeconds;
    private double seconds;
    private double spread;
    private double peak;
    private int turns;

    /// <summary>Answer times.</summary>
    public LatencyHistogram Latency { get; } = new(cluster.Settings.LatencyTargetMs);

    /// <summary>Minutes, over all partitions, in which demand was above capacity.</summary>
    public double OverloadedMinutes => overloadedSeconds / 60;

    /// <summary>Share of the accesses that were late.</summary>
    public double LateShare => Latency.Count > 0 ? Latency.Late / Latency.Count : 0;

    /// <summary>What was before doesn't count.</summary>
    public void StartScoring()
    {
        Latency.Clear();
        (overloadedSeconds, awakeSeconds, seconds, spread, peak, turns) = (0, 0, 0, 0, 0, 0);
        Array.Clear(byMoves);
        Array.Clear(extreme);
        Array.Clear(direction);
    }

    /// <summary>Looks at the cluster after time has passed.</summary>
    public void Look(double passed)
    {
        var capacity = cluster.Settings.Capacity;
        double sum = 0, squares = 0;
        var awake = 0;
        for (var partition = 0; partition < cluster.Demand.Length; partition++)
        {
            if (cluster.Demand[partition] > capacity) overloadedSeconds += passed;
            var utilisation = cluster.Demand[partition] / capacity;
            peak = Math.Max(peak, utilisation);
            if (cluster.Members[partition] == MemberState.Asleep) continue;
            awake++;
            sum += utilisation;
            squares += utilisation * utilisation;
        }

        awakeSeconds += awake * passed;
        seconds += passed;
        if (awake > 0) spread += Math.Sqrt(Math.Max(0, (squares / awake) - (sum / awake * (sum / awake)))) * passed;
    }

    /// <summary>Takes a move that was done.</summary>
    /// <param name="done">Which one.</param>
    /// <param name="load">Demand that it took along, cost units per second.</param>
    public void Moved(CompletedStep done, double load)
    {
        Change(done.From, -load / cluster.Settings.Capacity);
        Change(done.To, load / cluster.Settings.Capacity);
    }

    /// <summary>The score so far.</summary>
    public PolicyScore Score(PolicyKind policy, MoveLedger ledger) => new()
    {
        Policy = policy,
        OverloadedPartitionMinutes = OverloadedMinutes,
        LateShare = LateShare,
        P99Ms = Latency.Quantile(0.99),
        BytesMoved = ledger.BytesMoved,
        Moves = ledger.Moves,
        Splits = ledger.Splits,
        Merges = ledger.Merges,
        Thrash = ledger.Thrash,
        PingPong = ledger.PingPong,
        PeakUtilisation = peak,
        Spread = seconds > 0 ? spread / seconds : 0,
        Oscillation = seconds > 0 ? turns / (cluster.Settings.Partitions * seconds / TimeSpan.FromDays(1).TotalSeconds) : 0,
        PartitionHours = awakeSeconds / TimeSpan.FromHours(1).TotalSeconds,
        Dropped = cluster.Executor.Dropped,
    };

    /// <summary>A turn is where what moves do to a partition's utilisation goes back by more than <see cref="Turn"/> from its last extreme.</summary>
    private void Change(int partition, double change)
    {
        byMoves[partition] += change;
        var away = byMoves[partition] - extreme[partition];
        if (direction[partition] == 0)
        {
            if (Math.Abs(away) <= Turn) return;
            (direction[partition], extreme[partition]) = (Math.Sign(away), byMoves[partition]);
        }
        else if (away * direction[partition] > 0)
        {
            extreme[partition] = byMoves[partition];
        }
        else if (Math.Abs(away) > Turn)
        {
            turns++;
            (direction[partition], extreme[partition]) = (-direction[partition], byMoves[partition]);
        }
    }
}
