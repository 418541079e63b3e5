using CsCheck;
using Foreshard.Profiling;

namespace Foreshard.Tests.Profiling;

/// <summary>Accesses and slots to test with.</summary>
internal static class Accesses
{
    public static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Integer);
    public static readonly EntityType Device = EntityType.Of("device", KeyKind.Uuid);
    public static readonly EntityType Tenant = EntityType.Of("tenant", KeyKind.Text);

    public static readonly SlotGrid Hourly = new(TimeSpan.FromHours(1));

    /// <summary>A Monday, 0:00.</summary>
    public static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    public static readonly long MondaySlot = Hourly.SlotOf(Monday);

    /// <summary>Keys of all kinds, few enough to come again.</summary>
    public static readonly Gen<EntityKey> AnyEntity = Gen.OneOf(
        Gen.Int[-5, 20].Select(key => Customer.Key(key)),
        Gen.Int[0, 5].Select(key => Device.Key(new Guid(key, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10))),
        Gen.Int[0, 5].Select(key => Tenant.Key($"tenant {key}")));

    /// <summary>Accesses within a slot of the grid.</summary>
    public static Gen<Access> AnyAccess(Gen<int> hour) =>
        from entity in AnyEntity
        from slot in hour
        from second in Gen.Int[0, 3599]
        from labels in Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 3])
        from counts in Gen.Select(Gen.Int[0, 100], Gen.Int[0, 10], Gen.Double[0, 50], Gen.Int[0, 10_000])
        from partners in AnyEntity.Array[0, 2]
        select new Access
        {
            Entity = entity,
            TimeUtc = Monday.AddHours(slot).AddSeconds(second),
            Group = labels.Item1 == 0 ? default : GroupKey.Of($"group {labels.Item1}"),
            Segment = labels.Item2 == 0 ? null : $"segment {labels.Item2}",
            Region = labels.Item3 == 0 ? null : $"region {labels.Item3}",
            Reads = counts.Item1,
            Writes = counts.Item2,
            Cost = counts.Item3,
            Bytes = counts.Item4,
            Partners = partners,
        };

    public static Access Of(long customer, double hours, double cost) =>
        new() { Entity = Customer.Key(customer), TimeUtc = Monday.AddHours(hours), Cost = cost, Reads = 1 };

    public static AccessInterval Interval(params IEnumerable<Access> accesses)
    {
        var interval = new AccessInterval(AccessLimits.Default);
        foreach (var access in accesses) interval.Add(access);
        return interval;
    }

    /// <summary>Applies accesses slot by slot.</summary>
    public static void ApplyAll(this ProfileSet profiles, params IEnumerable<Access> accesses)
    {
        foreach (var slot in accesses.GroupBy(access => profiles.Grid.SlotOf(access.TimeUtc)).OrderBy(slot => slot.Key))
            profiles.Apply(Interval(slot), slot.Key);
    }

    /// <summary>Gives all entities known so far the tiers that the budget allows.</summary>
    public static void Retier(this ProfileSet profiles, long slot) => profiles.Classify(1e9, slot, _ => 1);

    public static ProfileOptions Budget(int hot, int warm) => ProfileOptions.Default with { MaxHot = hot, MaxWarm = warm };

    public static byte[] Saved(this ProfileSet profiles)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        profiles.Save(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
