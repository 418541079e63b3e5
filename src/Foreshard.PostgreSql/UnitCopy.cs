using Foreshard.Partitions;
using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>Copies a unit's rows from a snapshot of the source, a transaction on the target for each table, and says how far it is.</summary>
internal sealed class UnitCopy(
    PostgresPartition source,
    PostgresPartition target,
    Ticket ticket,
    IReadOnlyList<(TableLayout Table, string Where)> tables,
    Func<CopyProgress, ValueTask>? progress)
{
    private readonly Dictionary<TableLayout, long> rowsOf = [];
    private long bytes;

    /// <summary>Rows copied.</summary>
    public long Rows { get; private set; }

    public async ValueTask RunAsync(NpgsqlConnection snapshot, CancellationToken cancellationToken)
    {
        var from = await source.FactsAsync(snapshot, cancellationToken).ConfigureAwait(false);
        foreach (var (table, where) in tables)
        {
            rowsOf[table] = (long)(await snapshot.ScalarAsync($"SELECT count(*) FROM {from.NameOf(table)} WHERE {where}", cancellationToken)
                .ConfigureAwait(false))!;
        }

        foreach (var (table, where) in tables.Where(one => rowsOf[one.Table] > 0))
        {
            var (before, carried) = (bytes, 0L);
            await target.StepAsync(
                ticket,
                async (here, stop) =>
                {
                    await MoverRights.EnterAsync(here, stop).ConfigureAwait(false);
                    var to = await target.FactsAsync(here, stop).ConfigureAwait(false);
                    carried = await TableCopy.RunAsync(
                        snapshot, here, table, from, to, where, stop, sofar => ReportAsync(before + sofar)).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
            Rows += rowsOf[table];
            await ReportAsync(before + carried).ConfigureAwait(false);
        }
    }

    private async ValueTask ReportAsync(long sofar)
    {
        bytes = sofar;
        if (progress is not null) await progress(new CopyProgress(Rows, rowsOf.Values.Sum(), bytes)).ConfigureAwait(false);
    }
}
