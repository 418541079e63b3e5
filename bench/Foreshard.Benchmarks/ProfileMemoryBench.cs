using System.Globalization;
using Foreshard.Profiling;

namespace Foreshard.Benchmarks;

/// <summary>Bytes of a profile, by the difference of the managed heap: records, keys, index, details, with nothing left out.</summary>
/// <remarks>
/// Each tier alone, all details full (segments, regions, groups and partners up to their limits, sizes, four weeks of load), and a mix of
/// a million entities of which 1 % are hot and 10 % warm. The share of the forecaster isn't in it: it keeps its own series.
/// </remarks>
internal static class ProfileMemoryBench
{
    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Integer);
    private static readonly SlotGrid Hourly = new(TimeSpan.FromHours(1));
    private static readonly long FirstSlot = Hourly.SlotOf(new DateTime(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc));

    public static void Run()
    {
        Bars.Say($"integer keys; heap difference after a full collection, per entity");
        var worstCold = 0.0;
        foreach (var entities in (int[])[100_000, 316_000, 500_000, 700_000, 1_000_000])
            worstCold = Math.Max(worstCold, BytesOf("cold", entities, hot: 0, warm: 0));
        var warm = BytesOf("warm", 100_000, hot: 0, warm: 100_000);
        var hot = BytesOf("hot", 10_000, hot: 10_000, warm: 0);
        var mixed = BytesOf("1 % hot, 10 % warm", 1_000_000, hot: 10_000, warm: 100_000);
        Bars.Say($"the mix as a whole: {mixed * 1_000_000 / (1 << 20):0} MB");
        Bars.Print("profile-memory-cold", worstCold, 64);
        Bars.Print("profile-memory-warm", warm, 250);
        Bars.Print("profile-memory-hot", hot, 1050);
    }

    private static double BytesOf(string name, int entities, int hot, int warm)
    {
        var interval = new AccessInterval(AccessLimits.Default);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var profiles = Filled(interval, entities, hot, warm);
        interval.Clear();
        var after = GC.GetTotalMemory(forceFullCollection: true);
        var room = GC.GetTotalMemory(forceFullCollection: true) - after;

        // What the interval grew by isn't the profiles'. It is measured by letting go of them.
        var tiers = (profiles.CountOf(ProfileTier.Hot), profiles.CountOf(ProfileTier.Warm));
        if (tiers != (hot, warm)) throw new InvalidOperationException($"There are {tiers} hot and warm entities and not {(hot, warm)}.");
        GC.KeepAlive(profiles);
        profiles = null;
        var bytes = (after - GC.GetTotalMemory(forceFullCollection: true) + room) / (double)entities;
        GC.KeepAlive(interval);
        Bars.Say($"{name,-20} {entities,9} entities: {bytes,7:0.0} B each (heap {before / (1 << 20)} MB before, {after / (1 << 20)} MB after)");
        return bytes;
    }

    private static ProfileSet Filled(AccessInterval interval, int entities, int hot, int warm)
    {
        var profiles = new ProfileSet(Hourly, ProfileOptions.Default with { MaxHot = hot, MaxWarm = warm });
        const int batch = 100_000;
        for (var first = 0; first < entities; first += batch)
        {
            interval.Clear();
            for (var i = first; i < Math.Min(entities, first + batch); i++) interval.Add(AccessOf(i, 0));
            profiles.Apply(interval, FirstSlot);
        }

        profiles.Classify(1e6, FirstSlot, entity => entities - entity.Integer);
        for (var day = 0; day < 28 && hot + warm > 0; day++)
        {
            interval.Clear();
            for (var i = 0; i < hot + warm; i++) interval.Add(AccessOf(i, 1 + (day * 25)));
            profiles.Apply(interval, FirstSlot + 1 + (day * 25));
            for (var i = 0; i < hot + warm; i++)
                profiles.ObserveSize(Customer.Key(i), Hourly.StartOf(FirstSlot + 1 + (day * 25)), 1_000_000 + (day * 1000), 100);
        }

        return profiles;
    }

    private static Access AccessOf(int entity, int hour) => new()
    {
        Entity = Customer.Key(entity),
        TimeUtc = Hourly.StartOf(FirstSlot + hour),
        Group = string.Create(CultureInfo.InvariantCulture, $"group {hour % 28}"),
        Segment = string.Create(CultureInfo.InvariantCulture, $"segment {hour % 9}"),
        Region = string.Create(CultureInfo.InvariantCulture, $"region {hour % 7}"),
        Reads = 10,
        Writes = 2,
        Cost = 20,
        Bytes = 3000,
        Partners = new[] { Customer.Key(entity + 1 + (hour % 11)) },
    };
}
