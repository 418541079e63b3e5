using Foreshard.Partitions;

namespace Foreshard.PostgreSql.Tests;

/// <summary>Units that move away from one server at the same time.</summary>
[Trait("Category", "Slow")]
public sealed class SharedSlotTests : IAsyncDisposable
{
    private readonly Trial trial = new();

    public ValueTask DisposeAsync() => trial.DisposeAsync();

    [Fact]
    public async Task Units_that_move_at_once_share_one_slot()
    {
        const string slots = "SELECT (SELECT count(*) FROM pg_replication_slots WHERE database = current_database()) * 10 "
            + "+ (SELECT count(*) FROM pg_publication)";
        var (source, target) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        await AddSecondAsync();
        await using var here = await trial.ConnectAsync();
        await using var first = LiveTransferTests.Live(source, target);
        await using var second = LiveSecond(source, target, new Ticket(200, 1));

        await first.PrepareAsync(CancellationToken.None);
        await WriteAsync(101);
        await second.PrepareAsync(CancellationToken.None);
        Assert.Equal(11L, await Trial.ScalarAsync(here, slots));
        await WriteAsync(102);
        await first.CopyAsync(null, CancellationToken.None);
        await second.CopyAsync(null, CancellationToken.None);
        await WriteAsync(103);
        Assert.Equal(3, await first.CatchUpAsync(CancellationToken.None));
        Assert.Equal(2, await second.CatchUpAsync(CancellationToken.None));

        // One that gives up is no reason for the other to begin again.
        await first.DiscardAsync(CancellationToken.None);
        Assert.Equal(11L, await Trial.ScalarAsync(here, slots));
        await WriteAsync(104);
        await second.VerifyAsync(CancellationToken.None);
        Assert.True(await source.FreezeAsync(new Ticket(200, 1), [Trial.Unit(source, 6)], Trial.Ample, CancellationToken.None));
        Assert.True(await second.ActivateAsync(Trial.Ample, CancellationToken.None));
        await second.RetireAsync(CancellationToken.None);
        await second.CleanAsync(CancellationToken.None);

        Assert.Equal(0L, await Trial.ScalarAsync(here, slots));
        await using var there = await trial.ConnectAsync(2);
        Assert.Equal("101 102 103 104", await Trial.ScalarAsync(there, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM orders WHERE customer_id = 2"));
        Assert.Equal(0L, await Trial.ScalarAsync(there, "SELECT count(*) FROM orders WHERE customer_id = 1"));

        async Task WriteAsync(int id)
        {
            await Trial.RunAsync(source, SessionScope.Group, "eu", $"INSERT INTO orders VALUES (1, 'eu', {id}, 1)");
            await Trial.ScalarAsync(here, $"SET foreshard.scope = 'maintenance'; INSERT INTO orders VALUES (2, 'eu', {id}, 1)");
        }
    }

    [Fact]
    public async Task Who_joins_a_slot_waits_for_transactions_that_wrote_before_and_has_all_of_them()
    {
        var (source, target) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        await AddSecondAsync();
        await using var first = LiveTransferTests.Live(source, target);
        await first.PrepareAsync(CancellationToken.None);
        await using var writer = await trial.ConnectAsync();
        await Trial.ScalarAsync(writer, "BEGIN; SET LOCAL foreshard.scope = 'maintenance'; INSERT INTO orders VALUES (2, 'eu', 1, 1)");
        await using var second = LiveSecond(source, target, new Ticket(200, 1));

        var preparing = second.PrepareAsync(CancellationToken.None).AsTask();
        await Task.Delay(500);
        var isEarly = preparing.IsCompleted;
        await Trial.ScalarAsync(writer, "INSERT INTO orders VALUES (2, 'eu', 2, 1); COMMIT");
        await preparing;

        Assert.False(isEarly);
        await second.CopyAsync(null, CancellationToken.None);
        await second.VerifyAsync(CancellationToken.None);
        await using var there = await trial.ConnectAsync(2);
        Assert.Equal(2L, await Trial.ScalarAsync(there, "SELECT count(*) FROM orders"));
    }

    [Fact]
    public async Task Who_joins_a_slot_in_the_middle_of_everything_misses_nothing()
    {
        var (source, target) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        await AddSecondAsync();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(() => WriteAsync(writer))).ToList();
        await using var first = LiveTransferTests.Live(source, target);
        await first.PrepareAsync(CancellationToken.None);
        for (var round = 0; round < 12; round++)
        {
            await using var second = LiveSecond(source, target, new Ticket(200 + round, 1), epoch: 8 + round);
            await second.PrepareAsync(CancellationToken.None);
            await second.CopyAsync(null, CancellationToken.None);
            await second.CatchUpAsync(CancellationToken.None);
            await second.VerifyAsync(CancellationToken.None);
            await second.DiscardAsync(CancellationToken.None);
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);

        // Transactions of several rows and of different lengths, some that are open when somebody joins.
        async Task WriteAsync(int writer)
        {
            await using var connection = await trial.ConnectAsync();
            await Trial.ScalarAsync(connection, "SET foreshard.scope = 'maintenance'");
            for (var id = 1_000_000 * (writer + 1); !stop.IsCancellationRequested; id += 2)
            {
                await Trial.ScalarAsync(
                    connection,
                    $"BEGIN; INSERT INTO orders VALUES (2, 'eu', {id}, 1); SELECT pg_sleep(0.0{writer % 3}); "
                    + $"UPDATE orders SET total = 2 WHERE customer_id = 2 AND id IN ({id}, {id - 2}); COMMIT");
            }
        }
    }

    private static PostgresTransfer LiveSecond(PostgresPartition source, PostgresPartition target, Ticket ticket, long epoch = 8)
    {
        var rows = new ShardRows(Trial.Customer(2), ShardScope.Whole, [], WithCore: true);
        return new PostgresTransfer(
            source, target, new TransferOrder(ticket, Trial.Unit(source, 6), Trial.Unit(target, 6, epoch), rows, rows, Live: true));
    }

    private async Task AddSecondAsync()
    {
        await using var beside = await trial.ConnectAsync();
        await Trial.ScalarAsync(beside, "SET foreshard.scope = 'maintenance'; INSERT INTO customers (id, name) VALUES (2, 'c2')");
    }
}
