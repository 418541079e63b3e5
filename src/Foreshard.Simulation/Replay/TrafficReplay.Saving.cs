using System.Buffers;
using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Simulation.Replay;

internal sealed partial class TrafficReplay
{
    /// <summary>"FSREPLAY" where the lowest byte comes first.</summary>
    private const ulong Magic = 0x59414C5045525346;

    private const int Version = 1;

    /// <summary>Writes all that was learned up to the open slot: profiles, series, and which belong together. The open slot isn't part of it.</summary>
    public void Save(IBufferWriter<byte> target)
    {
        var writer = new ChecksumWriter(target);
        writer.WriteHeader(Magic, Version, [Grid.SlotLength.Ticks]);
        writer.Write(largest);
        writer.Write(hot);
        writer.Write(Total);
        writer.Write(entities.Count);
        foreach (var entity in entities) writer.WriteEntity(entity);

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
    /// <exception cref="ProfileFormatException">It is damaged, of another version or of other settings; it says which.</exception>
    public static TrafficReplay Load(ReadOnlySpan<byte> saved, SlotGrid grid, ReplayOptions options)
    {
        var bytes = SavedBytes.Check(saved, Magic, Version, [grid.SlotLength.Ticks]);
        var (largest, hot, total) = (bytes.Read<double>(), bytes.Read<int>(), bytes.Read<int>());
        var entities = new List<EntityKey>();
        for (var left = bytes.Read<int>(); left > 0; left--) entities.Add(bytes.ReadEntity());

        var profiles = ProfileSet.Load(bytes.Take(bytes.Read<int>()), grid, options.Profiles);
        var forecaster = Forecaster.Load(bytes.Take(bytes.Read<int>()), grid, options.Forecasts);
        bytes.End();
        var replay = new TrafficReplay(grid, options, profiles, forecaster) { Total = total, largest = largest, hot = hot, hasBegun = total >= 0 };
        foreach (var entity in entities)
        {
            replay.entities.Add(entity);
            replay.series.Add(entity, replay.entities.Count);
        }

        return replay;
    }
}
