using Foreshard.Profiling;

namespace Foreshard.Balancing;

/// <summary>One group of a heavy entity: its recent load, exactly.</summary>
internal sealed class GroupCount(GroupKey group)
{
    private readonly RegionShares regions = new();
    private double open;
    private double before;

    public GroupKey Group { get; } = group;

    /// <summary>Number of its series; null if it has none.</summary>
    public int? Series { get; set; }

    /// <summary>Cost units, fading.</summary>
    public double Load { get; private set; }

    /// <summary>Mean cost units of the last two intervals.</summary>
    public double LastTwo { get; private set; }

    /// <summary>By how much the last two intervals differed from their forecast, cost units per second.</summary>
    public MeanGap Gap { get; } = new();

    /// <summary>Load when most is asked of all entities together.</summary>
    public BusyLoad Busy { get; } = new();

    /// <summary>Begins with a load that was counted elsewhere.</summary>
    public void Seed(double load) => Load += load;

    /// <summary>Adds to the load of the open interval.</summary>
    public void Add(double load, string? region)
    {
        open += load;
        regions.Add(region, load);
    }

    /// <summary>Ends the open interval.</summary>
    /// <param name="left">What is left of earlier loads.</param>
    /// <param name="position">Where its middle is in the last plan, in slots from its start; null if there is none.</param>
    /// <param name="seconds">Its length.</param>
    /// <param name="crowd">As of <see cref="BusyLoad.Push"/>.</param>
    public void EndInterval(double left, double? position, double seconds, in Crowd crowd)
    {
        Busy.Push(open / seconds, crowd);
        if (position is { } at) Gap.Push(open / seconds, at);
        Load = (Load * left) + open;
        LastTwo = (before + open) / 2;
        (before, open) = (open, 0);
        regions.Scale(left);
    }

    /// <summary>Writes what <see cref="Restore"/> reads.</summary>
    public void Save(ChecksumWriter writer)
    {
        writer.Write(Series ?? -1);
        writer.Write(Load);
        writer.Write(LastTwo);
        writer.Write(before);
        Busy.Save(writer);
        regions.Save(writer);
    }

    /// <summary>Goes on from what was saved.</summary>
    public void Restore(ref SavedBytes bytes)
    {
        Series = bytes.Read<int>() is >= 0 and var series ? series : null;
        (Load, LastTwo, before) = (bytes.Read<double>(), bytes.Read<double>(), bytes.Read<double>());
        Busy.Load(ref bytes);
        regions.Load(ref bytes);
    }

    /// <summary>Where its users are, by share, the largest first; empty if not known.</summary>
    public IReadOnlyList<LabelShare> Regions() => regions.ToShares();
}
