using System.Collections.Immutable;
using Foreshard.Mapping;

namespace Foreshard.Contracts;

/// <summary>What every mapping store must do. A store's tests derive from it and say how one is made and opened again.</summary>
public abstract class MappingStoreContract : IAsyncLifetime
{
    private const int BucketCount = 64;

    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Integer);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private IMappingStore Store { get; set; } = null!;

    public async ValueTask InitializeAsync() => Store = await CreateAsync(
        BucketCount, [.. Enumerable.Range(1, 4).Select(id => Partition(id, PartitionState.Active))]);

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await RemoveAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_new_store_deals_its_buckets_out_with_epochs_of_their_own()
    {
        var snapshot = await Store.LoadAsync(Stop);

        var placements = Enumerable.Range(0, BucketCount).Select(bucket => snapshot.PlacementOf(new UnitId(bucket))).ToList();
        Assert.Equal(BucketCount, snapshot.BucketCount);
        Assert.Equal(0, snapshot.EntryCount);
        Assert.All(placements, placement => Assert.Equal(1 + (placement.Unit.Value % 4), placement.Partition.Value));
        Assert.Equal(BucketCount, placements.Select(placement => placement.Epoch).Distinct().Count());
        Assert.True(await Store.AllocateAsync(NumberKind.Epoch, 1, Stop) > placements.Max(placement => placement.Epoch));
        Assert.True(await Store.AllocateAsync(NumberKind.Unit, 1, Stop) >= BucketCount);
        Assert.True(await Store.AllocateAsync(NumberKind.Partition, 1, Stop) > 4);
    }

    [Fact]
    public async Task What_was_committed_is_there_at_once_and_after_opening_again()
    {
        var segments = Customer.Key(1);
        var whole = EntityType.Of("tenant", KeyKind.Text).Key("Größe, 'quoted' \"twice\"");
        var months = EntityType.Of("device", KeyKind.Uuid).Key(Guid.AllBitsSet);
        await CommitAsync(await IsolateAsync(segments, ShardScope.OfSegments(["eu", "u\"s"], false), ShardScope.OfSegments([], true)));
        await CommitAsync(await IsolateAsync(whole, ShardScope.Whole));
        await CommitAsync(await IsolateAsync(
            months,
            ShardScope.OfInterval(GroupKind.Date, null, new DateOnly(2026, 4, 1).DayNumber),
            ShardScope.OfInterval(GroupKind.Date, new DateOnly(2026, 4, 1).DayNumber, null)));
        var version = await CommitAsync(new MappingChange { Partitions = [Partition(5, PartitionState.Draining)] });

        var before = await Store.LoadAsync(Stop);
        await ReopenAsync();
        var after = await Store.LoadAsync(Stop);

        Assert.Equal((version, version), (before.Version, after.Version));
        AssertSame(before, after);
        Assert.Equal(Partition(5, PartitionState.Draining), after.Partitions[^1]);
        Assert.Equal("eu", after.EntryOf(segments)!.ShardOf("eu").Scope.Segments[0]);
        Assert.True(after.EntryOf(whole)!.HomeShard.Scope.IsWhole);
    }

    [Fact]
    public async Task Folding_and_replacing_leave_nothing_behind()
    {
        var (folded, split) = (Customer.Key(1), Customer.Key(2));
        await CommitAsync(await IsolateAsync(folded, ShardScope.Whole));
        await CommitAsync(await IsolateAsync(split, ShardScope.Whole));
        var snapshot = await Store.LoadAsync(Stop);
        var bucket = snapshot.PlacementOf(snapshot.BucketOf(folded));
        var shard = snapshot.EntryOf(split)!.HomeShard;
        var fresh = new UnitId((int)await Store.AllocateAsync(NumberKind.Unit, 1, Stop));
        var epoch = await Store.AllocateAsync(NumberKind.Epoch, 2, Stop);

        await CommitAsync(new MappingChange
        {
            Expected = [bucket, snapshot.EntryOf(folded)!.HomeShard.Placement, shard.Placement],
            Buckets = [bucket with { Epoch = epoch }],
            RemovedEntries = [folded],
            Entries = [new EntityEntry(split, [new Shard(new Placement(fresh, shard.Placement.Partition, epoch + 1), ShardScope.Whole)], fresh)],
        });
        await ReopenAsync();

        var after = await Store.LoadAsync(Stop);
        Assert.Null(after.EntryOf(folded));
        Assert.False(after.TryPlacementOf(shard.Placement.Unit, out _));
        Assert.Equal(epoch + 1, after.Find(split).Epoch);
        Assert.Equal(epoch, after.Find(folded).Epoch);
    }

    [Fact]
    public async Task A_refused_change_leaves_all_as_it_was()
    {
        var change = await IsolateAsync(Customer.Key(1), ShardScope.Whole);
        var record = new RecordWrite("move/1", 0, "{}");
        await CommitAsync(change with { Records = [record] });
        var before = await Store.LoadAsync(Stop);
        var second = await IsolateAsync(Customer.Key(2), ShardScope.Whole);

        var stale = await Store.CommitAsync(change, Stop);
        var staleRecord = await Store.CommitAsync(second with { Records = [new("move/2", 0, "{}"), record] }, Stop);
        await ReopenAsync();

        Assert.Contains("expected", stale.Conflict, StringComparison.Ordinal);
        Assert.Contains("move/1", staleRecord.Conflict, StringComparison.Ordinal);
        AssertSame(before, await Store.LoadAsync(Stop));
        Assert.Equal(["move/1"], (await Store.ReadRecordsAsync("move/", Stop)).Select(read => read.Key));
        Assert.Equal(before.Version + 1, await CommitAsync(second));
    }

    [Fact]
    public async Task Records_are_written_by_the_revision_that_was_read()
    {
        var first = await CommitAsync(new MappingChange { Records = [new("move/1", 0, "a"), new("move/2", 0, "b"), new("lock/1", 0, "c")] });
        var second = await CommitAsync(new MappingChange { Records = [new("move/1", first, "d"), new("move/2", first, null)] });

        var tooOld = await Store.CommitAsync(new MappingChange { Records = [new("move/1", first, "e")] }, Stop);
        var gone = await Store.CommitAsync(new MappingChange { Records = [new("move/2", first, "f")] }, Stop);
        var twice = await Store.CommitAsync(new MappingChange { Records = [new("x", 0, "g"), new("x", 0, "h")] }, Stop);
        await ReopenAsync();

        Assert.False(tooOld.IsCommitted || gone.IsCommitted || twice.IsCommitted);
        Assert.Equal(first + 1, second);
        Assert.Equal([new MappingRecord("move/1", second, "d")], await Store.ReadRecordsAsync("move/", Stop));
        Assert.Equal(["lock/1", "move/1"], (await Store.ReadRecordsAsync("", Stop)).Select(record => record.Key));
    }

    [Fact]
    public async Task Of_two_commits_that_race_for_a_unit_exactly_one_wins()
    {
        for (var round = 0; round < 20; round++)
        {
            var bucket = (await Store.LoadAsync(Stop)).PlacementOf(new UnitId(round));
            var epoch = await Store.AllocateAsync(NumberKind.Epoch, 4, Stop);
            var racers = Enumerable.Range(0, 4).Select(i => new MappingChange
            {
                Expected = [bucket],
                Buckets = [bucket with { Partition = new PartitionId(1 + i), Epoch = epoch + i }],
            });

            var results = await Task.WhenAll(racers.Select(change => Task.Run(() => Store.CommitAsync(change, Stop).AsTask(), Stop)));

            var winner = Assert.Single(Enumerable.Range(0, 4), i => results[i].IsCommitted);
            Assert.Equal(epoch + winner, (await Store.LoadAsync(Stop)).PlacementOf(bucket.Unit).Epoch);
        }
    }

    [Fact]
    public async Task A_watch_delivers_every_change_once_and_in_order()
    {
        var start = await Store.LoadAsync(Stop);
        var watching = Task.Run(() => FollowAsync(start, start.Version + 40), Stop);
        var committing = Enumerable.Range(0, 4).Select(worker => Task.Run(
            async () =>
            {
                for (var i = 0; i < 10; i++) await CommitAsync(await RaiseAsync(new UnitId((worker * 10) + i)));
            },
            Stop));
        await Task.WhenAll(committing);

        AssertSame(await Store.LoadAsync(Stop), await watching);
        AssertSame(await Store.LoadAsync(Stop), await FollowAsync(start, start.Version + 40));
    }

    [Fact]
    public async Task A_watch_from_before_the_store_was_opened_leads_to_what_is_there()
    {
        var start = await Store.LoadAsync(Stop);
        for (var i = 0; i < 5; i++) await CommitAsync(await RaiseAsync(new UnitId(i)));
        await ReopenAsync();
        var last = await CommitAsync(await IsolateAsync(Customer.Key(7), ShardScope.Whole));

        AssertSame(await Store.LoadAsync(Stop), await FollowAsync(start, last));
    }

    [Fact]
    public async Task Numbers_never_come_twice_also_after_opening_again()
    {
        var seen = new HashSet<long>();
        var counts = (int[])[1, 3, 200, 1, 700, 1];
        for (var opening = 0; opening < 3; opening++)
        {
            var taken = await Task.WhenAll(counts.Select(count => Task.Run(
                async () => (First: await Store.AllocateAsync(NumberKind.Unit, count, Stop), Count: count), Stop)));
            Assert.All(taken, run => Assert.All(
                Enumerable.Range(0, run.Count), i => Assert.True(seen.Add(run.First + i), $"{run.First + i} was given out twice.")));
            await ReopenAsync();
        }
    }

    [Fact]
    public async Task A_lease_has_one_holder_and_its_fencing_rises_with_each()
    {
        var minute = TimeSpan.FromMinutes(1);
        var first = await Store.AcquireLeaseAsync("autopilot", "a", minute, Stop);
        var renewed = await Store.AcquireLeaseAsync("autopilot", "a", minute, Stop);
        var refused = await Store.AcquireLeaseAsync("autopilot", "b", minute, Stop);
        var other = await Store.AcquireLeaseAsync("janitor", "b", minute, Stop);

        await Store.ReleaseLeaseAsync(first!, Stop);
        var second = await Store.AcquireLeaseAsync("autopilot", "b", minute, Stop);
        await Store.ReleaseLeaseAsync(first!, Stop);
        await ReopenAsync();
        var stillHeld = await Store.AcquireLeaseAsync("autopilot", "a", minute, Stop);

        Assert.Equal(first!.Fencing, renewed!.Fencing);
        Assert.Null(refused);
        Assert.NotNull(other);
        Assert.True(second!.Fencing > first.Fencing);
        Assert.Null(stillHeld);
    }

    [Fact]
    public async Task A_lease_that_is_not_renewed_passes_to_the_next()
    {
        var first = await Store.AcquireLeaseAsync("autopilot", "a", TimeSpan.FromSeconds(2), Stop);
        await PassAsync(TimeSpan.FromSeconds(3));

        var second = await Store.AcquireLeaseAsync("autopilot", "b", TimeSpan.FromMinutes(1), Stop);

        Assert.True(second!.Fencing > first!.Fencing);
    }

    [Fact]
    public async Task Contents_fill_another_store_and_give_the_same_again()
    {
        await CommitAsync(await IsolateAsync(Customer.Key(1), ShardScope.OfSegments(["eu", "us"], false), ShardScope.OfSegments([], true)));
        var moved = await CommitAsync(await RaiseAsync(new UnitId(3)) with { Records = [new("move/1", 0, "{\"a\":\n1}")] });
        var contents = await Store.ReadContentsAsync(Stop);
        using var text = new StringWriter();
        MappingFile.Write(contents, text);
        using var reader = new StringReader(text.ToString());

        await using var other = await CreateAsync(MappingFile.Read(reader));

        var again = await other.ReadContentsAsync(Stop);
        AssertSame(contents.Table, again.Table);
        AssertSame(contents.Table, await other.LoadAsync(Stop));
        Assert.Equal(contents.Records, again.Records);
        Assert.Equal(contents.Next, again.Next);
        Assert.Equal(contents.Next.Epoch, await other.AllocateAsync(NumberKind.Epoch, 1, Stop));
        var next = await other.CommitAsync(new MappingChange { Records = [new("move/1", moved, null)] }, Stop);
        Assert.Equal(contents.Table.Version + 1, next.Version);
    }

    [Fact]
    public async Task The_largest_change_fits_and_a_larger_one_is_refused()
    {
        var entities = Enumerable.Range(0, 1000).Select(key => Customer.Key(key)).ToList();
        var snapshot = await Store.LoadAsync(Stop);
        var chosen = entities.DistinctBy(entity => snapshot.BucketOf(entity)).Take(MappingChange.MaxUnits / 2).ToList();
        var epoch = await Store.AllocateAsync(NumberKind.Epoch, MappingChange.MaxUnits, Stop);
        var unit = (int)await Store.AllocateAsync(NumberKind.Unit, chosen.Count, Stop);
        var buckets = chosen.Select(entity => snapshot.PlacementOf(snapshot.BucketOf(entity))).ToList();
        var largest = new MappingChange
        {
            Expected = [.. buckets],
            Buckets = [.. buckets.Select((bucket, i) => bucket with { Epoch = epoch + i })],
            Entries =
            [
                .. chosen.Select((entity, i) => new EntityEntry(
                    entity,
                    [new Shard(new Placement(new UnitId(unit + i), new PartitionId(1), epoch + chosen.Count + i), ShardScope.Whole)],
                    new UnitId(unit + i))),
            ],
            Partitions = [.. Enumerable.Range(5, MappingChange.MaxPartitions).Select(id => Partition(id, PartitionState.Active))],
            Records = [.. Enumerable.Range(0, MappingChange.MaxRecords).Select(i => new RecordWrite($"move/{i}", 0, new string('x', 4000)))],
        };
        var tooManyRecords = new MappingChange
        {
            Records = [.. Enumerable.Range(0, MappingChange.MaxRecords + 1).Select(i => new RecordWrite($"lock/{i}", 0, "{}"))],
        };
        var tooManyPartitions = new MappingChange
        {
            Partitions = [.. Enumerable.Range(100, MappingChange.MaxPartitions + 1).Select(id => Partition(id, PartitionState.Active))],
        };

        Assert.Contains("at most 64", (await Store.CommitAsync(tooManyRecords, Stop)).Conflict, StringComparison.Ordinal);
        Assert.Contains("at most 24", (await Store.CommitAsync(tooManyPartitions, Stop)).Conflict, StringComparison.Ordinal);
        var version = await CommitAsync(largest);
        await ReopenAsync();

        var after = await Store.LoadAsync(Stop);
        Assert.Equal((version, chosen.Count), (after.Version, after.EntryCount));
        Assert.Equal(MappingChange.MaxRecords, (await Store.ReadRecordsAsync("move/", Stop)).Count);
    }

    /// <summary>Makes an empty store.</summary>
    private protected abstract Task<IMappingStore> CreateAsync(int bucketCount, ImmutableArray<PartitionInfo> partitions);

    /// <summary>Makes another store, with contents.</summary>
    private protected abstract Task<IMappingStore> CreateAsync(MappingContents contents);

    /// <summary>Opens the empty store that was created last, as another process would after the first has ended.</summary>
    private protected abstract Task<IMappingStore> OpenAsync();

    /// <summary>Lets that much of the store's time pass.</summary>
    private protected abstract Task PassAsync(TimeSpan time);

    /// <summary>Removes what was created.</summary>
    private protected abstract Task RemoveAsync();

    private static PartitionInfo Partition(int id, PartitionState state) =>
        new(new PartitionId(id), $"part{id}", "eu-west", 2.5, 1L << 40, $"part{id}.db", state, HasWriteLog: id % 2 == 1);

    private static void AssertSame(MappingSnapshot expected, MappingSnapshot actual)
    {
        Assert.Equal(expected.Version, actual.Version);
        Assert.Equal(expected.Partitions, actual.Partitions);
        Assert.Equal(Units(expected), Units(actual));

        static List<(EntityKey, UnitId, Placement, ShardScope?)> Units(MappingSnapshot snapshot) =>
        [
            .. Enumerable.Range(0, snapshot.BucketCount)
                .Select(bucket => (default(EntityKey), default(UnitId), snapshot.PlacementOf(new UnitId(bucket)), (ShardScope?)null)),
            .. snapshot.Entries().OrderBy(entry => entry.Entity).SelectMany(
                entry => entry.Shards.Select(shard => (entry.Entity, entry.Home, shard.Placement, (ShardScope?)shard.Scope))),
        ];
    }

    private async Task<long> CommitAsync(MappingChange change)
    {
        var result = await Store.CommitAsync(change, Stop);
        Assert.Null(result.Conflict);
        return result.Version;
    }

    private async Task<MappingChange> RaiseAsync(UnitId bucket)
    {
        var placement = (await Store.LoadAsync(Stop)).PlacementOf(bucket);
        return new MappingChange
        {
            Expected = [placement],
            Buckets = [placement with { Epoch = await Store.AllocateAsync(NumberKind.Epoch, 1, Stop) }],
        };
    }

    private async Task<MappingChange> IsolateAsync(EntityKey entity, params ShardScope[] scopes)
    {
        var snapshot = await Store.LoadAsync(Stop);
        var change = await RaiseAsync(snapshot.BucketOf(entity));
        var unit = (int)await Store.AllocateAsync(NumberKind.Unit, scopes.Length, Stop);
        var epoch = await Store.AllocateAsync(NumberKind.Epoch, scopes.Length, Stop);
        var shards = scopes.Select((scope, i) =>
            new Shard(new Placement(new UnitId(unit + i), change.Expected[0].Partition, epoch + i), scope));
        return change with { Entries = [new EntityEntry(entity, [.. shards], new UnitId(unit + scopes.Length - 1))] };
    }

    private async Task<MappingSnapshot> FollowAsync(MappingSnapshot snapshot, long lastVersion)
    {
        await foreach (var update in Store.WatchAsync(snapshot.Version, Stop))
        {
            Assert.True(update.Change is null ? update.Version > snapshot.Version : update.Version == snapshot.Version + 1);
            snapshot = update.Change is { } change ? snapshot.With(change, update.Version) : await Store.LoadAsync(Stop);
            if (snapshot.Version >= lastVersion) break;
        }

        return snapshot;
    }

    private async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = await OpenAsync();
    }
}
