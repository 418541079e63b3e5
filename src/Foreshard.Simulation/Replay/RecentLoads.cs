namespace Foreshard.Simulation.Replay;

/// <summary>The loads of many series since a slot, as they were; what is 0 takes no room.</summary>
internal sealed class RecentLoads(long from)
{
    private readonly Dictionary<int, List<(int Offset, float Load)>> loads = [];
    private long first = from;
    private bool hasBegun;

    /// <summary>Keeps what came in a slot; slots come in order.</summary>
    public void Add(long slot, IReadOnlyList<(int Series, float Load)> came)
    {
        if (slot < first) return;
        if (!hasBegun) first = slot;
        hasBegun = true;
        foreach (var (series, load) in came)
        {
            if (load == 0) continue;
            if (!loads.TryGetValue(series, out var list)) loads.Add(series, list = []);
            list.Add(((int)(slot - first), load));
        }
    }

    /// <summary>Writes a series' loads from a slot on; what is before the first slot that is kept reads as NaN.</summary>
    public void Read(int series, long from, Span<float> into)
    {
        into.Clear();
        for (var i = 0; i < into.Length && from + i < first; i++) into[i] = float.NaN;
        if (!loads.TryGetValue(series, out var list)) return;
        var start = list.BinarySearch(((int)Math.Max(0, from - first), float.NegativeInfinity), ByOffset);
        for (var at = start < 0 ? ~start : start; at < list.Count; at++)
        {
            var index = first + list[at].Offset - from;
            if (index >= into.Length) return;
            if (index >= 0) into[(int)index] = list[at].Load;
        }
    }

    private static readonly Comparer<(int Offset, float Load)> ByOffset =
        Comparer<(int Offset, float Load)>.Create((left, right) => left.Offset.CompareTo(right.Offset));
}
