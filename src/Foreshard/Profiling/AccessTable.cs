using System.Runtime.CompilerServices;

namespace Foreshard.Profiling;

/// <summary>Accesses added up by entity, group, segment and region, within <see cref="AccessLimits"/>. One thread at a time.</summary>
internal sealed class AccessTable(AccessLimits limits)
{
    private readonly int maxRows = Math.Min(limits.Rows, TallyTable<AccessKey, AccessTally>.MaxCount);
    private readonly int maxEdges = Math.Min(limits.Edges, TallyTable<CoAccess, long>.MaxCount);
    private FoldedAccesses folded;

    public TallyTable<AccessKey, AccessTally> Rows { get; } = new();

    public TallyTable<CoAccess, long> Edges { get; } = new();

    public ref readonly FoldedAccesses Folded => ref folded;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(in AccessKey key, in AccessTally tally)
    {
        var hash = key.Hash();
        ref var row = ref Rows.Find(key, hash);
        if (Unsafe.IsNullRef(ref row)) AddRow(key, hash, tally);
        else row.Add(tally);
    }

    /// <summary>Counts each distinct partner once; the entity itself is none.</summary>
    public void AddPartners(in EntityKey entity, ReadOnlySpan<EntityKey> partners)
    {
        for (var i = 0; i < partners.Length; i++)
        {
            if (partners[i] == entity || partners[..i].Contains(partners[i])) continue;
            AddEdge(new CoAccess(entity, partners[i]), 1);
        }
    }

    /// <summary>Adds all that another table holds.</summary>
    public void Add(AccessTable other)
    {
        for (var i = 0; i < other.Rows.Count; i++) Add(other.Rows[i].Key, other.Rows[i].Tally);
        AddRest(other);
    }

    /// <summary>Adds all that another table holds beside its rows.</summary>
    public void AddRest(AccessTable other)
    {
        for (var i = 0; i < other.Edges.Count; i++) AddEdge(other.Edges[i].Key, other.Edges[i].Tally);
        folded.Add(other.folded);
    }

    /// <summary>Adds edges counted elsewhere.</summary>
    public void AddEdge(in CoAccess key, long count)
    {
        var hash = key.Hash();
        ref var edge = ref Edges.Find(key, hash);
        if (!Unsafe.IsNullRef(ref edge)) edge = CostScale.Add(edge, count);
        else if (Edges.Count < maxEdges) Edges.Add(key, hash) = count;
        else folded.CoAccesses = CostScale.Add(folded.CoAccesses, count);
    }

    /// <summary>Adds what was folded elsewhere.</summary>
    public void AddFolded(in FoldedAccesses other) => folded.Add(other);

    public void Clear()
    {
        Rows.Clear();
        Edges.Clear();
        folded = default;
    }

    private void AddRow(in AccessKey key, uint hash, in AccessTally tally)
    {
        if (!key.IsBare && Rows.Count >= limits.DetailRows)
        {
            folded.WithoutDetails = CostScale.Add(folded.WithoutDetails, tally.Accesses);
            Add(new AccessKey(key.Entity, default, null, null), tally);
        }
        else if (Rows.Count >= maxRows)
        {
            folded.WithoutEntity.Add(tally);
        }
        else
        {
            Rows.Add(key, hash) = tally;
        }
    }
}
