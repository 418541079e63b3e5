using System.Globalization;
using Foreshard.Autopilot;
using Foreshard.Profiling;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Foreshard.Sqlite.Tests.Autopilot;

/// <summary>The whole loop on a real store: what customers ask for goes in, moves and splits come out, before it hurts.</summary>
public sealed class AutopilotTests
{
    /// <summary>A Monday.</summary>
    private static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public async Task A_daily_peak_is_split_and_moved_before_it_comes()
    {
        PilotedShop.Demand demand = time => Peaked(time, 70, 60);
        await using var left = await PilotedShop.OpenAsync(Monday, demand, configure: options => options.Mode = AutopilotMode.Advise);
        await using var shop = await PilotedShop.OpenAsync(Monday, demand);

        await left.LiveAsync(Day, demand);
        await shop.LiveAsync(Day, demand);

        Assert.True(left.Overloaded >= 24, $"without it, {left.Overloaded} intervals are overloaded");
        Assert.Equal(0, shop.Overloaded);
        var done = await shop.DecisionsAsync();
        Assert.Contains(done, decision => decision.Kind == "split" && decision.EndsAt.Hour < 9);
        Assert.Contains(done, decision => decision is { Kind: "move", Entity: "customer/1" } && decision.EndsAt.Hour < 9);
        Assert.Empty(await shop.Store.VerifyAsync());
        Assert.Equal(3, await shop.Store.QueryAsync(Shop.Customer(1), "SELECT count(*) FROM orders WHERE region = 'us'", row => row.GetInt32(0)).One());
    }

    [Fact]
    public async Task Advice_changes_nothing()
    {
        PilotedShop.Demand demand = time => Peaked(time, 70, 60);
        await using var shop = await PilotedShop.OpenAsync(Monday, demand, configure: options => options.Mode = AutopilotMode.Advise);

        await shop.LiveAsync(Day, demand);

        Assert.Empty(await shop.Store.ReadOperationsAsync());
        Assert.Empty(await shop.DecisionsAsync());
        var advised = await shop.Store.Autopilot.ReadDecisionsAsync();
        Assert.Contains(advised, decision => decision.Kind == "split" && decision.Because.Length > 0);
        Assert.All(advised, decision => Assert.True(decision.State is DecisionState.Planned or DecisionState.Withdrawn));
    }

    [Fact]
    public async Task A_flash_crowd_is_handled_after_two_intervals()
    {
        var crowd = Monday + TimeSpan.FromHours(13.5);
        PilotedShop.Demand usual = time => Background(time);
        PilotedShop.Demand demand = time => Background(time)
            .Select(one => time >= crowd && one.Entity == Shop.Customer(2) ? one with { Load = 60 } : one)
            .Select(one => time >= crowd && one.Entity == Shop.Customer(NeighbourOfTwo.Value) ? one with { Load = 60 } : one);
        await using var shop = await PilotedShop.OpenAsync(Monday, usual);

        await shop.LiveAsync(TimeSpan.FromHours(16), demand);

        var move = (await shop.DecisionsAsync()).First(decision => decision.Kind == "move" && decision.StartsAt >= crowd);
        Assert.InRange(move.StartsAt - new DateTimeOffset(crowd, TimeSpan.Zero), TimeSpan.Zero, TimeSpan.FromMinutes(15));
        Assert.InRange(shop.Overloaded, 1, 3);
    }

    [Fact]
    public async Task A_forecast_that_was_wrong_is_not_repeated()
    {
        PilotedShop.Demand peaks = time => Peaked(time, 70, 60);
        await using var shop = await PilotedShop.OpenAsync(Monday, peaks, configure: options => options.Mode = AutopilotMode.Advise);

        await shop.LiveAsync(3 * Day, Background);

        var last = (await shop.Store.Autopilot.ReadDecisionsAsync()).Where(decision => decision.Entity == "customer/1").ToList();
        Assert.NotEmpty(last);
        Assert.DoesNotContain(last, decision => decision.State == DecisionState.Planned || decision.MadeAt >= Monday + (2 * Day));
    }

    [Fact]
    public async Task What_was_split_is_merged_when_it_cools()
    {
        PilotedShop.Demand peaks = time => Peaked(time, 50, 45);
        await using var shop = await PilotedShop.OpenAsync(Monday, peaks);
        await shop.LiveAsync(Day, peaks);
        Assert.True(shop.Store.Where(Shop.Customer(1)).Shards.Count > 1);

        await shop.LiveAsync(10 * Day, Background);

        Assert.Single(shop.Store.Where(Shop.Customer(1)).Shards);
        Assert.Contains(await shop.DecisionsAsync(), decision => decision.Kind == "merge");
        Assert.Empty(await shop.Store.VerifyAsync());
    }

