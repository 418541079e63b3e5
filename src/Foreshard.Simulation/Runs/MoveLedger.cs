using Foreshard.Balancing;
using Foreshard.Simulation.Cluster;

namespace Foreshard.Simulation.Runs;

/// <summary>Remembers the moves of a cluster: for cooldowns and budgets, and to tell which of them were to no purpose.</summary>
/// <param name="nodes">How many nodes there are.</param>
/// <param name="cooldown">For how long a unit that moved should stay.</param>
internal sealed class MoveLedger(int nodes, TimeSpan cooldown)
{
    private static readonly TimeSpan UndoneWithin = TimeSpan.FromDays(1);

    private readonly Dictionary<UnitId, DateTime> lastChange = [];
    private readonly Dictionary<UnitId, DateTime> lastMove = [];
    private readonly List<Departure> departures = [];
    private readonly int[] departureOfNode = new int[nodes];
    private int scoredFrom;

    /// <summary>Moves since <see cref="StartScoring"/>.</summary>
    public int Moves => departures.Count - scoredFrom;

    /// <summary>Of those, moves of a unit within the cooldown of its last one, unless it had to leave.</summary>
    public int PingPong { get; private set; }

    public int Splits { get; private set; }

    public int Merges { get; private set; }

    /// <summary>What those moves carried.</summary>
    public double BytesMoved { get; private set; }

    /// <summary>Share of those moves that were undone within a day.</summary>
    public double Thrash => Moves == 0 ? 0 : departures.Skip(scoredFrom).Count(departure => departure.IsUndone) / (double)Moves;

    /// <summary>When a unit moved last, or came into being by a split or a merge; null if it never did.</summary>
    public DateTime? LastChangeOf(UnitId unit) => lastChange.TryGetValue(unit, out var time) ? time : null;

    /// <summary>Whether a unit came into being then, and hasn't moved since.</summary>
    public bool IsNew(UnitId unit) => lastChange.ContainsKey(unit) && !lastMove.ContainsKey(unit);

    /// <summary>Bytes of the moves that ended in the hour before.</summary>
    public double BytesMovedInHourTo(DateTime nowUtc)
    {
        var sum = 0.0;
        for (var i = departures.Count - 1; i >= 0 && departures[i].EndUtc > nowUtc - TimeSpan.FromHours(1); i--) sum += departures[i].Bytes;
        return sum;
    }

    /// <summary>What was before doesn't count.</summary>
    public void StartScoring()
    {
        scoredFrom = departures.Count;
        (PingPong, Splits, Merges, BytesMoved) = (0, 0, 0, 0);
    }

    /// <summary>Takes a step that was done.</summary>
    /// <param name="done">In the order of their ends.</param>
    /// <param name="map">As it is now.</param>
    /// <param name="bytesOfNode">As they are now.</param>
    public void Add(CompletedStep done, ClusterMap map, ReadOnlySpan<double> bytesOfNode)
    {
        switch (done.Step.Kind)
        {
            case StepKind.Split:
            case StepKind.Merge:
                if (done.Step.Kind == StepKind.Split) Splits++;
                else Merges++;
                foreach (var shard in map.Snapshot.EntryOf(done.Step.Entity)?.Shards ?? [])
                    lastChange.TryAdd(shard.Placement.Unit, done.EndUtc);
                break;
            case StepKind.Move:
                AddMove(done, bytesOfNode);
                break;
            default:
                break;
        }
    }

    private void AddMove(CompletedStep done, ReadOnlySpan<double> bytesOfNode)
    {
        if (lastMove.TryGetValue(done.Unit, out var last) && done.StartUtc - last < cooldown && !done.WasDraining) PingPong++;
        lastMove[done.Unit] = lastChange[done.Unit] = done.EndUtc;
        BytesMoved += done.Bytes;
        var departure = new Departure { From = done.From, EndUtc = done.EndUtc, Bytes = done.Bytes };
        var back = new SortedDictionary<int, double>();
        foreach (var node in done.Nodes)
        {
            // Nodes without rows count a little, or a move of nothing but them could never be undone.
            var weight = bytesOfNode[node] + 1;
            departure.Weight += weight;
            if (departureOfNode[node] > 0)
            {
                var earlier = departures[departureOfNode[node] - 1];
                if (earlier.From == done.To && done.EndUtc - earlier.EndUtc <= UndoneWithin)
                    back[departureOfNode[node]] = back.GetValueOrDefault(departureOfNode[node]) + weight;
            }

            departureOfNode[node] = departures.Count + 1;
        }

        foreach (var (number, weight) in back)
        {
            var earlier = departures[number - 1];
            earlier.WeightBack += weight;
            if (earlier.WeightBack > earlier.Weight / 2) earlier.IsUndone = true;
        }

        departures.Add(departure);
    }

    private sealed class Departure
    {
        public required int From { get; init; }

        public required DateTime EndUtc { get; init; }

        public required double Bytes { get; init; }

        public double Weight { get; set; }

        public double WeightBack { get; set; }

        public bool IsUndone { get; set; }
    }
}
