namespace Foreshard.Profiling;

/// <summary>The accesses of one interval, added up: rows in the order of their keys, and the edges between entities used together.</summary>
/// <remarks>
/// Used by one thread; filled by <see cref="AccessRecorder.Drain"/> or access by access, read, cleared and filled again without
/// allocating. The same accesses give the same rows in the same order, however many threads recorded them, as long as
/// <see cref="Folded"/> says that none lost detail.
/// </remarks>
internal sealed class AccessInterval
{
    private readonly AccessLimits limits;
    private readonly AccessTable table;
    private readonly Comparison<int> byRow;
    private readonly Comparison<int> byEdge;
    private int[] rowOrder = [];
    private int[] edgeOrder = [];
    private bool sorted;

    public AccessInterval(AccessLimits limits)
    {
        this.limits = limits;
        table = new AccessTable(limits);
        byRow = (left, right) => table.Rows[left].Key.CompareTo(table.Rows[right].Key);
        byEdge = (left, right) => table.Edges[left].Key.CompareTo(table.Edges[right].Key);
    }

    public int RowCount => table.Rows.Count;

    public int EdgeCount => table.Edges.Count;

    /// <summary>What was kept with less detail, because there was too much.</summary>
    public ref readonly FoldedAccesses Folded => ref table.Folded;

    public static AccessTally TallyOf(in Access access) =>
        AccessTally.Of(new SessionUsage(access.Reads, access.Writes, access.Cost), access.Bytes, access.TimeUtc.Ticks);

    /// <summary>The row at that place of the order; it stays valid until something is added or cleared.</summary>
    public ref readonly TallyTable<AccessKey, AccessTally>.Entry Row(int index)
    {
        Sort();
        return ref table.Rows[rowOrder[index]];
    }

    /// <summary>The edge at that place of the order, with how often it was seen.</summary>
    public ref readonly TallyTable<CoAccess, long>.Entry Edge(int index)
    {
        Sort();
        return ref table.Edges[edgeOrder[index]];
    }

    /// <summary>Each entity with the sum of its rows, in the order of their keys.</summary>
    public IEnumerable<(EntityKey Entity, AccessTally Sum)> Entities()
    {
        for (var i = 0; i < RowCount;)
        {
            var entity = Row(i).Key.Entity;
            i = SumOf(i, out var sum);
            yield return (entity, sum);
        }
    }

    /// <summary>The sum of everything, folded accesses included.</summary>
    public AccessTally Sum()
    {
        var sum = Folded.WithoutEntity;
        for (var i = 0; i < RowCount; i++) sum.Add(table.Rows[i].Tally);
        return sum;
    }

    public void Add(in Access access)
    {
        sorted = false;
        table.Add(new AccessKey(access.Entity, access.Group, access.Segment, access.Region), TallyOf(access));
        table.AddPartners(access.Entity, access.Partners.Span);
    }

    public void Add(AccessTable other)
    {
        sorted = false;
        table.Add(other);
    }

    public void Clear()
    {
        sorted = false;
        table.Clear();
    }

    /// <summary>One of several intervals that these accesses are dealt out to evenly: nothing is lost, and nothing is there twice.</summary>
    /// <param name="part">Which one, from 0 on.</param>
    /// <param name="of">How many there are.</param>
    /// <remarks>Edges and what was folded are all in the first one.</remarks>
    public AccessInterval Part(int part, int of)
    {
        var dealt = new AccessInterval(limits);
        for (var i = 0; i < RowCount; i++)
        {
            ref readonly var row = ref Row(i);
            var tally = PartOf(row.Tally, Until(part), Until(part + 1));
            if (tally.Accesses > 0) dealt.table.Add(row.Key, tally);

            // A single access of a row goes to another part from row to row.
            long Until(int parts) => (long)((((Int128)table.Rows[rowOrder[i]].Tally.Accesses * parts) + (i % of)) / of);
        }

        if (part == 0) dealt.table.AddRest(table);
        return dealt;
    }

    /// <summary>What accesses from one to another add up to, if all are alike.</summary>
    private static AccessTally PartOf(in AccessTally all, long from, long to)
    {
        var accesses = all.Accesses;
        return new AccessTally
        {
            Accesses = to - from,
            Reads = Of(all.Reads),
            Writes = Of(all.Writes),
            CostParts = Of(all.CostParts),
            Bytes = Of(all.Bytes),
            LastTicks = all.LastTicks,
        };

        long Of(long sum) => accesses == 0 ? 0 : (long)((Int128)sum * to / accesses) - (long)((Int128)sum * from / accesses);
    }

    /// <summary>Adds up the rows of the entity whose first row that is.</summary>
    /// <returns>Where the next entity's rows begin.</returns>
    internal int SumOf(int first, out AccessTally sum)
    {
        var entity = Row(first).Key.Entity;
        sum = default;
        var i = first;
        for (; i < RowCount && Row(i).Key.SameEntity(entity); i++) sum.Add(Row(i).Tally);
        return i;
    }

    private static void Order(ref int[] order, int count, Comparison<int> comparison)
    {
        if (order.Length < count) order = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)count)];
        for (var i = 0; i < count; i++) order[i] = i;
        order.AsSpan(0, count).Sort(comparison);
    }

    private void Sort()
    {
        if (sorted) return;
        Order(ref rowOrder, RowCount, byRow);
        Order(ref edgeOrder, EdgeCount, byEdge);
        sorted = true;
    }
}
