using System.Collections.Immutable;
using CsCheck;
using Foreshard.Mapping;

namespace Foreshard.Tests.Mapping;

/// <summary>The table made anew from what partitions say of their units.</summary>
public sealed class MappingRebuildTests
{
    private static readonly Gen<History> AnyHistory = Gen.Select(Gen.Int, Gen.Int[0, 40], Gen.Int[0, 40], History.Of);

    [Fact]
    public void What_the_partitions_say_makes_the_table_that_was_lost() => AnyHistory.Sample(history =>
    {
        var rebuilt = Rebuild(history.Rows(isDescribed: true), export: null);

        AssertSame(history.Now, rebuilt.Contents!.Table);
        Assert.Empty(rebuilt.Findings);
    });

    [Fact]
    public void An_export_says_which_shards_units_are_and_old_places_in_it_mean_nothing() => AnyHistory.Sample(history =>
    {
        var moved = history.MoveAll();

        var rebuilt = Rebuild(moved.Rows(isDescribed: false), Export(history.Now));

        AssertSame(moved.Now, rebuilt.Contents!.Table);
        Assert.Empty(rebuilt.Findings);
        Assert.True(rebuilt.Contents.Table.Version > history.Now.Version);
        Assert.Equal(["schema/1"], rebuilt.Contents.Records.Select(record => record.Key));
    });

    [Fact]
    public void Numbers_go_on_above_all_that_was_ever_seen() => AnyHistory.Sample(history =>
    {
        var rows = history.Rows(isDescribed: true);
        var before = new MappingNumbers(7, 70, 700, 3);

        var next = Rebuild(rows, export: null).Contents!.Next;
        var afterExport = Rebuild(rows, Export(history.Now) with { Next = before with { Operation = 1_000_000 } }).Contents!.Next;

        Assert.All(rows, row => Assert.True(next.Unit > row.Placement.Unit.Value && next.Epoch > row.Placement.Epoch && next.Operation > row.Operation));
        Assert.All(rows, row => Assert.True(next.Epoch > (row.Successor?.Epoch ?? 0)));
        Assert.Equal(6, next.Partition);
        Assert.Equal(1_000_000, afterExport.Operation);
    });

    [Fact]
    public void An_owner_that_is_missing_is_named_and_no_table_made() => Gen.Select(AnyHistory, Gen.Int[0, 1000]).Sample((history, pick) =>
    {
        var rows = history.Rows(isDescribed: true);
        var owners = rows.Where(row => row.State == HeldState.Active).ToList();
        var lost = owners[pick % owners.Count];

        var rebuilt = Rebuild([.. rows.Where(row => row != lost)], Export(history.Now));

        Assert.Null(rebuilt.Contents);
        var finding = Assert.Single(rebuilt.Findings, finding => finding.Unit == lost.Placement.Unit);
        Assert.True(finding.Problem is RebuildProblem.Missing or RebuildProblem.LastOwnerMissing);
        Assert.Contains($"{lost.Placement.Unit}", finding.Text, StringComparison.Ordinal);
    });

    [Fact]
    public void Of_owners_at_different_epochs_the_later_wins_and_at_the_same_epoch_none_does() => Gen.Select(AnyHistory, Gen.Int[0, 1000]).Sample(
        (history, pick) =>
        {
            var rows = history.Rows(isDescribed: true);
            var owners = rows.Where(row => row.State == HeldState.Active).ToList();
            var owner = owners[pick % owners.Count];
            var elsewhere = owner.Placement with { Partition = new PartitionId(1 + (owner.Placement.Partition.Value % 5)) };

            var later = Rebuild([.. rows, owner with { Placement = elsewhere with { Epoch = elsewhere.Epoch - 1 } }], export: null);
            var same = Rebuild([.. rows, owner with { Placement = elsewhere }], export: null);

            AssertSame(history.Now, later.Contents!.Table);
            Assert.Equal([RebuildProblem.OldOwner], later.Findings.Select(finding => finding.Problem));
            Assert.Null(same.Contents);
            Assert.Contains(same.Findings, finding => finding.Problem == RebuildProblem.TwoOwners
                && finding.Text.Contains($"'part{elsewhere.Partition.Value}'", StringComparison.Ordinal)
                && finding.Text.Contains($"'part{owner.Placement.Partition.Value}'", StringComparison.Ordinal));
        });

