using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>Totals in 25 bytes: as long as nothing is larger than a million million (cost, accesses: than four thousand million).</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct PackedTotals
{
    private const long Max32 = uint.MaxValue;
    private const long Max40 = (1L << 40) - 1;
    private const long Max48 = (1L << 48) - 1;

    private uint accesses;
    private uint reads;
    private uint writes;
    private uint bytes;
    private uint cost;
    private ushort costHigh;
    private byte readsHigh;
    private byte writesHigh;
    private byte bytesHigh;

    /// <summary>Whether these totals fit into it.</summary>
    public static bool Holds(in AccessTally totals) =>
        totals.Accesses <= Max32 && totals.Reads <= Max40 && totals.Writes <= Max40 && totals.Bytes <= Max40 && totals.CostParts <= Max48;

    /// <summary>Packs totals that fit; the time is left out.</summary>
    public static PackedTotals Of(in AccessTally totals) => unchecked(new()
    {
        accesses = (uint)totals.Accesses,
        reads = (uint)totals.Reads,
        readsHigh = (byte)(totals.Reads >> 32),
        writes = (uint)totals.Writes,
        writesHigh = (byte)(totals.Writes >> 32),
        bytes = (uint)totals.Bytes,
        bytesHigh = (byte)(totals.Bytes >> 32),
        cost = (uint)totals.CostParts,
        costHigh = (ushort)(totals.CostParts >> 32),
    });

    public readonly AccessTally Unpack() => new()
    {
        Accesses = accesses,
        Reads = reads | ((long)readsHigh << 32),
        Writes = writes | ((long)writesHigh << 32),
        Bytes = bytes | ((long)bytesHigh << 32),
        CostParts = cost | ((long)costHigh << 32),
    };
}
