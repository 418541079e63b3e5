namespace Foreshard.Tests.Forecasting;

/// <summary>Loads by slot whose future is known.</summary>
internal static class Shapes
{
    /// <summary>A day between 20 and 180, largest at 18:00.</summary>
    public static Func<int, float> Daily(int slotsPerDay) => slot => (float)(100 - (80 * Math.Sin(2 * Math.PI * slot / slotsPerDay)));

    /// <summary>The same, and weekends at 40 %.</summary>
    public static Func<int, float> Weekly(int slotsPerDay)
    {
        var daily = Daily(slotsPerDay);
        return slot => daily(slot) * (slot / slotsPerDay % 7 < 5 ? 1 : 0.4f);
    }

    /// <summary>Random numbers that depend on the slot alone, in [0, 1).</summary>
    public static double PartAt(int seed, int slot)
    {
        var hash = unchecked(((uint)slot * 2_654_435_761) ^ ((uint)seed * 2_246_822_519));
        hash = unchecked((hash ^ (hash >> 15)) * 2_246_822_519);
        hash = unchecked((hash ^ (hash >> 13)) * 3_266_489_917);
        return (hash ^ (hash >> 16)) / 4_294_967_296.0;
    }

    /// <summary>Each slot off by up to a share, up or down.</summary>
    public static Func<int, float> Noisy(Func<int, float> load, double share, int seed) =>
        slot => (float)(load(slot) * (1 + (share * ((2 * PartAt(seed, slot)) - 1))));
}
