using System.Diagnostics;
using Foreshard.Mapping;
using Foreshard.Servers;

namespace Foreshard.Etcd.Tests;

/// <summary>Changes that were sent and not answered: what became of them is found out, or said to be unknown, and never guessed.</summary>
[Trait("Category", "Slow")]
public sealed class LostAnswerTests : IAsyncDisposable
{
    /// <summary>A text that stands in the transaction of a commit and in nothing before it.</summary>
    private const string CommitMark = "/changes/";

    private readonly EtcdOptions direct;
    private readonly TcpProxy proxy;

    public LostAnswerTests(OneEtcd etcd)
    {
        direct = etcd.NewStore();
        proxy = new TcpProxy(new Uri(etcd.Server.Endpoint).Port);
    }

    private static CancellationToken Stop => StoreScene.Stop;

    private string ProxyAddress => $"http://127.0.0.1:{proxy.Port}";

    [Fact]
    public async Task A_change_whose_answer_is_lost_is_known_to_be_committed()
    {
        await using var other = await StoreScene.CreateAsync(direct);
        await using var store = await StoreScene.OpenAsync(Through([ProxyAddress, direct.Endpoints[0]], seconds: 3));
        var lost = proxy.LoseAnswersFrom(CommitMark);

        var result = await store.CommitAsync(StoreScene.Add("move/1"), Stop);

        Assert.True(lost.IsCompleted);
        Assert.Equal(2, result.Version);
        Assert.Equal(2, (await other.LoadAsync(Stop)).Version);
        Assert.Equal(3, await StoreScene.CommitAsync(store, StoreScene.Add("move/2")));
    }

    [Fact]
    public async Task A_change_that_arrives_after_its_outcome_was_settled_has_no_effect()
    {
        await using var other = await StoreScene.CreateAsync(direct);
        await using var store = await StoreScene.OpenAsync(Through([ProxyAddress, direct.Endpoints[0]], seconds: 3));
        var held = proxy.HoldRequestsFrom(CommitMark);

        var result = await store.CommitAsync(StoreScene.Add("move/1"), Stop);
        proxy.LetGo();
        await StoreScene.PauseAsync(0.5);

        Assert.True(held.IsCompleted);
        Assert.Equal(2, result.Version);
        Assert.Equal(2, (await other.LoadAsync(Stop)).Version);
        Assert.Equal([new MappingRecord("move/1", 2, "{}")], await other.ReadRecordsAsync("", Stop));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_outcome_that_nobody_can_tell_is_said_to_be_unknown_and_found_out_by_the_next_read(bool isDelivered)
    {
        await using var other = await StoreScene.CreateAsync(direct);
        await using var store = await StoreScene.OpenAsync(Through([ProxyAddress], seconds: 1));
        var triggered = isDelivered ? proxy.LoseAnswersFrom(CommitMark) : proxy.HoldRequestsFrom(CommitMark);
        var clock = Stopwatch.StartNew();

        var error = await Assert.ThrowsAsync<MappingStoreException>(() => store.CommitAsync(StoreScene.Add("move/1"), Stop).AsTask());
        var took = clock.Elapsed;
        var stillUnknown = await Assert.ThrowsAsync<MappingStoreException>(() => store.LoadAsync(Stop).AsTask());
        proxy.LetGo();
        var records = await store.ReadRecordsAsync("", Stop);

        Assert.True(triggered.IsCompleted);
        Assert.True(error.IsOutcomeUnknown && stillUnknown.IsOutcomeUnknown);
        Assert.Contains("read the table before you decide", error.Message, StringComparison.Ordinal);
        Assert.InRange(took, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        await StoreScene.PauseAsync(0.5);
        Assert.Equal(records, await other.ReadRecordsAsync("", Stop));
        if (isDelivered) Assert.Equal(["move/1"], records.Select(record => record.Key));
        Assert.Equal(records.Count + 2, await StoreScene.CommitAsync(store, StoreScene.Add("move/2")));
    }

    [Fact]
    public async Task A_read_after_an_unknown_outcome_holds_also_if_the_change_arrives_after_it()
    {
        await using var other = await StoreScene.CreateAsync(direct);
        await using var second = new TcpProxy(new Uri(direct.Endpoints[0]).Port);
        await using var store = await StoreScene.OpenAsync(Through([ProxyAddress, $"http://127.0.0.1:{second.Port}"], seconds: 2));
        second.Hold();
        var held = proxy.HoldRequestsFrom(CommitMark);
        var error = await Assert.ThrowsAsync<MappingStoreException>(() => store.CommitAsync(StoreScene.Add("move/1"), Stop).AsTask());
        second.LetGo();

        var read = await store.ReadRecordsAsync("", Stop);
        proxy.LetGo();
        await StoreScene.PauseAsync(1);

        Assert.True(held.IsCompleted && error.IsOutcomeUnknown);
        Assert.Empty(read);
        Assert.Empty(await other.ReadRecordsAsync("", Stop));
        Assert.Equal(1, (await other.LoadAsync(Stop)).Version);
    }

    [Fact]
    public async Task A_watch_on_a_connection_that_fell_silent_goes_on_elsewhere()
    {
        await using var other = await StoreScene.CreateAsync(direct);
        await using var store = await StoreScene.OpenAsync(Through([ProxyAddress, direct.Endpoints[0]], seconds: 3));
        await using var watch = store.WatchAsync(1, Stop).GetAsyncEnumerator(Stop);
        var first = watch.MoveNextAsync();
        await StoreScene.CommitAsync(other, StoreScene.Add("move/1"));
        Assert.True(await first);

        proxy.Hold();
        var version = await StoreScene.CommitAsync(other, await StoreScene.RaiseAsync(other, 3));
        Assert.True(await watch.MoveNextAsync());

        Assert.Equal((version, 1), (watch.Current.Version, watch.Current.Change!.Buckets.Length));
        proxy.LetGo();
    }

    public ValueTask DisposeAsync() => proxy.DisposeAsync();

    private EtcdOptions Through(string[] endpoints, double seconds) =>
        new() { Endpoints = endpoints, Store = direct.Store, Timeout = TimeSpan.FromSeconds(seconds) };
}
