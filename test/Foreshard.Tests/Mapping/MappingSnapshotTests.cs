using System.Collections.Immutable;
using CsCheck;
using Foreshard.Mapping;

namespace Foreshard.Tests.Mapping;

public sealed class MappingSnapshotTests
{
    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Integer);
    private static readonly EntityType Tenant = EntityType.Of("tenant", KeyKind.Text);

    [Fact]
    public void Any_history_shows_what_the_model_shows_with_one_owner_of_each_group() => Gen.Int.Sample(
        seed =>
        {
            var model = new MappingModel(seed);
            var snapshot = MappingModel.Start;
            for (var step = 0; step < 60; step++)
            {
                var change = model.Next();
                Assert.Null(snapshot.Conflict(change));
                snapshot = snapshot.With(change, snapshot.Version + 1);
                model.Apply(change);
                if (step % 10 == 0) model.AssertShownBy(snapshot);
            }

            model.AssertShownBy(snapshot);
        },
        iter: 60);

    [Fact]
    public void Epochs_of_a_unit_only_rise_and_gone_units_stay_gone() => Gen.Int.Sample(
        seed =>
        {
            var model = new MappingModel(seed);
            var snapshot = MappingModel.Start;
            var epochs = new Dictionary<UnitId, long>();
            for (var step = 0; step < 60; step++)
            {
                var change = model.Next();
                var after = snapshot.With(change, snapshot.Version + 1);
                foreach (var placement in change.Expected)
                {
                    epochs[placement.Unit] = after.TryPlacementOf(placement.Unit, out var now) ? now.Epoch : long.MaxValue;
                    Assert.True(epochs[placement.Unit] > placement.Epoch);
                }

                Assert.All(change.Entries.SelectMany(entry => entry.Shards), shard =>
                    Assert.True(epochs.GetValueOrDefault(shard.Placement.Unit) <= shard.Placement.Epoch));
                snapshot = after;
                model.Apply(change);
            }
        },
        iter: 60);

    [Fact]
    public void Older_snapshots_do_not_change() => Gen.Int.Sample(
        seed =>
        {
            var (model, early) = (new MappingModel(seed), MappingModel.Start);
            for (var step = 0; step < 20; step++) early = Step(model, early);
            var (late, before) = (early, Shown(early));

            for (var step = 0; step < 40; step++) late = Step(model, late);

            Assert.Equal(before, Shown(early));
            Assert.Equal(early.Version + 40, late.Version);
        },
        iter: 40);

    [Fact]
    public void Pages_split_and_empty_without_losing_an_entry()
    {
        var entities = Enumerable.Range(0, 20_000).Select(i => i % 2 == 0 ? Customer.Key(i) : Tenant.Key($"tenant-{i}")).ToArray();
        var full = MappingModel.Start;
        foreach (var chunk in entities.Chunk(700)) full = full.With(new MappingChange { Entries = [.. chunk.Select(Whole)] }, full.Version + 1);
        var gone = entities.Where((_, i) => i % 3 != 0).ToImmutableArray();
        var thin = full.With(new MappingChange { RemovedEntries = gone }, full.Version + 1);

        Assert.Equal(entities.Length, full.EntryCount);
        Assert.Equal(entities.ToHashSet(), full.Entries().Select(entry => entry.Entity).ToHashSet());
        Assert.All(entities, entity => Assert.Equal(Whole(entity).HomeShard.Placement, full.Find(entity)));
        Assert.Equal(entities.Length - gone.Length, thin.EntryCount);
        Assert.Equal(thin.EntryCount, thin.Entries().Count());
        Assert.All(entities, entity => Assert.Equal(gone.Contains(entity), thin.EntryOf(entity) is null));
        Assert.All(gone, entity => Assert.False(thin.TryPlacementOf(Whole(entity).Home, out _)));
        Assert.Equal(entities.Length, full.EntryCount);
    }

    [Fact]
    public void Lookups_allocate_nothing()
    {
        var (isolated, inBucket, split) = (Customer.Key(1), Tenant.Key("not isolated"), Customer.Key(2));
        var shards = (ImmutableArray<Shard>)[At(101, ShardScope.OfSegments([], true)), At(102, ShardScope.OfSegments(["eu"], false))];
        var snapshot = MappingModel.Start.With(
            new MappingChange { Entries = [Whole(isolated), new EntityEntry(split, shards, new UnitId(101))] }, 2);
        GroupKey group = "eu";
        var sum = Look();

        var before = GC.GetAllocatedBytesForCurrentThread();
        sum += Look();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0, sum);

        long Look() => snapshot.Find(isolated).Epoch + snapshot.Find(inBucket).Epoch + snapshot.Find(split).Epoch
            + snapshot.Find(split, group).Epoch + snapshot.Find(inBucket, group).Epoch;
    }

    [Fact]
    public void A_table_that_makes_no_sense_is_refused()
    {
        Assert.Throws<ArgumentException>(() => MappingSnapshot.Create(100, MappingModel.Start.Partitions));
        Assert.Throws<ArgumentException>(() => MappingSnapshot.Create(64, []));
        Assert.Throws<ArgumentException>(() => MappingSnapshot.Create(64, [.. MappingModel.Start.Partitions, MappingModel.Start.Partitions[0]]));
        Assert.Throws<ArgumentException>(() => MappingSnapshot.Restore(1, MappingModel.Start.Partitions, [default, default], []));
        Assert.Throws<InvalidOperationException>(() => MappingModel.Start.Find(default));
        Assert.Throws<ArgumentOutOfRangeException>(() => MappingModel.Start.PlacementOf(new UnitId(MappingModel.BucketCount)));
    }

    private static MappingSnapshot Step(MappingModel model, MappingSnapshot snapshot)
    {
        var change = model.Next();
        model.Apply(change);
        return snapshot.With(change, snapshot.Version + 1);
    }

    private static List<Placement> Shown(MappingSnapshot snapshot) =>
    [
        .. MappingModel.Entities.Select(entity => snapshot.Find(entity)),
        .. Enumerable.Range(0, 500).Select(unit => snapshot.TryPlacementOf(new UnitId(unit), out var placement) ? placement : default),
    ];

    private static EntityEntry Whole(EntityKey entity)
    {
        var unit = 1000 + (int)(entity.Text is { } text ? long.Parse(text[7..], System.Globalization.CultureInfo.InvariantCulture) : entity.Integer);
        return new EntityEntry(entity, [At(unit, ShardScope.Whole)], new UnitId(unit));
    }

    private static Shard At(int unit, ShardScope scope) => new(new Placement(new UnitId(unit), new PartitionId(1), unit), scope);
}
