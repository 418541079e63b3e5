using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Balancing;

/// <summary>The groups of one heavy entity: recent loads, counted exactly, and the series of the heaviest.</summary>
internal sealed class GroupWatch
{
    /// <summary>Groups that are counted for each that may have a series; beyond, the lighter half of those without one is forgotten.</summary>
    private const int CountedPerSeries = 16;

    /// <summary>A group that has a series keeps it until another one's load is that much higher: series that come and go learn nothing.</summary>
    private const double ResidentBonus = 1.25;

    private readonly Dictionary<GroupKey, GroupCount> counts = [];
    private readonly int countedMax;
    private GroupKind kind;
    private double open;
    private double before;
    private double openWithout;
    private double beforeWithout;

    /// <param name="seriesMax">Most groups that may have a series.</param>
    public GroupWatch(int seriesMax) => countedMax = checked(seriesMax * CountedPerSeries);

    /// <summary>Cost units of the entity, fading.</summary>
    public double Total { get; private set; }

    /// <summary>The part of it that came on the entity as a whole.</summary>
    public double WithoutGroup { get; private set; }

    /// <summary>Mean cost units of the entity's last two intervals.</summary>
    public double LastTwo { get; private set; }

    /// <summary>The part of it that came on the entity as a whole.</summary>
    public double LastTwoWithoutGroup { get; private set; }

    /// <summary>Load on the entity as a whole when most is asked of all entities together.</summary>
    public BusyLoad BusyWithoutGroup { get; } = new();

    /// <summary>Whether some of them have series.</summary>
    public bool HasSeries { get; private set; }

    /// <summary>How many groups are counted.</summary>
    public int Count => counts.Count;

    /// <summary>Begins with what the profile knows of recent loads.</summary>
    /// <param name="profile">The entity's profile.</param>
    /// <param name="seconds">Time constant of loads here.</param>
    public void Seed(EntityProfile profile, double seconds)
    {
        foreach (var group in profile.Groups)
        {
            var load = Math.Max(0, group.Load - group.LoadError) * seconds;
            CountOf(group.Group).Seed(load);
            Total += load;
        }
    }

    /// <summary>Takes the entity's rows of the open interval.</summary>
    public void Take(AccessInterval interval, int first, int end, Forecaster forecaster)
    {
        for (var i = first; i < end; i++)
        {
            ref readonly var row = ref interval.Row(i);
            var load = row.Tally.Cost;
            open += load;
            if (row.Key.Group.IsNone)
            {
                openWithout += load;
                continue;
            }

            if (row.Key.Group.Kind != kind) Forget(forecaster); // The column's type has changed: what was counted means nothing any more.
            var count = CountOf(row.Key.Group);
            count.Add(load, row.Key.Region);
            if (count.Series is { } series) forecaster.Observe(series, (float)load);
        }
    }

    /// <summary>Ends the open interval.</summary>
    /// <param name="left">What is left of earlier loads.</param>
    /// <param name="position">Where its middle is in the last plan, in slots from its start; null if there is none.</param>
    /// <param name="seconds">Its length.</param>
    /// <param name="crowd">As of <see cref="BusyLoad.Push"/>.</param>
    public void EndInterval(double left, double? position, double seconds, in Crowd crowd)
    {
        BusyWithoutGroup.Push(openWithout / seconds, crowd);
        (Total, WithoutGroup) = ((Total * left) + open, (WithoutGroup * left) + openWithout);
        (LastTwo, LastTwoWithoutGroup) = ((before + open) / 2, (beforeWithout + openWithout) / 2);
        (before, beforeWithout, open, openWithout) = (open, openWithout, 0, 0);
        foreach (var count in counts.Values) count.EndInterval(left, position, seconds, crowd);
        if (counts.Count > countedMax) Crowd();
    }

    /// <summary>Gives the heaviest groups series and takes those of the others.</summary>
    /// <param name="most">How many at the most.</param>
    /// <param name="entitySeries">The entity's own series: what is announced for it holds for its groups.</param>
    /// <param name="forecaster">Where the series are.</param>
    /// <returns>How many have one now.</returns>
    public int Assign(int most, int entitySeries, Forecaster forecaster)
    {
        var chosen = counts.Values.OrderByDescending(count => count.Series is null ? count.Load : count.Load * ResidentBonus)
            .ThenBy(count => count.Group).Take(most).ToHashSet();
        foreach (var count in counts.Values)
        {
            if (count.Series is { } series && !chosen.Contains(count)) Remove(count, series, forecaster);
        }

        foreach (var count in chosen.Where(count => count.Series is null).OrderBy(count => count.Group))
        {
            count.Series = forecaster.Add(SeriesTier.Warm, isAggregate: true);
            forecaster.Announcements.Share(entitySeries, count.Series.Value);
        }

        HasSeries = chosen.Count > 0;
        return chosen.Count;
    }

    /// <summary>The groups that have series, in their order.</summary>
    public IReadOnlyList<GroupCount> WithSeries() => [.. counts.Values.Where(count => count.Series is not null).OrderBy(count => count.Group)];

    /// <summary>Forgets all groups and their series.</summary>
    public void Forget(Forecaster forecaster)
    {
        foreach (var count in counts.Values)
        {
            if (count.Series is { } series) Remove(count, series, forecaster);
        }

        counts.Clear();
        HasSeries = false;
    }

    /// <summary>Writes what <see cref="Restore"/> reads.</summary>
    public void Save(ChecksumWriter writer)
    {
        writer.Write(kind);
        foreach (var value in (ReadOnlySpan<double>)[before, beforeWithout, Total, WithoutGroup, LastTwo, LastTwoWithoutGroup]) writer.Write(value);
        BusyWithoutGroup.Save(writer);
        writer.Write(counts.Count);
        foreach (var count in counts.Values.OrderBy(count => count.Group))
        {
            writer.Write(count.Group.Position);
            writer.Write(count.Group.Segment);
            count.Save(writer);
        }
    }

    /// <summary>Goes on from what was saved.</summary>
    public void Restore(ref SavedBytes bytes)
    {
        kind = bytes.Read<GroupKind>();
        (before, beforeWithout, Total) = (bytes.Read<double>(), bytes.Read<double>(), bytes.Read<double>());
        (WithoutGroup, LastTwo, LastTwoWithoutGroup) = (bytes.Read<double>(), bytes.Read<double>(), bytes.Read<double>());
        BusyWithoutGroup.Load(ref bytes);
        for (var left = bytes.Read<int>(); left > 0; left--)
        {
            var (position, segment) = (bytes.Read<long>(), bytes.ReadText());
            var count = new GroupCount(segment is null ? GroupKey.At(kind, position) : GroupKey.Of(segment));
            count.Restore(ref bytes);
            counts.Add(count.Group, count);
            HasSeries |= count.Series is not null;
        }
    }

    private static void Remove(GroupCount count, int series, Forecaster forecaster)
    {
        forecaster.Remove(series);
        count.Series = null;
    }

    private GroupCount CountOf(in GroupKey group)
    {
        if (counts.TryGetValue(group, out var count)) return count;
        kind = group.Kind;
        count = new GroupCount(group);
        counts.Add(group, count);
        return count;
    }

    private void Crowd()
    {
        var leaving = counts.Values.Where(count => count.Series is null).OrderBy(count => count.Load).ThenBy(count => count.Group).ToList();
        foreach (var count in leaving.Take(leaving.Count / 2)) counts.Remove(count.Group);
    }
}
