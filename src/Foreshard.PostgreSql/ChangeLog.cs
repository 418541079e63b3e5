using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.PostgreSql;

/// <summary>What changes on a partition while units move away from it: all of them that move in this process share one slot and one connection.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class ChangeLog(PostgresPartition source) : IAsyncDisposable
{
    private readonly SemaphoreSlim turn = new(1, 1);
    private LogReader? current;
    private volatile bool isOver;

    /// <summary>Everything that commits after a snapshot taken from now on and that the snapshot does not hold is noted for the unit.</summary>
    public async ValueTask<ChangeStream> JoinAsync(
        Ticket ticket, UnitRows rows, IEnumerable<TableLayout> tables, CancellationToken cancellationToken)
    {
        var stream = new ChangeStream(this, rows, tables);
        try
        {
            var (published, areDead) = await EnterAsync(ticket, stream, cancellationToken).ConfigureAwait(false);

            // Transactions that wrote before they could know what is published may be told in part or not at all: the snapshot is to hold them whole.
            await OutliveAsync(published, cancellationToken).ConfigureAwait(false);
            if (areDead) await Publications.DropAsync(source, LogReader.IsDead, cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The last one ends the slot. Without effect if it never came in, or left before.</summary>
    public async ValueTask LeaveAsync(ChangeStream stream)
    {
        if (isOver) return;
        await turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (stream.Reader is not { } reader || reader.Leave(stream) > 0) return;
            if (current == reader) current = null;
            await reader.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        isOver = true;
        if (current is not null) await current.DisposeAsync().ConfigureAwait(false);
        current = null;
        turn.Dispose();
    }

    /// <returns>The transaction that published the unit's tables, by its whole number, and whether there are publications of the dead to drop.</returns>
    private async ValueTask<(long Published, bool AreDead)> EnterAsync(Ticket ticket, ChangeStream stream, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var isFirst = current is null or { IsOver: true };
            var reader = isFirst ? await LogReader.ConnectAsync(source, cancellationToken).ConfigureAwait(false) : current!;
            reader.Enter(stream);
            var published = await source.StepAsync(
                ticket,
                async (here, stop) =>
                {
                    var areDead = isFirst && await Publications.EmptyAsync(here, LogReader.IsDead, stop).ConfigureAwait(false);
                    var facts = await source.FactsAsync(here, stop).ConfigureAwait(false);
                    await here.ExecuteAsync(
                        $"{(isFirst ? $"CREATE PUBLICATION {reader.Name} FOR" : $"ALTER PUBLICATION {reader.Name} SET")} TABLE {reader.Published(facts)}", stop)
                        .ConfigureAwait(false);
                    return ((long)(await here.ScalarAsync("SELECT pg_current_xact_id()::text::bigint", stop).ConfigureAwait(false))!, areDead);
                },
                cancellationToken).ConfigureAwait(false);
            if (isFirst) await reader.BeginAsync(cancellationToken).ConfigureAwait(false);
            current = reader;
            return published;
        }
        finally
        {
            turn.Release();
        }
    }

    private async ValueTask OutliveAsync(long transaction, CancellationToken cancellationToken)
    {
        var isOutlived = await Patience.UntilAsync(source.Time, source.SlotPatience, IsOutlivedAsync, cancellationToken).ConfigureAwait(false);
        if (!isOutlived) throw await LogReader.RefusalAsync(source).ConfigureAwait(false);

        async ValueTask<bool> IsOutlivedAsync(CancellationToken stop) => transaction < (long)(await source.AskAsync(
            (here, ct) => here.ScalarAsync("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint", ct), stop).ConfigureAwait(false))!;
    }
}
