using Foreshard.Moving;
using Foreshard.Partitions;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;

namespace Foreshard.Sqlite.Tests.Splits;

/// <summary>Where entities may be cut, what each cut holds, and what is refused.</summary>
public sealed class SplitTests
{
    private const string Ddl = """
        CREATE TABLE devices (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL);
        CREATE TABLE readings (device_id INTEGER NOT NULL REFERENCES devices (id), day TEXT NOT NULL, id INTEGER NOT NULL, value REAL,
            PRIMARY KEY (device_id, day, id));
        """;

    private static readonly StoreSchema Schema = StoreSchema.Define(schema => schema.Entity(
        "device", KeyKind.Integer, device => device.Root("devices", "id").KeyColumn("device_id").GroupByInterval("day", GroupKind.Date).Splittable()));

    private static readonly EntityKey Device = Schema["device"].Key(1);

    [Fact]
    public async Task A_line_is_cut_at_several_points_again_and_again()
    {
        await using var store = await DevicesAsync();

        await store.Store.SplitAsync(Device, SplitPoints.At(Day(3), Day(6)));
        await store.Store.MoveAsync(Device, store.AnotherThan(Device), Day(4));
        await store.Store.SplitAsync(Device, SplitPoints.At(Day(4), Day(9), Day(6)));
        await store.Store.MoveAsync(Device, store.AnotherThan(Device), Day(9));

        var place = store.Store.Where(Device);
        Assert.Equal(
            ["[…, 2026-01-03)", "[2026-01-03, 2026-01-04)", "[2026-01-04, 2026-01-06)", "[2026-01-06, 2026-01-09)", "[2026-01-09, …)"],
            place.Shards.OrderBy(shard => shard.Scope.From ?? 0).Select(shard => shard.Scope.ToString()));
        Assert.Equal(3, place.Shards.Select(shard => shard.Partition).Distinct().Count());
        for (var day = 1; day <= 12; day++)
        {
            Assert.Equal(["2"], await store.ReadAsync(Device, $"SELECT count(*) FROM readings WHERE device_id = 1 AND day = '2026-01-{day:00}'", Day(day)));
            await store.RunAsync(Device, Day(day), $"INSERT INTO readings VALUES (1, '2026-01-{day:00}', 3, 3)");
        }

        Assert.Equal(["36"], await store.ReadAsync(Device, "SELECT count(*) FROM readings WHERE device_id = 1"));
        await store.AssertWholeAsync();
        await store.Store.MergeAsync(Device);
        Assert.Equal(["36"], await store.ReadAsync(Device, "SELECT count(*) FROM readings WHERE device_id = 1"));
        await store.AssertWholeAsync();
    }

    [Fact]
    public async Task Cuts_that_divide_nothing_or_are_of_another_kind_are_refused()
    {
        await using var store = await DevicesAsync();
        await store.Store.SplitAsync(Device, SplitPoints.At(Day(3)));

        foreach (var points in new[] { SplitPoints.At(Day(3)), SplitPoints.At(3L), SplitPoints.Segments(["eu"]), SplitPoints.At(DateTime.UnixEpoch) })
        {
            var refused = await Assert.ThrowsAsync<MoveRefusedException>(() => store.Store.SplitAsync(Device, points));
            Assert.Equal(MoveRefusal.NoSplitPoint, refused.Reason);
        }

        var many = SplitPoints.At([.. Enumerable.Range(4, 24).Select(Day)]);
        Assert.Equal(MoveRefusal.NoSplitPoint, (await Assert.ThrowsAsync<MoveRefusedException>(() => store.Store.SplitAsync(Device, many))).Reason);
        Assert.Equal(2, store.Store.Where(Device).Shards.Count);
        Assert.Equal(MoveRefusal.Split, (await Assert.ThrowsAsync<MoveRefusedException>(() => store.Store.MoveAsync(Device, "p2"))).Reason);
        Assert.Equal(MoveRefusal.Split, (await Assert.ThrowsAsync<MoveRefusedException>(() => store.Store.FoldAsync(Device))).Reason);
        Assert.Equal(MoveRefusal.UnknownPartition, (await Assert.ThrowsAsync<MoveRefusedException>(() => store.Store.MoveAsync(Device, "p9", Day(3)))).Reason);
        Assert.Equal(MoveRefusal.NotMergeable, (await Assert.ThrowsAsync<MoveRefusedException>(() => store.Store.MergeAsync(Schema["device"].Key(2)))).Reason);
    }