    [Fact]
    public void The_order_of_rows_does_not_matter() => Gen.Select(AnyHistory, Gen.Int).Sample((history, seed) =>
    {
        var rows = history.Rows(isDescribed: true);
        var shuffled = rows.ToArray();
        new Random(seed).Shuffle(shuffled);

        AssertSame(Rebuild(rows, export: null).Contents!.Table, Rebuild(shuffled, export: null).Contents!.Table);
    });

    [Fact]
    public void A_move_that_stopped_halfway_goes_on_where_all_rows_are()
    {
        var bucket = MappingModel.Start.PlacementOf(new UnitId(0));
        var target = bucket with { Partition = new PartitionId(5), Epoch = 900 };
        var others = Start().Where(row => row.Placement.Unit != bucket.Unit).ToList();
        var frozen = new HeldUnit(bucket, HeldState.Frozen, Operation: 17);

        var copying = Rebuild([.. others, frozen, new HeldUnit(target, HeldState.Incoming, Operation: 17)], export: null);
        var activated = Rebuild([.. others, frozen, new HeldUnit(target, HeldState.Active, Operation: 17)], export: null);

        Assert.Equal(bucket, copying.Contents!.Table.PlacementOf(bucket.Unit));
        Assert.Equal([new RebuildFinding(RebuildProblem.Frozen, bucket.Unit, "u0 is frozen on 'part1' (p1) at epoch 1 by operation 17.")], copying.Findings);
        Assert.Equal((901L, 18L), (copying.Contents.Next.Epoch, copying.Contents.Next.Operation));
        Assert.Equal(target, activated.Contents!.Table.PlacementOf(bucket.Unit));
        Assert.Equal(
            [new RebuildFinding(RebuildProblem.OldOwner, bucket.Unit, "u0 is Frozen on 'part1' (p1) at epoch 1, but Active on 'part5' (p5) at epoch 900.")],
            activated.Findings);
    }

    [Fact]
    public void What_nobody_can_tell_is_named()
    {
        var shard = new Placement(new UnitId(50), new PartitionId(2), 60);
        var entity = EntityType.Of("customer", KeyKind.Integer).Key(1);
        var half = new HeldShard(entity, ShardScope.OfSegments(["eu"], takesNew: false), IsHome: true);

        var unknown = Rebuild([.. Start(), new HeldUnit(shard, HeldState.Active)], export: null);
        var broken = Rebuild([.. Start(), new HeldUnit(shard, HeldState.Active, Shard: half)], export: null);
        var homeless = Rebuild([.. Start(), new HeldUnit(shard, HeldState.Active, Shard: new HeldShard(entity, ShardScope.Whole, false))], export: null);
        var elsewhere = Rebuild([.. Start(), new HeldUnit(shard with { Partition = new PartitionId(9) }, HeldState.Active, Shard: half)], export: null);
        var ended = Rebuild(
            [.. Start(), new HeldUnit(shard, HeldState.Active, Shard: half), new HeldUnit(shard with { Epoch = 61 }, HeldState.Moved)], export: null);

        Assert.Equal([RebuildProblem.UnknownShard], unknown.Findings.Select(finding => finding.Problem));
        Assert.Contains("customer/1", Assert.Single(broken.Findings).Text, StringComparison.Ordinal);
        Assert.Contains("0 of its 1 shards are its home", Assert.Single(homeless.Findings).Text, StringComparison.Ordinal);
        Assert.Equal([RebuildProblem.UnknownPartition], elsewhere.Findings.Select(finding => finding.Problem));
        Assert.All([unknown, broken, homeless, elsewhere], rebuilt => Assert.Null(rebuilt.Contents));
        Assert.Equal([RebuildProblem.OldOwner], ended.Findings.Select(finding => finding.Problem));
        Assert.Equal(0, ended.Contents!.Table.EntryCount);
    }

    private static IEnumerable<HeldUnit> Start() => Enumerable.Range(0, MappingModel.BucketCount)
        .Select(bucket => new HeldUnit(MappingModel.Start.PlacementOf(new UnitId(bucket)), HeldState.Active));

