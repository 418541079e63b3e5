namespace Foreshard.Tests;

public sealed class UniqueIdsTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Ids_of_eight_threads_never_repeat_and_grow_in_each()
    {
        var ids = new UniqueIds(7, TimeProvider.System);
        var given = new long[8][];

        var threads = Enumerable.Range(0, given.Length).Select(thread => new Thread(() =>
        {
            var mine = new long[50_000];
            for (var i = 0; i < mine.Length; i++) mine[i] = ids.Next();
            given[thread] = mine;
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Equal(8 * 50_000, given.SelectMany(mine => mine).Distinct().Count());
        Assert.All(given, mine => Assert.True(mine.Zip(mine.Skip(1)).All(pair => pair.First < pair.Second)));
        Assert.All(given, mine => Assert.True(mine[0] > 0));
    }

    [Fact]
    public void Nodes_share_no_id_at_the_same_moment()
    {
        var clock = new SettableClock(Noon);
        var nodes = Enumerable.Range(0, UniqueIds.MaxNode + 1).Select(node => new UniqueIds(node, clock)).ToList();

        var given = nodes.SelectMany(node => Enumerable.Range(0, 10).Select(_ => node.Next())).ToList();

        Assert.Equal(given.Count, given.Distinct().Count());
    }

    [Fact]
    public void More_than_fit_a_millisecond_run_into_the_next()
    {
        var ids = new UniqueIds(3, new SettableClock(Noon));

        var given = Enumerable.Range(0, 10_000).Select(_ => ids.Next()).ToList();

        Assert.Equal(given.Order().Distinct(), given);
        Assert.Equal(2, (UniqueIds.TimeOf(given[^1]) - UniqueIds.TimeOf(given[0])).TotalMilliseconds);
    }

    [Fact]
    public void A_clock_that_goes_back_does_not_bring_ids_back()
    {
        var clock = new SettableClock(Noon.AddMinutes(5));
        var ids = new UniqueIds(3, clock);
        var before = ids.Next();

        clock.Now = Noon;
        Assert.Equal(before + 1, ids.Next());

        clock.Now = Noon.AddMinutes(6);
        Assert.Equal(clock.Now, UniqueIds.TimeOf(ids.Next()));
    }

    [Fact]
    public void A_new_process_starts_behind_all_ids_of_the_one_before()
    {
        var clock = new SettableClock(Noon);
        var first = new UniqueIds(3, clock);
        clock.Now += UniqueIds.StartsAhead;
        var last = Enumerable.Range(0, 100_000).Select(_ => first.Next()).Last();

        clock.Now += TimeSpan.FromMilliseconds(1);
        Assert.True(new UniqueIds(3, clock).Next() > last);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(UniqueIds.MaxNode + 1)]
    public void A_node_number_out_of_range_is_refused(int node) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new UniqueIds(node, TimeProvider.System));

    [Theory]
    [InlineData("2023-12-31T23:59:58.999Z", false)]
    [InlineData("2024-01-01T00:00:00Z", true)]
    [InlineData("2093-09-06T15:47:34.55Z", true)]
    [InlineData("2093-09-06T15:47:35.552Z", false)]
    public void A_clock_outside_the_range_is_refused(string now, bool isAccepted)
    {
        var clock = new SettableClock(Noon);
        var ids = new UniqueIds(UniqueIds.MaxNode, clock);
        clock.Now = DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture);

        if (isAccepted) Assert.True(ids.Next() > 0);
        else Assert.Throws<InvalidOperationException>(() => ids.Next());
    }

    [Fact]
    public void Uuids_are_of_version_7_and_in_order_of_time()
    {
        var clock = new SettableClock(Noon);
        var ids = new UniqueIds(0, clock);
        var first = ids.NewUuid();
        clock.Now += TimeSpan.FromMilliseconds(1);
        var second = ids.NewUuid();

        Assert.Equal((7, 7), (first.Version, second.Version));
        Assert.True(string.CompareOrdinal(first.ToString(), second.ToString()) < 0);
    }

    /// <summary>Unlike the package's fake clock, it goes back as willingly as on.</summary>
    private sealed class SettableClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