    [Fact]
    public async Task New_segments_fall_to_the_shard_that_takes_them_wherever_it_is()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(1, 2, "eu", "us", "asia");
        await shop.Store.SplitAsync(Shop.Customer(1), SplitPoints.Segments(["eu", "us"]));
        await shop.Store.SplitAsync(Shop.Customer(1), SplitPoints.Segments(["us"], ["asia"]));
        var places = shop.Store.Where(Shop.Customer(1));
        Assert.Equal(["{asia}", "{eu}", "{us}", "{…new}"], places.Shards.Select(shard => shard.Scope.ToString()).Order(StringComparer.Ordinal));

        await shop.Store.MoveAsync(Shop.Customer(1), places.Shards[0].Partition == "p1" ? "p2" : "p1", "never seen");
        await shop.AddOrdersAsync(1, "brand new", 1, 4);

        var taker = shop.Store.Where(Shop.Customer(1), "another one");
        Assert.True(taker.Scope.TakesNew);
        Assert.Equal(4L, shop.ReadFile(taker.Partition, "SELECT count(*) FROM orders"));
        Assert.Equal(10L, await shop.ReadAsync(1, "SELECT count(*) FROM orders WHERE customer_id = 1"));
        await shop.AssertWholeAsync();
    }

    [Fact]
    public async Task More_partitions_than_one_connection_sees_are_asked_one_by_one()
    {
        var options = Shop.Options();
        options.InitialPartitions = UnionConnection.MaxPartitions + 1;
        await using var store = await DevicesAsync(options);
        await store.Store.SplitAsync(Device, SplitPoints.At([.. Enumerable.Range(2, UnionConnection.MaxPartitions).Select(Day)]));
        var days = Enumerable.Range(1, 12).ToList();
        foreach (var day in days.Where(day => !store.Store.Where(Device, Day(day)).IsHome).SkipLast(1))
            await store.Store.MoveAsync(Device, store.AnotherThan(Device), Day(day));
        Assert.Equal(["24"], await store.ReadAsync(Device, "SELECT count(*) FROM readings WHERE device_id = 1"));

        await store.Store.MoveAsync(Device, store.AnotherThan(Device), Day(days.Last(day => !store.Store.Where(Device, Day(day)).IsHome)));

        foreach (var how in new[] { SessionOptions.Read, new SessionOptions() })
        {
            var refused = await Assert.ThrowsAsync<TooManyShardsException>(async () => await store.Store.BeginAsync(Device, default, how));
            Assert.Equal(12, refused.Partitions);
            Assert.Contains("QueryShardsAsync", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(24, (await store.Store.QueryShardsAsync(Device, "SELECT id FROM readings WHERE device_id = 1", TempStore.Line)).Count);
        await store.RunAsync(Device, Day(12), "INSERT INTO readings VALUES (1, '2026-01-12', 3, 3)");
        await store.AssertWholeAsync();
    }

    private static GroupKey Day(int day) => new DateOnly(2026, 1, 1).AddDays(day - 1);

    private static async Task<TempStore> DevicesAsync(SqliteStoreOptions? options = null)
    {
        var store = await TempStore.OpenAsync(Schema, Ddl, options);
        await store.RunAsync(Device, default, "INSERT INTO devices VALUES (1, 'd1')");
        for (var day = 1; day <= 12; day++)
            await store.RunAsync(Device, Day(day), $"INSERT INTO readings VALUES (1, '2026-01-{day:00}', 1, 0.5), (1, '2026-01-{day:00}', 2, NULL)");
        return store;
    }

    /// <summary>Between two looks at the mapping table an entity may be merged and split again.</summary>
    [Fact]
    [Trait("Category", "Slow")]
    public async Task Sessions_on_the_whole_begin_while_the_entity_is_merged_and_split_again_and_again()
    {
        await using var shop = await Shop.OpenAsync();
        await shop.AddCustomerAsync(42, 3, "eu", "us");
        using var over = new CancellationTokenSource();
        var reading = Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            var read = 0;
            while (!over.IsCancellationRequested)
            {
                try
                {
                    read += Convert.ToInt32(await shop.ReadAsync(42, "SELECT count(*) FROM customers WHERE id = 42"), null);
                }
                catch (MoveInProgressException)
                {
                    // With splits without end a session may wait as long as it may; that is told, and nothing else.
                }
            }

            return read;
        })).ToList();

        for (var i = 0; i < 60; i++)
        {
            await shop.Store.SplitAsync(Shop.Customer(42), SplitPoints.Segments(["us"]));
            await shop.Store.MergeAsync(Shop.Customer(42));
        }

        await over.CancelAsync();
        Assert.All(await Task.WhenAll(reading), read => Assert.True(read > 0));
    }
}
