using System.Collections.Immutable;
using Foreshard.Mapping;

namespace Foreshard.Tests.Mapping;

public sealed class MappingRulesTests
{
    private static readonly EntityKey Whole = EntityType.Of("customer", KeyKind.Integer).Key(1);
    private static readonly EntityKey Split = EntityType.Of("customer", KeyKind.Integer).Key(2);
    private static readonly EntityKey Other = EntityType.Of("customer", KeyKind.Integer).Key(3);

    private readonly MappingSnapshot table = MappingModel.Start.With(
        new MappingChange
        {
            Entries =
            [
                new EntityEntry(Whole, [At(100, 1, 100, ShardScope.Whole)], new UnitId(100)),
                new EntityEntry(Split, [At(101, 2, 101, Segments(true)), At(102, 3, 102, Segments(false, "eu"))], new UnitId(101)),
            ],
        },
        2);

    [Fact]
    public void Expectations_hold_to_the_epoch()
    {
        var bucket = table.PlacementOf(new UnitId(0));

        Assert.Null(table.Conflict(new MappingChange { Expected = [bucket, Of(100), Of(102)] }));
        Conflicts("u0 is expected at", new MappingChange { Expected = [bucket with { Epoch = 99 }] });
        Conflicts("u102 is expected at p4 with epoch 102; it is at p3", new MappingChange { Expected = [Of(102) with { Partition = new PartitionId(4) }] });
        Conflicts("it is gone", new MappingChange { Expected = [new Placement(new UnitId(999), new PartitionId(1), 1)] });
        Conflicts("expected twice", new MappingChange { Expected = [bucket, bucket] });
    }

    [Fact]
    public void A_unit_that_changes_is_expected_and_gets_a_higher_epoch()
    {
        var bucket = table.PlacementOf(new UnitId(0));
        var raised = bucket with { Epoch = 500 };

        Assert.Null(table.Conflict(new MappingChange { Expected = [bucket], Buckets = [raised] }));
        Conflicts("must expect", new MappingChange { Buckets = [raised] });
        Conflicts("must rise", new MappingChange { Expected = [bucket], Buckets = [bucket with { Partition = new PartitionId(5) }] });
        Conflicts("stands twice", new MappingChange { Expected = [bucket], Buckets = [raised, raised] });
        Conflicts("no bucket", new MappingChange { Buckets = [Of(100) with { Epoch = 500 }] });
        Conflicts("must expect", Replace([], At(100, 4, 500, ShardScope.Whole)));
        Conflicts("must rise", Replace([Of(100)], At(100, 4, 100, ShardScope.Whole)));
        Conflicts("u100 disappears", Replace([], At(200, 4, 500, ShardScope.Whole)));
        Conflicts("no epoch", Replace([Of(100)], At(200, 4, 0, ShardScope.Whole)));
    }

    [Fact]
    public void A_shard_whose_groups_change_gets_a_higher_epoch_also_the_one_that_takes_what_others_do_not_name()
    {
        var eu = At(102, 3, 500, Segments(false, "eu"));
        var us = At(200, 2, 501, Segments(false, "us"));
        var taker = At(101, 2, 101, Segments(true));

        Conflicts("u101 changes", ReplaceSplit(101, [Of(101)], taker, At(102, 3, 102, Segments(false, "eu")), us));
        Conflicts("u102 changes from", ReplaceSplit(101, [Of(101), Of(102)], At(101, 2, 502, Segments(true)), At(102, 3, 102, Segments(false, "eu", "us"))));
        Assert.Null(table.Conflict(ReplaceSplit(101, [Of(101)], At(101, 2, 502, Segments(true)), At(102, 3, 102, Segments(false, "eu")), us)));
        Assert.Null(table.Conflict(ReplaceSplit(101, [Of(102)], taker, eu)));
    }

    [Fact]
    public void A_home_that_is_given_up_gets_a_higher_epoch()
    {
        Conflicts("no longer the home", ReplaceSplit(102, [Of(102)], At(101, 2, 101, Segments(true)), At(102, 3, 500, Segments(false, "eu"))));
        Assert.Null(table.Conflict(ReplaceSplit(102, [Of(101)], At(101, 2, 500, Segments(true)), At(102, 3, 102, Segments(false, "eu")))));
    }

    [Fact]
    public void Isolating_and_folding_raise_the_bucket_in_the_same_change()
    {
        var isolated = new EntityEntry(Other, [At(200, 1, 500, ShardScope.Whole)], new UnitId(200));
        var bucket = table.PlacementOf(table.BucketOf(Other));
        var folded = table.PlacementOf(table.BucketOf(Whole));

        Conflicts("higher epoch in the same change", new MappingChange { Entries = [isolated] });
        Assert.Null(table.Conflict(new MappingChange { Expected = [bucket], Buckets = [bucket with { Epoch = 501 }], Entries = [isolated] }));
        Conflicts("higher epoch in the same change", new MappingChange { Expected = [Of(100)], RemovedEntries = [Whole] });
        Conflicts("u100 disappears", new MappingChange { Expected = [folded], Buckets = [folded with { Epoch = 501 }], RemovedEntries = [Whole] });
        Assert.Null(table.Conflict(new MappingChange
        {
            Expected = [folded, Of(100)],
            Buckets = [folded with { Epoch = 501 }],
            RemovedEntries = [Whole],
        }));
        Conflicts("no entry", new MappingChange { RemovedEntries = [Other] });
    }

