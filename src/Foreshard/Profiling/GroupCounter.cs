using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>Load and bytes of one group of an entity; 20 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct GroupCounter : ICounter<GroupCounter>
{
    /// <summary>Where on the line; of a segment, the number of its name.</summary>
    public long Position;

    /// <summary>Cost units per second, at most that.</summary>
    public float Load;

    /// <summary>By how much <see cref="Load"/> may be too high.</summary>
    public float LoadError;

    /// <summary>Bytes per second since the group is counted: at least that.</summary>
    public float BytesRate;

    public readonly float Weight => Load;

    public readonly bool SameItem(in GroupCounter other) => Position == other.Position;

    public readonly int CompareItem(in GroupCounter other) => Position.CompareTo(other.Position);

    public void Add(in GroupCounter other)
    {
        Load += other.Load;
        LoadError += other.LoadError;
        BytesRate += other.BytesRate;
    }

    public void Follow(in GroupCounter evicted)
    {
        Load += evicted.Load;
        LoadError += evicted.Load;
    }

    public void Scale(float factor)
    {
        Load *= factor;
        LoadError *= factor;
        BytesRate *= factor;
    }
}
