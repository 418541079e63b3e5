using Foreshard.Cli.Demo;
using Foreshard.Sessions;

namespace Foreshard.Cli.Tests;

/// <summary>What the demo replays, and how it finds out whether a row was lost.</summary>
public sealed class DemoStoreTests : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), "foreshard-tests", Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Traffic_is_the_same_each_time_in_order_and_of_the_records_shape()
    {
        var (first, second) = (Read(), Read());
        var accesses = first.Between(DemoPlan.Begin, DemoPlan.Whole.End).ToList();

        Assert.Equal(accesses, second.Between(DemoPlan.Begin, DemoPlan.Whole.End).ToList(), (left, right) =>
            (left.At, left.Station.Index, left.IsReturn, left.IsSubscriber) == (right.At, right.Station.Index, right.IsReturn, right.IsSubscriber));
        Assert.Equal(accesses.OrderBy(access => access.At).Select(access => access.At), accesses.Select(access => access.At));
        Assert.All(accesses, access => Assert.InRange(access.At, TimeSpan.Zero, DemoPlan.Whole.Length));

        // 7,766 accesses were recorded on these three days.
        Assert.InRange(accesses.Count, 0.98 * 7766 * DemoPlan.Multiplier, 1.02 * 7766 * DemoPlan.Multiplier);
        var byHour = accesses.CountBy(access => access.At.Hours).ToDictionary();
        Assert.True(byHour[8] > 5 * byHour[11] / 2, "The rush hour is gone.");
    }

    [Fact]
    public async Task A_store_holds_what_was_recorded_before_and_the_check_finds_nothing()
    {
        var scene = await DemoScene.PrepareAsync(new DemoFiles(folder, kept: null), DemoPlan.Fast, TimeProvider.System, TestContext.Current.CancellationToken);
        await using var store = await OpenAsync(scene);

        var check = await scene.Ledger.CheckAsync(store, scene.Traffic.Stations, TestContext.Current.CancellationToken);

        Assert.True(check.IsClean, check.ToString());
        Assert.Equal(scene.Traffic.Past.Count, check.Rows);
    }

    [Fact]
    public async Task A_row_that_was_lost_doubled_or_that_nobody_wrote_is_noticed()
    {
        var scene = await DemoScene.PrepareAsync(new DemoFiles(folder, kept: null), DemoPlan.Fast, TimeProvider.System, TestContext.Current.CancellationToken);
        var ledger = scene.Ledger.Copy();
        await using var store = await OpenAsync(scene);
        var station = scene.Traffic.Stations.First(station => station.Group.Segment == "70");
        var key = new Dictionary<string, object?> { ["city"] = station.City.KeyText(), ["station"] = station.Group.Segment };

        await ExecuteAsync("DELETE FROM events WHERE id = (SELECT min(id) FROM events WHERE city = @city AND station = @station) "
            + "AND city = @city AND station = @station");
        var lost = await CheckAsync();
        Assert.Equal((1, 0, 0, 0), (lost.Lost, lost.Doubled, lost.Unknown, lost.WrongCounts));

        await ExecuteAsync("INSERT INTO events VALUES (@city, @station, 1, 'now', 'return', 'casual')");
        var unknown = await CheckAsync();
        Assert.Equal((1, 0, 1, 0), (unknown.Lost, unknown.Doubled, unknown.Unknown, unknown.WrongCounts));

        await ExecuteAsync("UPDATE stations SET returns = returns - 1 WHERE city = @city AND station = @station");
        Assert.Equal(1, (await CheckAsync()).WrongCounts);
        Assert.False((await CheckAsync()).IsClean);

        Task ExecuteAsync(string sql) =>
            store.ExecuteAsync(station.City, station.Group, sql, key, cancellationToken: TestContext.Current.CancellationToken);

        Task<DemoCheck> CheckAsync() => ledger.CheckAsync(store, scene.Traffic.Stations, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_access_is_a_row_and_a_count_in_one_transaction()
    {
        var scene = await DemoScene.PrepareAsync(new DemoFiles(folder, kept: null), DemoPlan.Fast, TimeProvider.System, TestContext.Current.CancellationToken);
        var ledger = scene.Ledger.Copy();
        await using var store = await OpenAsync(scene);
        foreach (var access in scene.Accesses.Take(50))
        {
            var id = store.Ids.Next();
            var usage = await DemoStore.RunAsync(store, access, id, TestContext.Current.CancellationToken);
            Assert.Equal(2, usage.Writes);
            ledger.Note(access.Station, id, access.IsReturn);
        }

        var check = await ledger.CheckAsync(store, scene.Traffic.Stations, TestContext.Current.CancellationToken);

        Assert.True(check.IsClean, check.ToString());
        Assert.Equal(scene.Ledger.Count + 50, check.Rows);
    }

    private static DemoTraffic Read() => DemoTraffic.Read(DemoStore.Schema[DemoStore.EntityTypeName], TestContext.Current.CancellationToken);

    private static async Task<EntityStore> OpenAsync(DemoScene scene)
    {
        await scene.Ground.CopyAsync(DemoPolicy.Static, TestContext.Current.CancellationToken);
        return await scene.Ground.OpenAsync(DemoPolicy.Static, null, TestContext.Current.CancellationToken);
    }
}
