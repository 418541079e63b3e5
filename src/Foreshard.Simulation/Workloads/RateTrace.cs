using System.Collections.Immutable;
using Foreshard.Profiling;

namespace Foreshard.Simulation.Workloads;

/// <summary>Demand that is made from hourly rates, with the noise of a Poisson process or without any.</summary>
/// <remarks>Keeps the rates alone, four bytes per key and hour; slots are made when they are read.</remarks>
internal sealed class RateTrace : TrafficTrace
{
    private readonly ImmutableArray<AccessShape> shapes;
    private readonly HourlyRates rates;
    private readonly IReadOnlyDictionary<EntityKey, double>? startBytes;
    private readonly double factor;
    private readonly long? seed;
    private readonly List<int> active = [];
    private int activeHour = -1;

    /// <param name="keys">In their order.</param>
    /// <param name="shapes">What an access of each key is like.</param>
    /// <param name="firstSlot">The first slot; the begin of an hour.</param>
    /// <param name="rates">Accesses per second, by key.</param>
    /// <param name="factor">What rates are multiplied by.</param>
    /// <param name="seed">Of the noise; null for none: then accesses are no whole numbers.</param>
    /// <param name="startBytes">Sizes of entities at the start; null if not told.</param>
    public RateTrace(
        ImmutableArray<AccessKey> keys,
        ImmutableArray<AccessShape> shapes,
        long firstSlot,
        HourlyRates rates,
        double factor = 1,
        long? seed = null,
        IReadOnlyDictionary<EntityKey, double>? startBytes = null)
        : base(keys, firstSlot, rates.HourCount * SlotsPerHour)
    {
        if (!(factor > 0 && double.IsFinite(factor))) throw new ArgumentOutOfRangeException(nameof(factor), factor, "A factor is above 0.");
        this.shapes = shapes;
        this.rates = rates;
        this.factor = factor;
        this.seed = seed;
        this.startBytes = startBytes;
    }

    /// <inheritdoc/>
    public override double? StartBytesOf(in EntityKey entity) => startBytes is not null && startBytes.TryGetValue(entity, out var bytes) ? bytes : null;

    /// <inheritdoc/>
    public override void Read(int slot, List<DemandRow> into)
    {
        into.Clear();
        var numbers = new SeededNumbers(seed ?? 0, FirstSlot + slot);
        var hour = slot / SlotsPerHour;
        foreach (var key in ActiveIn(hour))
        {
            var mean = rates.At(key, hour, slot % SlotsPerHour, SlotsPerHour) * factor * SlotLength.TotalSeconds;
            var count = seed is null ? mean : numbers.NextPoisson(mean);
            if (count <= 0) continue;
            var shape = shapes[key];
            into.Add(new DemandRow(key, (float)count, (float)(count * shape.Cost), (float)(count * shape.Writes), (float)(count * shape.Bytes)));
        }
    }

    /// <inheritdoc/>
    public override void AddRates(int slot, double weight, Span<double> into)
    {
        var hour = slot / SlotsPerHour;
        foreach (var key in ActiveIn(hour))
            into[key] += rates.At(key, hour, slot % SlotsPerHour, SlotsPerHour) * factor * shapes[key].Cost * weight;
    }

    /// <inheritdoc/>
    public override TrafficTrace Scaled(double factor, long seed) => new RateTrace(Keys, shapes, FirstSlot, rates, this.factor * factor, seed, startBytes);

    private List<int> ActiveIn(int hour)
    {
        if (hour == activeHour) return active;
        activeHour = hour;
        active.Clear();
        for (var key = 0; key < Keys.Length; key++)
        {
            if (!rates.IsIdle(key, hour)) active.Add(key);
        }

        return active;
    }
}
