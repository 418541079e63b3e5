using System.Diagnostics;
using Foreshard.Autopilot;
using Foreshard.Moving;
using Foreshard.Partitions;
using Foreshard.Profiling;
using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Foreshard.Sqlite.Tests.Diagnostics;

/// <summary>What real stores tell those who listen.</summary>
public sealed class TelemetryTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Sessions_are_counted_as_they_end()
    {
        using var heard = new Listening();
        await using var shop = await OpenAsync(heard);
        await shop.AddCustomerAsync(1, 2, "eu");
        var before = heard.Of("foreshard.sessions", ("foreshard.outcome", "committed"))[^1];

        await shop.Store.ExecuteAsync(Shop.Customer(1), default, "UPDATE customers SET balance = 5 WHERE id = 1");
        await using (var session = await shop.Store.BeginAsync(Shop.Customer(1))) Shop.Execute(session, "UPDATE customers SET balance = 6 WHERE id = 1");

        Assert.Equal(before + 1, heard.Of("foreshard.sessions", ("foreshard.outcome", "committed"))[^1]);
        Assert.Equal(1, heard.Of("foreshard.sessions", ("foreshard.outcome", "rolled_back"))[^1]);
    }

    [Fact]
    public async Task A_session_that_waits_in_vain_is_counted_by_its_error()
    {
        using var heard = new Listening();
        await using var shop = await OpenAsync(heard);
        await shop.AddCustomerAsync(1, 2, "eu");

        await using (await shop.Store.BeginAsync(Shop.Customer(1)))
        {
            var hasty = new SessionOptions { WaitLimit = TimeSpan.FromMilliseconds(1) };
            Task<EntitySession> late;
            using (ExecutionContext.SuppressFlow()) late = Task.Run(() => shop.Store.BeginAsync(Shop.Customer(1), options: hasty).AsTask());
            await Assert.ThrowsAsync<WriterBusyException>(() => late);
        }

        Assert.Equal([1], heard.Of("foreshard.session.failures", ("error.type", nameof(WriterBusyException))));
    }

    [Fact]
    public async Task A_move_tells_of_its_end_its_size_and_how_long_sessions_waited()
    {
        using var heard = new Listening();
        await using var shop = await OpenAsync(heard);
        await shop.AddCustomerAsync(1, 600, "eu");
        var (from, to) = Ends(shop);

        var result = await shop.Store.MoveAsync(Shop.Customer(1), to);

        Assert.Equal(1, heard.Sum("foreshard.operations", ("foreshard.operation.kind", "move"), ("foreshard.outcome", "done")));
        Assert.Equal(1, heard.Sum("foreshard.operations", ("foreshard.operation.kind", "isolate"), ("foreshard.outcome", "done")));
        Assert.Equal(0, heard.Of("foreshard.operations.running")[^1]);
        Assert.Equal(result.Rows, heard.Sum("foreshard.move.rows"));
        Assert.Equal(result.Bytes, heard.Sum("foreshard.move.bytes"));
        Assert.True(result.Rows > 0);
        Assert.Equal(result.Stall.TotalSeconds, Assert.Single(heard.Of("foreshard.move.stall")));
        Assert.Single(heard.Of("foreshard.operation.duration", ("foreshard.operation.kind", "move")));
        var move = heard.Activities.Single(activity => activity.OperationName == "foreshard move");
        Assert.Equal(ActivityStatusCode.Unset, move.Status);
        Assert.Equal((from, to), ((string?)move.GetTagItem("foreshard.partition.from"), (string?)move.GetTagItem("foreshard.partition.to")));
        Assert.Equal(result.Operation, move.GetTagItem("foreshard.operation.id"));
        Assert.Equal(["OperationBegan", "OperationDone"], heard.Messages.Where(one => Names(one.Text, result.Operation)).Select(one => one.Id.Name));
    }

    [Fact]
    public async Task An_operation_that_is_undone_says_why()
    {
        using var heard = new Listening();
        await using var shop = await OpenAsync(heard, step =>
        {
            if (step == MoveStep.Frozen) throw new InvalidOperationException("the disk is on fire");
        });
        await shop.AddCustomerAsync(1, 2, "eu");

        var isolate = await Assert.ThrowsAsync<MoveAbortedException>(() => shop.Store.IsolateAsync(Shop.Customer(1)));
        var bucket = shop.Store.Where(Shop.Customer(1)).Bucket;
        var move = await Assert.ThrowsAsync<MoveAbortedException>(() => shop.Store.MoveBucketAsync(bucket, Ends(shop).To));

        foreach (var (kind, operation) in new[] { ("isolate", isolate.Operation), ("move", move.Operation) })
        {
            Assert.Equal(1, heard.Sum("foreshard.operations", ("foreshard.operation.kind", kind), ("foreshard.outcome", "undone")));
            var activity = heard.Activities.Single(one => one.OperationName == $"foreshard {kind}");
            Assert.Equal((ActivityStatusCode.Error, true), (activity.Status, activity.StatusDescription!.Contains("on fire", StringComparison.Ordinal)));
            var message = heard.Messages.Single(one => one.Id.Name == "OperationUndone" && Names(one.Text, operation));
            Assert.Equal(LogLevel.Warning, message.Level);
            Assert.Contains("the disk is on fire", message.Text, StringComparison.Ordinal);
        }

        Assert.Equal(0, heard.Of("foreshard.operations.running")[^1]);
    }

    [Fact]
    public async Task The_autopilot_tells_of_rounds_plans_decisions_and_partitions()
    {
        using var heard = new Listening();
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
        await using var shop = await OpenAsync(heard, clock: clock);
        for (var id = 1; id <= 6; id++) await shop.AddCustomerAsync(id, 2, "eu");
        await shop.Store.Autopilot.StartAsync(CancellationToken.None);

        var hot = shop.Store.Where(Shop.Customer(1)).Shards[0].Partition;
        var crowd = Enumerable.Range(1, 100).Select(id => Shop.Customer(id)).Where(one => shop.Store.Where(one).Shards[0].Partition == hot).Take(2).ToList();
        await LiveAsync(shop, clock, crowd, rounds: 8);

        var decisions = await shop.Store.Autopilot.ReadDecisionsAsync();
        var done = decisions.Where(decision => decision.State == DecisionState.Done).ToList();
        Assert.Contains(done, decision => decision.Kind == "move");
        Assert.Equal(8, heard.Sum("foreshard.autopilot.rounds", ("foreshard.outcome", "done")));
        Assert.Equal(8, heard.Of("foreshard.autopilot.round.duration").Count);
        var plans = heard.Sum("foreshard.autopilot.plans");
        Assert.InRange(plans, 2, 8);
        Assert.Equal(plans, heard.Of("foreshard.autopilot.plan.duration").Count);
        Assert.Equal(plans, heard.Activities.Count(activity => activity.OperationName == "foreshard plan"));
        Assert.Equal(decisions.Count, heard.Sum("foreshard.autopilot.decisions", ("foreshard.decision.state", "planned")));
        Assert.Equal(done.Count, heard.Sum("foreshard.autopilot.decisions", ("foreshard.decision.state", "done")));
        Assert.Equal(done.Count, heard.Messages.Count(message => message.Id.Name == "DecisionDone"));
        Assert.Equal(decisions.Count, heard.Messages.Count(message => message.Id.Name == "DecisionMade"));
        Assert.Equal(shop.Store.Autopilot.Status.Entities, heard.Of("foreshard.autopilot.entities")[^1]);
        foreach (var one in shop.Store.Autopilot.Status.Partitions)
        {
            Assert.Equal(one.Load, heard.Of("foreshard.partition.load", ("foreshard.partition", one.Name))[^1]);
            Assert.Equal(one.ForecastPeak, heard.Of("foreshard.partition.forecast_peak", ("foreshard.partition", one.Name))[^1]);
            Assert.Equal(100, heard.Of("foreshard.partition.capacity", ("foreshard.partition", one.Name))[^1]);
        }

        clock.Advance(TimeSpan.FromDays(2));
        await shop.Store.Autopilot.SettleAsync(CancellationToken.None);
        Assert.Equal(2 * done.Count(decision => decision.Kind == "move"), heard.Of("foreshard.autopilot.forecast.error").Count);
    }

    [Fact]
    public async Task A_pause_shows_in_the_gauge_and_is_logged_once_with_its_reason()
    {
        using var heard = new Listening();
        await using var shop = await OpenAsync(heard, clock: new FakeTimeProvider());
        await shop.Store.Autopilot.StartAsync(CancellationToken.None);
        Assert.Equal(0, heard.Of("foreshard.autopilot.paused")[^1]);

        await shop.Store.Autopilot.PauseAsync("the auditors are here");
        Assert.Equal(1, heard.Of("foreshard.autopilot.paused")[^1]);
        await shop.Store.Autopilot.ResumeAsync();
        await shop.Store.Autopilot.ResumeAsync();

        Assert.Equal(0, heard.Of("foreshard.autopilot.paused")[^1]);
        Assert.Contains("the auditors are here", heard.Messages.Single(message => message.Id.Name == "AutopilotPaused").Text, StringComparison.Ordinal);
        Assert.Single(heard.Messages, message => message.Id.Name == "AutopilotResumed");
    }

    [Fact]
    public async Task A_round_that_fails_is_counted_logged_and_over_with_the_next_one()
    {
        using var heard = new Listening();
        var clock = new FakeTimeProvider();
        await using var shop = await OpenAsync(heard, clock: clock);
        await shop.Store.Autopilot.StartAsync(CancellationToken.None);
        File.WriteAllText(Path.Combine(shop.Folder, AnnouncedEvents.FileName), "no JSON");

        clock.Advance(Interval);
        await shop.Store.Autopilot.TryRunDueAsync(CancellationToken.None);
        Assert.Equal(1, heard.Sum("foreshard.autopilot.rounds", ("foreshard.outcome", "failed")));
        Assert.Equal(1, heard.Of("foreshard.autopilot.failing")[^1]);
        Assert.Equal(LogLevel.Error, heard.Messages.Single(message => message.Id.Name == "RoundFailed").Level);
        Assert.NotNull(shop.Store.Autopilot.Status.LastError);

        File.Delete(Path.Combine(shop.Folder, AnnouncedEvents.FileName));
        clock.Advance(Interval);
        await shop.Store.Autopilot.TryRunDueAsync(CancellationToken.None);
        Assert.Equal(0, heard.Of("foreshard.autopilot.failing")[^1]);
        Assert.Null(shop.Store.Autopilot.Status.LastError);
    }

    [Fact]
    public async Task Profiles_that_cannot_be_used_are_logged_with_the_file_that_keeps_them()
    {
        using var heard = new Listening();
        await using var shop = await OpenAsync(heard, clock: new FakeTimeProvider());
        File.WriteAllText(Path.Combine(shop.Folder, AutopilotFolder.FileName), "no profiles");

        await shop.Store.Autopilot.StartAsync(CancellationToken.None);

        Assert.Contains(".unusable", heard.Messages.Single(message => message.Id.Name == "ProfilesUnusable").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fleet_that_is_too_small_is_said_once()
    {
        using var heard = new Listening();
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
        await using var shop = await OpenAsync(heard, clock: clock);
        await shop.Store.Autopilot.StartAsync(CancellationToken.None);

        await LiveAsync(shop, clock, [.. Enumerable.Range(1, 30).Select(id => Shop.Customer(id))], rounds: 8, load: 20);

        Assert.NotNull(shop.Store.Autopilot.Status.Advice);
        Assert.InRange(heard.Messages.Count(message => message.Id.Name == "CapacityAdvised"), 1, 3);
    }

    [Fact]
    public async Task A_store_that_is_closed_is_shown_no_more()
    {
        using var heard = new Listening();
        await using var shop = await OpenAsync(heard);
        await shop.Store.DisposeAsync();
        var before = heard.Of("foreshard.sessions").Count;

        Assert.Equal(before, heard.Of("foreshard.sessions").Count);
    }

    private static async Task<Shop> OpenAsync(Listening heard, Action<string>? reached = null, FakeTimeProvider? clock = null)
    {
        var options = Shop.Options(reached);
        options.LoggerFactory = heard;
        if (clock is not null)
        {
            options.Autopilot = new AutopilotOptions
            {
                Mode = AutopilotMode.Act,
                AssumedCapacity = 100,
                TimeProvider = clock,
                IsStepped = true,
            };
        }

        var shop = await Shop.OpenAsync(options);
        heard.Store = Path.GetFileName(shop.Folder);
        return shop;
    }

    /// <summary>Each of them asks for as much in every interval.</summary>
    private static async Task LiveAsync(Shop shop, FakeTimeProvider clock, IReadOnlyList<EntityKey> who, int rounds, double load = 60)
    {
        for (var round = 0; round < rounds; round++)
        {
            foreach (var entity in who)
            {
                shop.Store.Autopilot.Recorder!.Record(new Access
                {
                    TimeUtc = clock.GetUtcNow().UtcDateTime,
                    Entity = entity,
                    Reads = 1,
                    Cost = load * Interval.TotalSeconds,
                });
            }

            clock.Advance(Interval);
            await shop.Store.Autopilot.SettleAsync(CancellationToken.None);
        }
    }

    private static (string From, string To) Ends(Shop shop)
    {
        var from = shop.Store.Where(Shop.Customer(1)).Shards[0].Partition;
        return (from, shop.Store.Partitions.Select(partition => partition.Name).First(name => name != from));
    }

    private static bool Names(string message, long operation) => message.StartsWith($"Operation {operation},", StringComparison.Ordinal);
}
