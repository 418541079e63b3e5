using System.Diagnostics;
using Foreshard.Partitions;
using Foreshard.Servers;

namespace Foreshard.PostgreSql.Tests;

[Trait("Category", "Slow")]
public sealed class TakeOverTests : IAsyncDisposable
{
    private static readonly Ticket Second = Trial.First with { Attempt = 2 };

    private readonly Trial trial = new();

    public ValueTask DisposeAsync() => trial.DisposeAsync();

    [Fact]
    public async Task A_freeze_keeps_sessions_of_every_process_out()
    {
        var (mover, router) = (await trial.MakeAsync(), await trial.OpenAsync());
        Assert.True(await mover.FreezeAsync(Trial.First, [Trial.Unit(mover)], Trial.Ample, CancellationToken.None));

        Assert.Equal(RefusalKind.Frozen, (await router.AdmitAsync(Trial.Ask(router, wait: Trial.Soon), CancellationToken.None)).Refusal);
        var waiting = router.AdmitAsync(Trial.Ask(router), CancellationToken.None).AsTask();
        await mover.ThawAsync(Trial.First, [Trial.Unit(mover)], CancellationToken.None);

        await using var session = (await waiting).Session;
        Assert.NotNull(session);
    }

    [Fact]
    public async Task Whoever_takes_over_ends_the_connection_that_keeps_a_unit_frozen()
    {
        var (dead, alive) = (await trial.MakeAsync(), await trial.OpenAsync());
        Assert.True(await dead.FreezeAsync(Trial.First, [Trial.Unit(dead)], Trial.Ample, CancellationToken.None));

        await alive.AnnounceAsync(Second, CancellationToken.None);
        Assert.Equal(RefusalKind.Abandoned, (await alive.AdmitAsync(Trial.Ask(alive, wait: Trial.Soon), CancellationToken.None)).Refusal);
        await alive.ThawAsync(Second, [Trial.Unit(alive)], CancellationToken.None);

        await using (var session = await Trial.BeginAsync(alive)) Assert.NotNull(session);
        await Assert.ThrowsAsync<SupersededException>(() => dead.ThawAsync(Trial.First, [Trial.Unit(dead)], CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<SupersededException>(() => dead.RetireAsync(Trial.First, [Trial.Unit(dead)], [], CancellationToken.None).AsTask());
        Assert.Equal(OwnerState.Active, (await alive.ReadOwnersAsync(CancellationToken.None))[0].State);
    }

    [Fact]
    public async Task Whoever_takes_over_does_not_wait_for_a_step_that_hangs()
    {
        var (dead, alive) = (await trial.MakeAsync(), await trial.OpenAsync());
        var hanging = dead.StepAsync(
            Trial.First,
            async (connection, stop) => await connection.ScalarAsync("SELECT pg_sleep(60)", stop),
            CancellationToken.None).AsTask();
        await using (var watch = await trial.ConnectAsync())
        {
            while (await Trial.ScalarAsync(watch, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()") is null)
                await Task.Delay(5);
        }

        var began = Stopwatch.GetTimestamp();
        await alive.AnnounceAsync(Second, CancellationToken.None);

        await Assert.ThrowsAsync<SupersededException>(() => hanging);
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_mover_that_died_lets_sessions_be_told_and_not_hang()
    {
        var (dead, router) = (await trial.MakeAsync(), await trial.OpenAsync());
        Assert.True(await dead.FreezeAsync(Trial.First, [Trial.Unit(dead)], Trial.Ample, CancellationToken.None));
        await dead.DisposeAsync();

        Assert.Equal(RefusalKind.Abandoned, (await router.AdmitAsync(Trial.Ask(router, wait: Trial.Soon), CancellationToken.None)).Refusal);
        var waiting = router.AdmitAsync(Trial.Ask(router), CancellationToken.None).AsTask();
        await router.AnnounceAsync(Second, CancellationToken.None);
        await router.ThawAsync(Second, [Trial.Unit(router)], CancellationToken.None);

        await using var session = (await waiting).Session;
        Assert.NotNull(session);
    }

    [Fact]
    public async Task A_server_that_restarted_is_reached_again_without_an_error()
    {
        await using var server = await PostgresServer.StartAsync();
        var partition = await trial.MakeAsync(location: server.ConnectionString("postgres"));
        Assert.True(await partition.FreezeAsync(Trial.First, [Trial.Unit(partition, 6)], Trial.Ample, CancellationToken.None));
        await server.KillAsync();
        await server.StartAgainAsync();

        await using (var session = await Trial.BeginAsync(partition)) Assert.NotNull(session);
        await Trial.RunAsync(partition, SessionScope.Whole, null, "UPDATE customers SET name = 'after' WHERE id = 1");
        Assert.Equal([OwnerState.Active, OwnerState.Frozen], (await partition.ReadOwnersAsync(CancellationToken.None)).Select(row => row.State));
        await partition.ThawAsync(Trial.First, [Trial.Unit(partition, 6)], CancellationToken.None);
    }

    [Fact]
    public async Task A_promoted_standby_serves_nobody_before_its_owner_rows_were_checked()
    {
        await using var server = await PostgresServer.StartAsync();
        var partition = await trial.MakeAsync(location: server.ConnectionString("postgres"));
        await server.StopAsync();
        await server.StartPromotedAsync();

        var refused = await Assert.ThrowsAsync<PartitionServerException>(
            () => partition.AdmitAsync(Trial.Ask(partition), CancellationToken.None).AsTask());

        Assert.Contains("promoted", refused.Message, StringComparison.Ordinal);

        // A proxy may hand on a connection that was looked at before: so the guard looks too.
        await using var proxied = await trial.ConnectAsync();
        var guarded = await Assert.ThrowsAsync<Npgsql.PostgresException>(
            () => Trial.ScalarAsync(proxied, "BEGIN; SELECT foreshard.admit(5, 7, 1000, false, 'read:customer', '1', NULL, NULL, NULL, NULL, '{}', '{}')"));
        Assert.Equal(GuardErrors.Promoted, guarded.SqlState);
    }
}
