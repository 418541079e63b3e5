using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Foreshard.Profiling;

/// <summary>What is kept of an entity of the hot tier beside its record; 976 bytes.</summary>
internal struct HotDetail
{
    private const int PartnersLength = 8;

    public HotCore Core;
    private PartnerCounters partners;

    [UnscopedRef]
    public Span<PartnerCounter> Partners => partners;

    /// <summary>What the hot tier begins with when an entity comes from the warm one.</summary>
    public static HotDetail From(ref WarmDetail warm, SlotTimes times)
    {
        var hot = default(HotDetail);
        hot.Core.Common = warm.Common;
        hot.Core.Shape = WeekShape.From(warm.Shape, times);
        warm.Segments.CopyTo(hot.Core.Segments);
        warm.Regions.CopyTo(hot.Core.Regions);
        return hot;
    }

    /// <summary>Lets averages, mixes, groups and partners fade.</summary>
    public void Fade(double fast, double slow, double mix)
    {
        Core.Common.Flow.Scale(fast, slow);
        SpaceSaving.Scale(Core.Segments, (float)mix);
        SpaceSaving.Scale(Core.Regions, (float)mix);
        SpaceSaving.Scale(Core.Groups, (float)mix);
        SpaceSaving.Scale(Partners, (float)mix);
    }

    [InlineArray(PartnersLength)]
    private struct PartnerCounters
    {
        private PartnerCounter first;
    }
}
