using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>How much of an entity's accesses had one label, a segment or a region; 6 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
internal struct MixCounter : ICounter<MixCounter>
{
    /// <summary>The label's number; 0 for accesses without one.</summary>
    public ushort Label;

    /// <summary>Accesses, faded.</summary>
    public float Accesses;

    public readonly float Weight => Accesses;

    public readonly bool SameItem(in MixCounter other) => Label == other.Label;

    public readonly int CompareItem(in MixCounter other) => Label.CompareTo(other.Label);

    public void Add(in MixCounter other) => Accesses += other.Accesses;

    public void Follow(in MixCounter evicted) => Accesses += evicted.Accesses;

    public void Scale(float factor) => Accesses *= factor;
}
