using System.Collections.Concurrent;
using System.Data;
using System.Globalization;
using Foreshard.Partitions;
using Foreshard.Servers;
using Npgsql;

namespace Foreshard.PostgreSql.Tests;

/// <summary>Sessions behind a proxy that gives each transaction another of two connections to the server.</summary>
[Trait("Category", "Slow")]
public sealed class PoolingProxyTests : IAsyncLifetime
{
    private PgBouncer? proxy;
    private Trial? trial;

    private PgBouncer Proxy => proxy!;

    private Trial Here => trial!;

    public async ValueTask InitializeAsync()
    {
        var server = await PostgresDatabases.ServerAsync();
        proxy = await PgBouncer.StartAsync(server.Port, connections: 2, Roles.Application, Roles.Mover);
        trial = new Trial
        {
            Options = new PostgresOptions
            {
                Installer = Roles.Installer,
                Mover = Roles.Mover,
                Application = Roles.Application,
                Sessions = settings => settings.Port = Proxy.Port,
            },
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (trial is not null) await trial.DisposeAsync();
        proxy?.Dispose();
    }

    [Fact]
    public async Task Sessions_share_the_servers_connections_and_nothing_of_one_is_left_to_the_next()
    {
        var partition = await Here.MakeAsync();
        var processes = new ConcurrentBag<int>();
        await Task.WhenAll(Enumerable.Range(1, 8).Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await using var session = await Trial.BeginAsync(partition, SessionScope.Group, client % 2 == 0 ? "eu" : "us");
                processes.Add((int)(await Trial.ScalarAsync(session, "SELECT pg_backend_pid()"))!);
                await Trial.ExecuteAsync(session, string.Create(
                    CultureInfo.InvariantCulture, $"INSERT INTO orders VALUES (1, '{(client % 2 == 0 ? "eu" : "us")}', {(client * 1000) + i}, 1)"));
                if (i % 3 != 0) await session.CommitAsync(CancellationToken.None);
            }
        })));

        Assert.Equal(2, processes.Distinct().Count());
        await using var direct = await Here.ConnectAsync();
        Assert.Equal(8L * 13, await Trial.ScalarAsync(direct, "SELECT count(*) FROM orders WHERE id >= 1000"));
        await using var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={Proxy.Port};Database={direct.Database};Username={Roles.Application}");
        await connection.OpenAsync();
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("", await Trial.ScalarAsync(connection, "SELECT coalesce(current_setting('foreshard.scope', true), '')"));
            var refused = await Assert.ThrowsAsync<PostgresException>(() => Trial.ScalarAsync(connection, "UPDATE customers SET name = 'x'"));
            Assert.Equal("FS003", refused.SqlState);
        }
    }

    [Theory]
    [InlineData(IsolationLevel.ReadCommitted)]
    [InlineData(IsolationLevel.RepeatableRead)]
    [InlineData(IsolationLevel.Serializable)]
    public async Task A_unit_is_frozen_against_sessions_and_left_by_them_through_the_proxy(IsolationLevel isolation)
    {
        var (source, target) = (await Here.MakeAsync(), await Here.MakeAsync(2, hasRows: false));
        await using (var session = await Trial.BeginAsync(source, SessionScope.Whole, isolation: isolation))
        {
            await Trial.ExecuteAsync(session, "UPDATE customers SET name = 'x' WHERE id = 1");
            Assert.False(await source.FreezeAsync(Trial.First, [Trial.Unit(source)], Trial.Soon, CancellationToken.None));
            await session.CommitAsync(CancellationToken.None);
        }

        await using var transfer = Trial.Transfer(source, target);
        await Trial.CarryAsync(transfer, source);

        var stale = await source.AdmitAsync(Trial.Ask(source, isolation: isolation), CancellationToken.None);
        Assert.Equal(RefusalKind.Stale, stale.Refusal);
        await using var there = await Here.ConnectAsync(2);
        Assert.Equal("x", await Trial.ScalarAsync(there, "SELECT name FROM customers WHERE id = 1"));
    }

    [Fact]
    public async Task Live_moves_holds_and_the_write_log_go_past_the_proxy()
    {
        var (source, target) = (await Here.MakeAsync(), await Here.MakeAsync(2, hasRows: false));
        await source.ConfirmWritesAsync(await Trial.ReadWritesAsync(source, TimeSpan.FromHours(1)), CancellationToken.None);
        var held = await source.HoldAsync([Trial.Unit(source)], exclusive: true, Trial.Ample, CancellationToken.None);
        await using (var hold = held.Hold!)
        {
            var waiting = await source.AdmitAsync(Trial.Ask(source, wait: Trial.Soon), CancellationToken.None);
            Assert.NotEqual(RefusalKind.None, waiting.Refusal);
        }

        var rows = new ShardRows(Trial.Customer(1), ShardScope.Whole, [], WithCore: true);
        await using var transfer = new PostgresTransfer(
            source, target, new TransferOrder(Trial.First, Trial.Unit(source), Trial.Unit(target, epoch: 8), rows, rows, Live: true));
        await transfer.PrepareAsync(CancellationToken.None);
        await transfer.CopyAsync(null, CancellationToken.None);
        await Trial.RunAsync(source, SessionScope.Group, "eu", "UPDATE orders SET total = 5 WHERE customer_id = 1 AND region = 'eu'");
        await transfer.CatchUpAsync(CancellationToken.None);
        Assert.True(await source.FreezeAsync(Trial.First, [Trial.Unit(source)], Trial.Ample, CancellationToken.None));
        Assert.True(await transfer.ActivateAsync(Trial.Ample, CancellationToken.None));
        await transfer.RetireAsync(CancellationToken.None);
        await transfer.CleanAsync(CancellationToken.None);

        Assert.Empty((await source.ReadWritesAsync(TimeSpan.FromHours(1), CancellationToken.None)).Writes);
        await source.DropWriteLogAsync(CancellationToken.None);
        await using var there = await Here.ConnectAsync(2);
        Assert.Equal(40m, await Trial.ScalarAsync(there, "SELECT sum(total) FROM orders"));
    }

    [Fact]
    public async Task Commands_with_parameters_work_again_and_again_also_where_the_location_asks_for_automatic_preparing()
    {
        var location = await Roles.CreateDatabaseAsync() + ";Max Auto Prepare=10;Auto Prepare Min Usages=1";
        var partition = await Here.MakeAsync(location: location);
        for (var i = 0L; i < 12; i++)
        {
            await using var session = await Trial.BeginAsync(partition, SessionScope.Group, "eu");
            await using var command = new NpgsqlCommand(
                "UPDATE orders SET total = $1 WHERE customer_id = $2 AND region = $3",
                (NpgsqlConnection)session.Connection,
                (NpgsqlTransaction)session.Transaction)
            {
                Parameters = { new() { Value = i }, new() { Value = 1L }, new() { Value = "eu" } },
            };
            Assert.Equal(2, await command.ExecuteNonQueryAsync());
            Assert.Equal(2, await command.ExecuteNonQueryAsync());
            await session.CommitAsync(CancellationToken.None);
        }
    }
}