    private static RebuiltMapping Rebuild(IReadOnlyCollection<HeldUnit> rows, MappingContents? export) =>
        new MappingRebuild(MappingModel.BucketCount, MappingModel.Start.Partitions, export, key => !key.StartsWith("operation/", StringComparison.Ordinal))
            .From(rows);

    private static MappingContents Export(MappingSnapshot table) =>
        new(table, [new MappingRecord("operation/1", 1, "{}"), new MappingRecord("schema/1", 1, "{}")], new MappingNumbers(1, 1, 1, 1));

    private static void AssertSame(MappingSnapshot expected, MappingSnapshot actual)
    {
        for (var bucket = 0; bucket < expected.BucketCount; bucket++)
            Assert.Equal(expected.PlacementOf(new UnitId(bucket)), actual.PlacementOf(new UnitId(bucket)));
        Assert.Equal(Shards(expected), Shards(actual));

        static List<(EntityKey, UnitId, Shard)> Shards(MappingSnapshot table) =>
            [.. table.Entries().OrderBy(entry => entry.Entity).SelectMany(entry => entry.Shards.Select(shard => (entry.Entity, entry.Home, shard)))];
    }

    /// <summary>A table after changes, and what its partitions have come to know meanwhile.</summary>
    private sealed record History(MappingSnapshot Now, ImmutableList<HeldUnit> Tombstones)
    {
        public static History Of(int seed, int changes, int incoming)
        {
            var (model, history) = (new MappingModel(seed), new History(MappingModel.Start, []));
            for (var i = 0; i < changes; i++)
            {
                var change = model.Next();
                model.Apply(change);
                history = history.After(change);
            }

            // Copies that were begun and never became owners, at epochs above all others.
            var units = history.Owners().Take(incoming).Select((owner, i) => new HeldUnit(
                owner.Placement with { Partition = new PartitionId(1 + (owner.Placement.Partition.Value % 5)), Epoch = 5000 + i }, HeldState.Incoming));
            return history with { Tombstones = history.Tombstones.AddRange(units) };
        }

        /// <summary>Every unit elsewhere, at higher epochs.</summary>
        public History MoveAll()
        {
            Placement To(Placement old) => old with { Partition = new PartitionId(1 + (old.Partition.Value % 5)), Epoch = old.Epoch + 10_000 };
            return After(new MappingChange
            {
                Buckets = [.. Enumerable.Range(0, Now.BucketCount).Select(bucket => To(Now.PlacementOf(new UnitId(bucket))))],
                Entries =
                [
                    .. Now.Entries().Select(entry => new EntityEntry(
                        entry.Entity, [.. entry.Shards.Select(shard => shard with { Placement = To(shard.Placement) })], entry.Home)),
                ],
            });
        }

        public List<HeldUnit> Rows(bool isDescribed) =>
            [.. Tombstones, .. Owners().Select(owner => isDescribed ? owner : owner with { Shard = null })];

        private IEnumerable<HeldUnit> Owners() =>
        [
            .. Enumerable.Range(0, Now.BucketCount).Select(bucket => new HeldUnit(Now.PlacementOf(new UnitId(bucket)), HeldState.Active)),
            .. Now.Entries().SelectMany(entry => entry.Shards.Select(shard => new HeldUnit(
                shard.Placement, HeldState.Active, Operation: 3, Shard: new HeldShard(entry.Entity, shard.Scope, entry.Home == shard.Placement.Unit)))),
        ];

        private History After(MappingChange change)
        {
            var next = Now.With(change, Now.Version + 1);
            var left = Owners().Select(owner => owner.Placement).Where(old => !next.TryPlacementOf(old.Unit, out var now) || now.Partition != old.Partition)
                .Select(old => new HeldUnit(old, HeldState.Moved, next.TryPlacementOf(old.Unit, out var now) ? now : null, Operation: 2));

            // A partition has one row for a unit, the last.
            var kept = Tombstones.RemoveAll(row => next.TryPlacementOf(row.Placement.Unit, out var now) && now.Partition == row.Placement.Partition);
            return new History(next, kept.AddRange(left));
        }
    }
}
