using System.Buffers;
using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Balancing;

internal sealed partial class LoadOutlook
{
    /// <summary>"FSOUTLOK" where the lowest byte comes first.</summary>
    private const ulong Magic = 0x4B4F4C54554F5346;

    private const int Version = 1;

    /// <summary>
    /// Writes all that was learned up to the open interval: profiles, series, and whose they are. What was expected isn't part of it, nor what was
    /// announced: look and announce anew.
    /// </summary>
    public void Save(IBufferWriter<byte> target)
    {
        var writer = new ChecksumWriter(target);
        writer.WriteHeader(Magic, Version, [Grid.SlotLength.Ticks]);
        writer.Write(agedDay);
        allWhenBusy.Save(writer);
        allOnAverage.Save(writer);
        Order();
        writer.Write(ordered.Count);
        foreach (var watch in ordered)
        {
            writer.WriteEntity(watch.Entity);
            writer.Write(watch.Series);
            watch.Save(writer);
            writer.Write(watch.Groups is not null);
            watch.Groups?.Save(writer);
        }

        var part = new ArrayBufferWriter<byte>();
        Profiles.Save(part);
        writer.WritePart(part);
        Forecaster.Save(part);
        writer.WritePart(part);
        writer.WriteTrailer();
    }

    /// <summary>Goes on from what was saved.</summary>
    /// <param name="saved">What <see cref="Save"/> wrote.</param>
    /// <param name="grid">As it was then.</param>
    /// <param name="options">The times of the profiles as they were then.</param>
    /// <param name="sources">What others know better.</param>
    /// <exception cref="ProfileFormatException">It is damaged, of another version or of other settings; it says which.</exception>
    public static LoadOutlook Load(ReadOnlySpan<byte> saved, SlotGrid grid, OutlookOptions options, OutlookSources? sources = null)
    {
        var bytes = SavedBytes.Check(saved, Magic, Version, [grid.SlotLength.Ticks]);
        var (agedDay, whenBusy, onAverage) = (bytes.Read<long>(), new BusyLoad(), new BusyLoad());
        whenBusy.Load(ref bytes);
        onAverage.Load(ref bytes);
        var watches = new List<EntityWatch>();
        for (var left = bytes.Read<int>(); left > 0; left--)
        {
            var watch = new EntityWatch(bytes.ReadEntity(), bytes.Read<int>());
            watch.Restore(ref bytes);
            if (bytes.Read<bool>())
            {
                watch.Groups = new GroupWatch(options.GroupsPerEntity);
                watch.Groups.Restore(ref bytes);
            }

            watches.Add(watch);
        }

        var profiles = ProfileSet.Load(bytes.Take(bytes.Read<int>()), grid, options.Profiles);
        var forecaster = Forecaster.Load(bytes.Take(bytes.Read<int>()), grid, options.Forecasts);
        bytes.End();
        var outlook = new LoadOutlook(grid, options, sources, profiles, forecaster)
        {
            agedDay = agedDay,
            hot = watches.Count(watch => forecaster.TierOf(watch.Series) == SeriesTier.Hot),
            isOrdered = false,
            allWhenBusy = whenBusy,
            allOnAverage = onAverage,
        };
        foreach (var watch in watches) outlook.watches.Add(watch.Entity, watch);
        return outlook;
    }

    /// <summary>Goes on at a later interval: what came in those between isn't known. Nobody recorded it, which isn't the same as no load.</summary>
    /// <param name="slot">The interval that opens; an earlier one than the open one does nothing.</param>
    public void SkipTo(long slot)
    {
        while (Open < slot)
        {
            foreach (var watch in watches.Values)
            {
                Forecaster.Observe(watch.Series, float.NaN);
                foreach (var group in watch.Groups?.WithSeries() ?? []) Forecaster.Observe(group.Series!.Value, float.NaN);
            }

            Forecaster.Close();
        }
    }
}
