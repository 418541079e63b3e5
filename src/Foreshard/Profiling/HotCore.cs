using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>The part of <see cref="HotDetail"/> without references.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct HotCore
{
    private const int SegmentsLength = 8;
    private const int RegionsLength = 6;
    private const int GroupsLength = 16;

    public CommonDetail Common;

    /// <summary>What the entity's groups are; one kind an entity. Meaningless while no group is counted.</summary>
    public GroupKind GroupKind;

    public WeekShape Shape;
    private SegmentCounters segments;
    private RegionCounters regions;
    private GroupCounters groups;

    [UnscopedRef]
    public Span<MixCounter> Segments => segments;

    [UnscopedRef]
    public Span<MixCounter> Regions => regions;

    [UnscopedRef]
    public Span<GroupCounter> Groups => groups;

    [InlineArray(SegmentsLength)]
    private struct SegmentCounters
    {
        private MixCounter first;
    }

    [InlineArray(RegionsLength)]
    private struct RegionCounters
    {
        private MixCounter first;
    }

    [InlineArray(GroupsLength)]
    private struct GroupCounters
    {
        private GroupCounter first;
    }
}
