using System.Collections.Immutable;
using Foreshard.Profiling;

namespace Foreshard.Simulation.Workloads;

/// <summary>Demand over time: what came in each slot of a span, by entity, group, segment and region.</summary>
/// <remarks>Slots may be read in any order and always read the same. For one thread.</remarks>
internal abstract class TrafficTrace
{
    /// <summary>Length of a slot of all traces: what monitoring usually has.</summary>
    public static readonly TimeSpan SlotLength = TimeSpan.FromMinutes(5);

    /// <summary>Slots of an hour.</summary>
    public const int SlotsPerHour = 12;

    protected TrafficTrace(ImmutableArray<AccessKey> keys, long firstSlot, int slotCount)
    {
        for (var i = 1; i < keys.Length; i++)
        {
            if (keys[i - 1].CompareTo(keys[i]) >= 0) throw new ArgumentException($"The key of {keys[i].Entity} stands twice or out of order.", nameof(keys));
        }

        Keys = keys;
        FirstSlot = firstSlot;
        SlotCount = slotCount;
    }

    /// <summary>Cut into slots of <see cref="SlotLength"/>.</summary>
    public static SlotGrid Grid { get; } = new(SlotLength);

    /// <summary>In their order, each once.</summary>
    public ImmutableArray<AccessKey> Keys { get; }

    /// <summary>The first slot, by number of the grid.</summary>
    public long FirstSlot { get; }

    /// <summary>How many slots.</summary>
    public int SlotCount { get; }

    /// <summary>When it begins.</summary>
    public DateTime StartUtc => Grid.StartOf(FirstSlot);

    /// <summary>When it is over.</summary>
    public DateTime EndUtc => Grid.StartOf(FirstSlot + SlotCount);

    /// <summary>When a slot of it begins.</summary>
    /// <param name="slot">From 0 on.</param>
    public DateTime StartOf(int slot) => Grid.StartOf(FirstSlot + slot);

    /// <summary>Bytes of entities at the start, as far as the trace tells them; null if it doesn't.</summary>
    public virtual double? StartBytesOf(in EntityKey entity) => null;

    /// <summary>What came in a slot, in the order of keys; keys of which nothing came are left out.</summary>
    /// <param name="slot">0 to <see cref="SlotCount"/> - 1.</param>
    /// <param name="into">Is cleared first.</param>
    public abstract void Read(int slot, List<DemandRow> into);

    /// <summary>Adds each key's true rate in a slot, cost units per second: without noise, if the trace was made with noise; else what came.</summary>
    /// <param name="slot">0 to <see cref="SlotCount"/> - 1.</param>
    /// <param name="weight">What rates are multiplied by.</param>
    /// <param name="into">By key.</param>
    public abstract void AddRates(int slot, double weight, Span<double> into);

    /// <summary>The same shape at another rate: hourly rates times a factor, with the noise of a Poisson process.</summary>
    /// <param name="factor">Above 0.</param>
    /// <param name="seed">Of the noise.</param>
    public abstract TrafficTrace Scaled(double factor, long seed);
}
