namespace Foreshard.Profiling;

internal sealed partial class ProfileSet
{
    /// <summary>Reads profiles that <see cref="Save"/> wrote.</summary>
    /// <param name="saved">All of the bytes.</param>
    /// <param name="grid">As it was when they were saved.</param>
    /// <param name="options">Their times as they were; limits and thresholds may have changed.</param>
    /// <exception cref="ProfileFormatException">They are damaged, of another version or of other settings; it says which.</exception>
    public static ProfileSet Load(ReadOnlySpan<byte> saved, SlotGrid grid, ProfileOptions options)
    {
        var set = new ProfileSet(grid, options);
        var bytes = SavedBytes.Check(saved, Magic, Version, SettingsOf(grid, options));
        set.CrowdedOut = bytes.Read<long>();
        set.Forgotten = bytes.Read<long>();
        ReadNames(ref bytes, set.labels);
        ReadNames(ref bytes, set.groupNames);
        var types = new EntityType[bytes.Read<int>()];
        for (var i = 0; i < types.Length; i++) types[i] = EntityType.Of(bytes.ReadText()!, bytes.Read<KeyKind>());
        for (var left = bytes.Read<int>(); left > 0; left--) set.ReadEntity(ref bytes, types);
        bytes.End();
        return set;
    }

    private static void ReadNames(ref SavedBytes bytes, NameTable names)
    {
        for (var left = bytes.Read<int>() - names.Length; left > 0; left--) names.Restore(bytes.ReadText());
    }

    private static EntityKey ReadKey(ref SavedBytes bytes, EntityType[] types)
    {
        var type = types[bytes.Read<short>()];
        if (type.KeyKind == KeyKind.Text) return new EntityKey(type, 0, 0, bytes.ReadText());
        var high = type.KeyKind == KeyKind.Uuid ? bytes.Read<ulong>() : 0;
        return new EntityKey(type, high, bytes.Read<ulong>(), null);
    }

    private void ReadEntity(ref SavedBytes bytes, EntityType[] types)
    {
        var place = entities.FindOrAdd(ReadKey(ref bytes, types), out _);
        ref var record = ref entities[place];
        var saved = bytes.Read<EntityRecord>();
        var isWide = saved.IsWide;
        (saved.Key, saved.Type, saved.IsWide) = (record.Key, record.Type, false);
        record = saved;
        if (isWide) entities.AddTotals(place, bytes.Read<AccessTally>());
        if (record.Tier == ProfileTier.Warm)
        {
            record.FirstOrDetail = warm.Take();
            warm[record.FirstOrDetail] = bytes.Read<WarmDetail>();
        }
        else if (record.Tier == ProfileTier.Hot)
        {
            record.FirstOrDetail = hot.Take();
            ReadHot(ref bytes, ref hot[record.FirstOrDetail], types);
        }
    }

    private static void ReadHot(ref SavedBytes bytes, ref HotDetail detail, EntityType[] types)
    {
        detail.Core = bytes.Read<HotCore>();
        foreach (ref var partner in detail.Partners)
        {
            var times = bytes.Read<float>();
            if (times == 0) continue;
            partner = new PartnerCounter { Times = times, TimesError = bytes.Read<float>(), Partner = ReadKey(ref bytes, types) };
        }
    }
}
