using System.Buffers;

namespace Foreshard.Profiling;

internal sealed partial class ProfileSet
{
    /// <summary>"FSPROFIL" where the lowest byte comes first: a file from a machine of the other order is told at once.</summary>
    private const ulong Magic = 0x4C49464F52505346;

    /// <summary>Raised with every change of the format or of how averages are kept.</summary>
    private const int Version = 1;

    /// <summary>Writes all profiles, in the order of their keys; equal sets give equal bytes.</summary>
    public void Save(IBufferWriter<byte> target)
    {
        var writer = new ChecksumWriter(target);
        writer.WriteHeader(Magic, Version, SettingsOf(Grid, Options));
        writer.Write(CrowdedOut);
        writer.Write(Forgotten);
        WriteNames(writer, labels);
        WriteNames(writer, groupNames);

        var places = Enumerable.Range(0, entities.Count).Select(place => (Key: entities.KeyOf(place), Place: place)).ToArray();
        Array.Sort(places, static (left, right) => left.Key.CompareTo(right.Key));
        var types = places.Select(one => one.Key.Type).Distinct().Concat(PartnerTypes()).Distinct().OrderBy(type => type.Name, StringComparer.Ordinal)
            .ThenBy(type => type.KeyKind).ToList();
        writer.Write(types.Count);
        foreach (var type in types)
        {
            writer.Write(type.Name);
            writer.Write(type.KeyKind);
        }

        writer.Write(places.Length);
        foreach (var (key, place) in places) WriteEntity(writer, key, place, types);
        writer.WriteTrailer();
    }

    private static long[] SettingsOf(SlotGrid grid, ProfileOptions options) =>
        [grid.SlotLength.Ticks, options.FastTime.Ticks, options.SlowTime.Ticks, options.MixTime.Ticks, options.GrowthTime.Ticks];

    private static void WriteNames(ChecksumWriter writer, NameTable names)
    {
        writer.Write(names.Length);
        for (var number = NameTable.Other + 1; number < names.Length; number++) writer.Write(names[number]);
    }

    private static void WriteKey(ChecksumWriter writer, in EntityKey key, List<EntityType> types)
    {
        writer.Write((short)types.IndexOf(key.Type));
        if (key.Type.KeyKind == KeyKind.Uuid) writer.Write(key.High);
        if (key.Type.KeyKind == KeyKind.Text) writer.Write(key.Text);
        else writer.Write(key.Low);
    }

    private HashSet<EntityType> PartnerTypes()
    {
        var found = new HashSet<EntityType>();
        for (var place = 0; place < entities.Count; place++)
        {
            if (entities[place].Tier != ProfileTier.Hot) continue;
            foreach (ref readonly var partner in hot[entities[place].FirstOrDetail].Partners)
            {
                if (partner.Times > 0) found.Add(partner.Partner.Type);
            }
        }

        return found;
    }

    private void WriteEntity(ChecksumWriter writer, in EntityKey key, int place, List<EntityType> types)
    {
        ref var record = ref entities[place];
        WriteKey(writer, key, types);

        // Where key, details and wide totals are is this set's own affair.
        var saved = record;
        (saved.Key, saved.Type) = (0, 0);
        if (record.Tier > ProfileTier.Cold) saved.FirstOrDetail = 0;
        if (record.IsWide) saved.Totals = default;
        writer.Write(saved);
        if (record.IsWide) writer.Write(entities.TotalsOf(place));
        if (record.Tier == ProfileTier.Warm) writer.Write(warm[record.FirstOrDetail]);
        if (record.Tier != ProfileTier.Hot) return;

        ref var detail = ref hot[record.FirstOrDetail];
        writer.Write(detail.Core);
        foreach (ref readonly var partner in detail.Partners)
        {
            writer.Write(partner.Times);
            if (partner.Times == 0) continue;
            writer.Write(partner.TimesError);
            WriteKey(writer, partner.Partner, types);
        }
    }
}