    [Fact]
    public async Task A_growing_tenant_is_split_by_date_and_its_old_months_stay_together()
    {
        const string ddl = """
            CREATE TABLE tenants (id INTEGER PRIMARY KEY NOT NULL);
            CREATE TABLE readings (tenant_id INTEGER NOT NULL REFERENCES tenants (id), day TEXT NOT NULL, id INTEGER NOT NULL, value TEXT NOT NULL,
                PRIMARY KEY (tenant_id, day, id));
            """;
        var schema = StoreSchema.Define(define => define.Entity("tenant", KeyKind.Integer, tenant => tenant
            .Root("tenants", "id").KeyColumn("tenant_id").GroupByInterval("day", GroupKind.Date).Splittable()));
        var clock = new FakeTimeProvider(new DateTimeOffset(Monday));
        var options = Shop.Options();
        options.Autopilot = new AutopilotOptions
        {
            Mode = AutopilotMode.Act, AssumedCapacity = PilotedShop.Capacity, TimeProvider = clock, IsStepped = true,
        };
        await using var store = await TempStore.OpenAsync(schema, ddl, options);
        var big = schema["tenant"].Key(1);
        await store.RunAsync(big, default, "INSERT INTO tenants VALUES (1)");
        for (var day = -120; day <= 0; day++)
        {
            var date = DateOnly.FromDateTime(Monday).AddDays(day);
            await store.RunAsync(
                big, date, $"INSERT INTO readings SELECT 1, '{date:yyyy-MM-dd}', value, 'as long as a reading is' FROM json_each('[1, 2, 3, 4]')");
        }

        // Today's and the last days' readings are asked for all the time, older ones seldom; and every week there are more.
        IEnumerable<Access> Asked(DateTime time)
        {
            var growth = 1 + ((time - Monday).TotalDays / 21);
            for (var age = 0; age < 28; age++)
            {
                yield return new Access
                {
                    TimeUtc = time, Entity = big, Group = DateOnly.FromDateTime(time).AddDays(-age), Reads = 1, Cost = growth * 300 * (age < 4 ? 14 : 1.2),
                };
            }
        }

        var past = Enumerable.Range(0, 14 * 288).Select(slot => Monday - TimeSpan.FromDays(14) + (slot * PilotedShop.Interval));
        store.Store.Autopilot.Learn(past.SelectMany(Asked));
        await store.Store.Autopilot.StartAsync(CancellationToken.None);
        for (var slot = 0; slot < 288; slot++)
        {
            foreach (var access in Asked(clock.GetUtcNow().UtcDateTime)) store.Store.Autopilot.Recorder!.Record(access);
            clock.Advance(PilotedShop.Interval);
            await store.Store.Autopilot.SettleAsync(CancellationToken.None);
        }

        var shards = store.Store.Where(big).Shards;
        Assert.InRange(shards.Count, 2, 4);
        Assert.Single(shards, shard => shard.Scope.To is null);
        var old = shards.Single(shard => shard.Scope.From is null);
        Assert.True(old.Scope.To > DateOnly.FromDateTime(Monday).AddDays(-28).DayNumber, $"what is older than four weeks is one shard: {old.Scope}");
        Assert.NotEqual(old.Partition, shards.Single(shard => shard.Scope.To is null).Partition);
        Assert.Equal(121 * 4, int.Parse((await store.ReadAsync(big, "SELECT count(*) FROM readings"))[0], CultureInfo.InvariantCulture));
        Assert.Empty(await store.Store.VerifyAsync());
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Nothing_thrashes_over_two_weeks()
    {
        PilotedShop.Demand demand = time => Peaked(time, 70, 60);
        await using var shop = await PilotedShop.OpenAsync(Monday, demand);

        await shop.LiveAsync(14 * Day, demand);

        var moves = (await shop.DecisionsAsync()).Where(decision => decision.Kind == "move").ToList();
        Assert.InRange(moves.Count, 1, 12);
        Assert.Equal(0, shop.Overloaded);
        foreach (var (one, next) in moves.Zip(moves.Skip(1)))
            Assert.False(one.Subject == next.Subject && one.From == next.To && next.StartsAt - one.EndsAt < Day, $"{one} was undone by {next}");
    }

    [Fact]
    public async Task A_restart_goes_on_with_what_was_learned_and_with_cooldowns()
    {
        PilotedShop.Demand demand = time => Peaked(time, 70, 60);
        await using var shop = await PilotedShop.OpenAsync(Monday, demand);
        await shop.LiveAsync(TimeSpan.FromHours(2), demand);
        var known = shop.Store.Autopilot.Status.Entities;

        await shop.ReopenAsync(away: TimeSpan.FromMinutes(20));

        Assert.Equal(known, shop.Store.Autopilot.Status.Entities);
        Assert.Null(shop.Store.Autopilot.Status.LastError);
        await shop.LiveAsync(Day - TimeSpan.FromHours(3), demand);
        Assert.Equal(0, shop.Overloaded);
        Assert.NotEmpty(await shop.DecisionsAsync());
    }

    [Fact]
    public async Task What_has_just_moved_may_go_on_to_a_partition_that_was_added_since()
    {
        PilotedShop.Demand demand = _ => Enumerable.Range(1, 4).Select(customer => (Shop.Customer(customer), (GroupKey)"eu", 30.0));
        await using var shop = await PilotedShop.OpenAsync(Monday, configure: options => options.Cooldown = TimeSpan.FromHours(12));
        for (var customer = 1; customer <= 4; customer++)
        {
            await shop.Store.IsolateAsync(Shop.Customer(customer));
            if (PlaceOf(customer) != "p1") await shop.Store.MoveAsync(Shop.Customer(customer), "p1");
        }

        await shop.Store.DrainAsync("p3");
        await shop.LiveAsync(TimeSpan.FromHours(2), demand);
        var moved = Enumerable.Range(1, 4).Where(customer => PlaceOf(customer) == "p2").ToList();
        Assert.InRange(moved.Count, 1, 3);

        demand = _ => moved.Select(customer => (Shop.Customer(customer), (GroupKey)"eu", 120.0 / moved.Count));
        await shop.LiveAsync(TimeSpan.FromHours(1), demand);
        Assert.All(moved, customer => Assert.Equal("p2", PlaceOf(customer)));

        await shop.Store.AddPartitionAsync("p4");
        await shop.LiveAsync(TimeSpan.FromHours(1), demand);
        Assert.Contains(moved, customer => PlaceOf(customer) == "p4");

        string PlaceOf(int customer) => shop.Store.Where(Shop.Customer(customer)).Shards.Single().Partition;
    }

    [Fact]
    public async Task It_pauses_after_so_many_failures_and_says_why()
    {
        var isBroken = true;
        PilotedShop.Demand demand = time => Peaked(time, 70, 60);
        await using var shop = await PilotedShop.OpenAsync(
            Monday,
            demand,
            configure: options => options.FailuresMax = 2,
            reached: step =>
            {
                if (isBroken && step == Moving.MoveStep.Frozen) throw new InvalidOperationException("the disk is on fire");
            });

        await shop.LiveAsync(Day, demand);

        var status = shop.Store.Autopilot.Status;
        Assert.Contains("2 operations in a row failed", status.Paused, StringComparison.Ordinal);
        Assert.Contains("the disk is on fire", status.Paused, StringComparison.Ordinal);
        Assert.Equal(2, (await shop.DecisionsAsync(DecisionState.Failed)).Count);
        Assert.Empty(await shop.DecisionsAsync());

        isBroken = false;
        await shop.ReopenAsync();
        Assert.NotNull(shop.Store.Autopilot.Status.Paused);
        await shop.Store.Autopilot.ResumeAsync();
        await shop.LiveAsync(Day, demand);
        Assert.Null(shop.Store.Autopilot.Status.Paused);
        Assert.NotEmpty(await shop.DecisionsAsync());
    }

    [Fact]
    public async Task A_freeze_keeps_everything_where_it_is()
    {
        PilotedShop.Demand demand = time => Peaked(time, 70, 60);
        await using var shop = await PilotedShop.OpenAsync(
            Monday, demand, configure: options => options.Freezes = [FreezeTime.Daily(new TimeOnly(0, 0), new TimeOnly(0, 0))]);

        await shop.LiveAsync(Day, demand);

        Assert.DoesNotContain(await shop.Store.ReadOperationsAsync(), operation => operation.Kind == Moving.OperationKind.Move);
    }

    [Fact]
    public async Task Sessions_are_what_it_sees()
    {
        await using var shop = await PilotedShop.OpenAsync(Monday);
        for (var i = 0; i < 10; i++)
        {
            await shop.Store.ExecuteAsync(Shop.Customer(3), "eu", $"INSERT INTO orders (customer_id, region, id, total) VALUES (3, 'eu', {100 + i}, 1)");
            await shop.Store.QueryAsync(Shop.Customer(4), "SELECT count(*) FROM orders WHERE customer_id = 4", row => row.GetInt32(0));
        }

        shop.Clock.Advance(PilotedShop.Interval);
        await shop.Store.Autopilot.SettleAsync(CancellationToken.None);

        var profile = shop.Store.Autopilot.Outlook!.Profiles.Find(Shop.Customer(3), shop.Store.Autopilot.Outlook.Open - 1);
        Assert.NotNull(profile);
        Assert.Equal(2, shop.Store.Autopilot.Status.Entities);
        Assert.Equal(0, shop.Store.Autopilot.Status.RowsBesideSessions);
    }

    [Fact]
    public async Task Sessions_on_the_whole_of_a_split_entity_count_at_its_home()
    {
        await using var shop = await PilotedShop.OpenAsync(Monday, configure: options => options.Mode = AutopilotMode.Advise);
        await shop.Store.SplitAsync(Shop.Customer(1), Moving.SplitPoints.Segments(["us"]));
        var home = shop.Store.Where(Shop.Customer(1)).Shards.Single(shard => shard.IsHome);
        await shop.Store.MoveAsync(Shop.Customer(1), shop.Store.Partitions.First(one => one.Name != home.Partition).Name, "us");

        await shop.LiveAsync(4 * PilotedShop.Interval, _ => [(Shop.Customer(1), default, 40), (Shop.Customer(1), "us", 20), (Shop.Customer(1), 7, 5)]);

        Assert.Equal(0.45, shop.Store.Autopilot.Status.Partitions.Single(one => one.Name == home.Partition).Load, 3);
    }

    [Fact]
    public async Task Rows_that_came_beside_sessions_are_seen_by_counting()
    {
        await using var shop = await PilotedShop.OpenAsync(Monday);
        await shop.LiveAsync(PilotedShop.Interval, _ => []);
        var partition = shop.Store.Where(Shop.Customer(5)).Shards[0];
        var file = Directory.EnumerateFiles(shop.Folder, $"{partition.Placement.Partition}-*.db").Single();
        await using (var beside = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            beside.Open();
            using var command = beside.CreateCommand();
            command.CommandText = """
                WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 40)
                INSERT INTO notes SELECT 5, 100 + value, 'from beside' FROM n
                """;
            command.ExecuteNonQuery();
        }

        await shop.LiveAsync(TimeSpan.FromHours(1.5), _ => []);

        Assert.Equal(40, shop.Store.Autopilot.Status.RowsBesideSessions);
        Assert.Equal(1, shop.Store.Autopilot.Status.Entities);
    }

    /// <summary>Somebody who is in a bucket of the same partition at first.</summary>
    private static Lazy<long> NeighbourOfTwo { get; } = new(() =>
    {
        var partitions = Enumerable.Range(1, 3).Select(number => new PartitionSettings().ToInfo(new PartitionId(number), $"p{number}"));
        var map = Mapping.MappingSnapshot.Create(16, [.. partitions]);
        return Enumerable.Range(3, 6).First(other => map.Find(Shop.Customer(other)).Partition == map.Find(Shop.Customer(2)).Partition);
    });

    private static IEnumerable<(EntityKey Entity, GroupKey Group, double Load)> Background(DateTime time)
    {
        for (var customer = 2; customer <= 8; customer++)
            yield return (Shop.Customer(customer), customer % 2 == 0 ? "eu" : "us", 6 + Math.Sin(time.TimeOfDay.TotalHours / 24 * Math.Tau));
    }

    private static IEnumerable<(EntityKey Entity, GroupKey Group, double Load)> Peaked(DateTime time, double eu, double us) =>
        Background(time).Append((Shop.Customer(1), "eu", Peak(time, eu))).Append((Shop.Customer(1), "us", Peak(time, us)));

    /// <summary>From nine to noon on every day, and little at other times.</summary>
    private static double Peak(DateTime time, double height) => time.Hour is >= 9 and < 12 ? height : 3;
}

internal static class RowExtensions
{
    public static async Task<T> One<T>(this Task<IReadOnlyList<T>> rows) => (await rows).Single();
}
