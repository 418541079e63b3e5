using System.Runtime.CompilerServices;

namespace Foreshard.Profiling;

/// <summary>What accesses add up to. Sums stop at the largest number instead of wrapping.</summary>
internal struct AccessTally
{
    /// <summary>How many accesses.</summary>
    public long Accesses;

    /// <summary>Pages or rows read.</summary>
    public long Reads;

    /// <summary>Rows written.</summary>
    public long Writes;

    /// <summary>Cost in parts of <see cref="CostScale"/>.</summary>
    public long CostParts;

    /// <summary>Bytes that went to or came from clients.</summary>
    public long Bytes;

    /// <summary>When the last of them ended, in ticks of UTC; 0 if there was none.</summary>
    public long LastTicks;

    /// <summary>In cost units.</summary>
    public readonly double Cost => CostScale.ToCost(CostParts);

    /// <summary>One access of that size. What is negative counts as 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static AccessTally Of(in SessionUsage usage, long bytes, long ticks) => new()
    {
        Accesses = 1,
        Reads = Math.Max(0, usage.Reads),
        Writes = Math.Max(0, usage.Writes),
        CostParts = CostScale.ToParts(usage.Cost),
        Bytes = Math.Max(0, bytes),
        LastTicks = ticks,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(in AccessTally other)
    {
        Accesses = CostScale.Add(Accesses, other.Accesses);
        Reads = CostScale.Add(Reads, other.Reads);
        Writes = CostScale.Add(Writes, other.Writes);
        CostParts = CostScale.Add(CostParts, other.CostParts);
        Bytes = CostScale.Add(Bytes, other.Bytes);
        LastTicks = Math.Max(LastTicks, other.LastTicks);
    }
}
