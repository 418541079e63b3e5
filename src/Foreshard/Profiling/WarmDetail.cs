using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>What is kept of an entity of the warm tier beside its record; 169 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct WarmDetail
{
    private const int MixLength = 4;

    public CommonDetail Common;
    public DayShape Shape;
    private Mix segments;
    private Mix regions;

    [UnscopedRef]
    public Span<MixCounter> Segments => segments;

    [UnscopedRef]
    public Span<MixCounter> Regions => regions;

    /// <summary>What the warm tier keeps of hot details.</summary>
    public static WarmDetail From(ref HotDetail hot, SlotTimes times)
    {
        var warm = new WarmDetail { Common = hot.Core.Common, Shape = DayShape.From(hot.Core.Shape, times) };
        SpaceSaving.Merge<MixCounter>(warm.Segments, hot.Core.Segments);
        SpaceSaving.Merge<MixCounter>(warm.Regions, hot.Core.Regions);
        return warm;
    }

    /// <summary>Lets averages and mixes fade.</summary>
    public void Fade(double fast, double slow, double mix)
    {
        Common.Flow.Scale(fast, slow);
        SpaceSaving.Scale(Segments, (float)mix);
        SpaceSaving.Scale(Regions, (float)mix);
    }

    [InlineArray(MixLength)]
    private struct Mix
    {
        private MixCounter first;
    }
}
