using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>What the warm and the hot tier have alike; 64 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal struct CommonDetail
{
    /// <summary>Seconds from 1970 to the first access.</summary>
    public uint First;

    public FlowAverages Flow;

    public SizeTrend Size;

    /// <summary>Adds what another router knows. Averages of both hold at the same moment.</summary>
    public void Merge(in CommonDetail other)
    {
        First = Math.Min(First, other.First);
        Flow.Add(other.Flow);
        Size = SizeTrend.Newer(Size, other.Size);
    }
}
