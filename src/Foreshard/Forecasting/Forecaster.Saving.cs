using System.Buffers;
using Foreshard.Profiling;

namespace Foreshard.Forecasting;

internal sealed partial class Forecaster
{
    /// <summary>"FSSERIES" where the lowest byte comes first.</summary>
    private const ulong Magic = 0x5345495245535346;

    /// <summary>Raised with every change of what is remembered of a series.</summary>
    private const int Version = 1;

    /// <summary>Writes all that is remembered, of every series and of the population. Announcements are their announcer's affair.</summary>
    public void Save(IBufferWriter<byte> target)
    {
        var writer = new ChecksumWriter(target);
        writer.WriteHeader(Magic, Version, [Grid.SlotLength.Ticks]);
        writer.Write(Open);
        writer.Write(places.Count);
        foreach (var place in places)
        {
            writer.Write((sbyte)(place == Removed ? Removed : place & 1));
            if (place != Removed) writer.Write(slabs[place & 1].Bytes(place >> 1));
        }

        Population.Save(writer);
        writer.WriteTrailer();
    }

    /// <summary>Reads what <see cref="Save"/> wrote: series have the numbers that they had.</summary>
    /// <param name="saved">All of the bytes.</param>
    /// <param name="grid">As it was when they were saved.</param>
    /// <param name="options">What forecasts tell; may have changed.</param>
    /// <exception cref="ProfileFormatException">They are damaged, of another version or of other slots; it says which.</exception>
    public static Forecaster Load(ReadOnlySpan<byte> saved, SlotGrid grid, ForecastOptions options)
    {
        var forecaster = new Forecaster(grid, options);
        var bytes = SavedBytes.Check(saved, Magic, Version, [grid.SlotLength.Ticks]);
        forecaster.Open = bytes.Read<long>();
        for (var left = bytes.Read<int>(); left > 0; left--)
        {
            var tier = bytes.Read<sbyte>();
            if (tier == Removed)
            {
                forecaster.places.Add(Removed);
                continue;
            }

            var series = forecaster.Add((SeriesTier)tier);
            bytes.Read(forecaster.slabs[tier].Bytes(forecaster.places[series] >> 1));
        }

        forecaster.Population.Load(ref bytes);
        bytes.End();
        return forecaster;
    }
}
