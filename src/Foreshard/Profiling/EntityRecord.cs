using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>What is kept of every entity: 55 bytes.</summary>
/// <remarks>Averages hold at the end of <see cref="Slot"/>; what has passed since is made up for when the record is read or added to.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct EntityRecord
{
    /// <summary>Sizes are kept to 1 part in 1,477: a step is 1/1024 of an octave.</summary>
    private const double SizeSteps = 1024;

    private const int HasWideTotals = 0x8000;

    /// <summary>The integer key, or where the key is among the others.</summary>
    public ulong Key;

    /// <summary>Fast average of the load, in cost units per second.</summary>
    public float CostFast;

    /// <summary>Slow average of the load, in cost units per second.</summary>
    public float CostSlow;

    /// <summary>The newest slot with an access, counted from 1970.</summary>
    public uint Slot;

    /// <summary>Cold: seconds from 1970 to the first access. Warm and hot: where the details are, which have the first access.</summary>
    public uint FirstOrDetail;

    /// <summary>Totals, unless <see cref="IsWide"/>.</summary>
    public PackedTotals Totals;

    private ushort typeAndWide;
    private ushort sizeCode;
    private byte state;

    /// <summary>When in the slot the last access was: in parts of 256, rounded down.</summary>
    public byte LastPart;

    /// <summary>Which of the table's entity types; below 32,768.</summary>
    public int Type
    {
        readonly get => typeAndWide & ~HasWideTotals;
        set => typeAndWide = (ushort)((typeAndWide & HasWideTotals) | value);
    }

    /// <summary>Whether the totals have outgrown the record and are kept beside it.</summary>
    public bool IsWide
    {
        readonly get => (typeAndWide & HasWideTotals) != 0;
        set => typeAndWide = (ushort)(value ? typeAndWide | HasWideTotals : typeAndWide & ~HasWideTotals);
    }

    public ClassState Class
    {
        readonly get => new((ProfileClass)(state & 3), (ProfileClass)((state >> 2) & 3), (state >> 4) & 3);
        set => state = (byte)((state & 0xC0) | (int)value.Class | ((int)value.Target << 2) | (value.Streak << 4));
    }

    public ProfileTier Tier
    {
        readonly get => (ProfileTier)(state >> 6);
        set => state = (byte)((state & 0x3F) | ((int)value << 6));
    }

    /// <summary>The last known size, in bytes, to 0.07 %; 0 if not known.</summary>
    public long Size
    {
        readonly get => sizeCode == 0 ? 0 : CostScale.Whole(Math.Pow(2, (sizeCode - 1) / SizeSteps));
        set => sizeCode = value <= 0 ? (ushort)0 : (ushort)(1 + Math.Round(Math.Log2(value) * SizeSteps));
    }
}
