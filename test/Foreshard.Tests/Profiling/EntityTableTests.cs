using CsCheck;
using Foreshard.Profiling;

namespace Foreshard.Tests.Profiling;

public sealed class EntityTableTests
{
    [Fact]
    public void Any_adding_and_removing_shows_what_a_dictionary_shows() =>
        Gen.Select(Accesses.AnyEntity, Gen.Int[0, 3], Gen.Long[0, 1L << 41]).Array[0, 400].Sample(steps =>
        {
            var (table, model) = (new EntityTable(), new Dictionary<EntityKey, long>());
            foreach (var (entity, action, reads) in steps)
            {
                if (action == 0)
                {
                    if (table.Find(entity) is var found and >= 0) table.RemoveAt(found);
                    model.Remove(entity);
                    continue;
                }

                var place = table.FindOrAdd(entity, out var isNew);
                Assert.Equal(!model.ContainsKey(entity), isNew);
                table.AddTotals(place, new AccessTally { Reads = reads });
                model[entity] = model.GetValueOrDefault(entity) + reads;
            }

            Assert.Equal(model.Count, table.Count);
            foreach (var (entity, reads) in model)
            {
                Assert.Equal(entity, table.KeyOf(table.Find(entity)));
                Assert.Equal(reads, table.TotalsOf(table.Find(entity)).Reads);
            }
        });

    [Fact]
    public void Totals_of_any_size_come_back_as_they_were() => Gen.Select(
        Gen.Long[0, long.MaxValue], Gen.Long[0, uint.MaxValue], Gen.Long[0, (1L << 40) - 1], Gen.Long[0, (1L << 48) - 1], Gen.Int[0, 3])
        .Sample((large, accesses, bytes, cost, which) =>
        {
            var totals = new AccessTally { Accesses = accesses, Reads = bytes, Writes = bytes / 3, Bytes = bytes / 2, CostParts = cost };
            if (which == 1) totals.Accesses = large;
            if (which == 2) totals.Bytes = large;
            if (which == 3) totals.CostParts = large;
            var table = new EntityTable();
            var place = table.FindOrAdd(Accesses.Customer.Key(1), out _);

            table.AddTotals(place, totals);

            Assert.Equal(totals, table.TotalsOf(place));
        });

    [Fact]
    public void A_record_has_55_bytes() => Assert.Equal(55, System.Runtime.CompilerServices.Unsafe.SizeOf<EntityRecord>());

    [Fact]
    public void Parts_of_a_record_do_not_touch_each_other() => Gen
        .Select(Gen.Int[0, 32767], Gen.Bool, Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 3], Gen.Int[0, 2])
        .Sample((type, isWide, of, target, streak, tier) =>
        {
            var state = new ClassState((ProfileClass)of, (ProfileClass)target, streak);
            var record = new EntityRecord { IsWide = isWide, Type = type, Tier = (ProfileTier)tier, Class = state };

            return record.IsWide == isWide && record.Type == type && record.Tier == (ProfileTier)tier && record.Class == state;
        });

    [Fact]
    public void A_size_is_kept_to_a_thousandth() => Gen.Long[0, long.MaxValue].Sample(bytes =>
    {
        var size = new EntityRecord { Size = bytes }.Size;

        Assert.Equal(bytes, size, bytes * 0.001);
    });
}