    [Fact]
    public void A_unit_belongs_to_one_entity()
    {
        Conflicts("u102 is a shard of customer/2 already", Replace([Of(100)], At(102, 4, 500, ShardScope.Whole)));
        Conflicts("u3 is a bucket", Replace([Of(100)], At(3, 4, 500, ShardScope.Whole)));
        Conflicts("a shard of two entities", Replace([Of(100)], At(200, 4, 500, ShardScope.Whole)) with
        {
            Expected = [Of(100), Of(101), Of(102)],
            Entries =
            [
                new EntityEntry(Whole, [At(200, 4, 500, ShardScope.Whole)], new UnitId(200)),
                new EntityEntry(Split, [At(200, 4, 501, ShardScope.Whole)], new UnitId(200)),
            ],
        });
    }

    [Fact]
    public void Units_are_put_on_partitions_that_exist_and_removed_partitions_hold_none()
    {
        var bucket = table.PlacementOf(new UnitId(4));
        var moved = new MappingChange { Expected = [bucket], Buckets = [bucket with { Partition = new PartitionId(1), Epoch = 500 }] };
        var sixth = Partition(6, "part6", PartitionState.Active);
        var removed = Partition(5, "part5", PartitionState.Removed);

        Conflicts("does not exist", moved with { Buckets = [bucket with { Partition = new PartitionId(6), Epoch = 500 }] });
        Assert.Null(table.Conflict(moved with { Buckets = [bucket with { Partition = new PartitionId(6), Epoch = 500 }], Partitions = [sixth] }));
        Conflicts("still holds u4", new MappingChange { Partitions = [removed] });
        Conflicts("still holds u101", new MappingChange
        {
            Expected = [table.PlacementOf(new UnitId(1)), table.PlacementOf(new UnitId(6))],
            Buckets = [Elsewhere(1), Elsewhere(6)],
            Partitions = [Partition(2, "part2", PartitionState.Removed)],
        });
        Assert.Null(table.Conflict(moved with { Partitions = [removed] }));
        Conflicts("which is removed", moved with { Buckets = [bucket with { Epoch = 500 }], Partitions = [removed] });
        Conflicts("two partitions are called", new MappingChange { Partitions = [sixth with { Name = "part1" }] });

        var after = table.With(moved with { Partitions = [removed] }, 3);
        var again = after.Conflict(new MappingChange { Partitions = [sixth with { Id = new PartitionId(5) }] });
        Assert.Contains("can't be used again", again, StringComparison.Ordinal);

        Placement Elsewhere(int unit) => table.PlacementOf(new UnitId(unit)) with { Partition = new PartitionId(1), Epoch = 600 + unit };
    }

    [Fact]
    public void A_change_touches_at_most_32_units()
    {
        var large = MappingSnapshot.Create(64, MappingModel.Start.Partitions);

        Assert.Null(large.Conflict(Raise(32)));
        Assert.Contains("at most 32", large.Conflict(Raise(33)), StringComparison.Ordinal);

        MappingChange Raise(int count)
        {
            var placements = Enumerable.Range(0, count).Select(bucket => large.PlacementOf(new UnitId(bucket))).ToImmutableArray();
            return new MappingChange { Expected = placements, Buckets = [.. placements.Select(placement => placement with { Epoch = 500 })] };
        }
    }

    private static Shard At(int unit, int partition, long epoch, ShardScope scope) =>
        new(new Placement(new UnitId(unit), new PartitionId(partition), epoch), scope);

    private static ShardScope Segments(bool takesNew, params string[] segments) => ShardScope.OfSegments(segments, takesNew);

    private static PartitionInfo Partition(int id, string name, PartitionState state) => new(new PartitionId(id), name, "", 0, 0, "", state);

    private static MappingChange Replace(ImmutableArray<Placement> expected, Shard shard) =>
        new() { Expected = expected, Entries = [new EntityEntry(Whole, [shard], shard.Placement.Unit)] };

    private static MappingChange ReplaceSplit(int home, ImmutableArray<Placement> expected, params ImmutableArray<Shard> shards) =>
        new() { Expected = expected, Entries = [new EntityEntry(Split, shards, new UnitId(home))] };

    private Placement Of(int unit) => table.TryPlacementOf(new UnitId(unit), out var placement) ? placement : default;

    private void Conflicts(string reason, MappingChange change)
    {
        var conflict = table.Conflict(change);
        Assert.NotNull(conflict);
        Assert.Contains(reason, conflict, StringComparison.Ordinal);
    }
}
