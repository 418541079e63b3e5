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
    Func<CopyProgress, ValueTask>? progress) : IAsyncDisposable
{
    /// <summary>A copy of more rows is analyzed: autovacuum would come a minute later, and plans for an empty table read the whole of it.</summary>
    private const int AnalyzedRows = 1000;

    private readonly CancellationTokenSource ending = new();
    private Carried before;
    private long expected;

    /// <summary>Done once the target's planner knows the copied tables; it goes on after the copy.</summary>
    public Task Analyzed { get; private set; } = Task.CompletedTask;

    public async ValueTask RunAsync(NpgsqlConnection snapshot, CancellationToken cancellationToken)
    {
        var from = await source.FactsAsync(snapshot, cancellationToken).ConfigureAwait(false);
        var sizes = new List<(TableLayout Table, string Where, long Rows)>();
        foreach (var (table, where) in tables)
            sizes.Add((table, where, await RowEstimate.CountAsync(snapshot, from, table, where, cancellationToken).ConfigureAwait(false)));
        expected = sizes.Sum(one => one.Rows);

        // The largest first: it is analyzed while the others come.
        var analyses = new List<Task>();
        try
        {
            foreach (var (table, where, _) in sizes.Where(one => one.Rows > 0).OrderByDescending(one => one.Rows))
            {
                var carried = await CopyAsync(snapshot, from, table, where, cancellationToken).ConfigureAwait(false);
                before = new Carried(before.Rows + carried.Rows, before.Bytes + carried.Bytes);
                await ReportAsync(default).ConfigureAwait(false);
                if (carried.Rows >= AnalyzedRows) analyses.Add(AnalyzeAsync(table, ending.Token));
            }
        }
        finally
        {
            Analyzed = Task.WhenAll(analyses);
        }
    }

    /// <summary>Ends what is still being analyzed.</summary>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync().ConfigureAwait(false);
        await Analyzed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ending.Dispose();
    }

    private ValueTask<Carried> CopyAsync(
        NpgsqlConnection snapshot, TableFacts from, TableLayout table, string where, CancellationToken cancellationToken) => target.StepAsync(
        ticket,
        async (here, stop) =>
        {
            await MoverRights.EnterAsync(here, stop).ConfigureAwait(false);
            var to = await target.FactsAsync(here, stop).ConfigureAwait(false);
            return await TableCopy.RunAsync(snapshot, here, table, from, to, where, stop, ReportAsync).ConfigureAwait(false);
        },
        cancellationToken);

    private async Task AnalyzeAsync(TableLayout table, CancellationToken cancellationToken)
    {
        var facts = await target.ReadAsync(target.FactsAsync, cancellationToken).ConfigureAwait(false);
        await target.ReadAsync((connection, stop) => connection.ExecuteAsync($"ANALYZE {facts.NameOf(table)}", stop), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ReportAsync(Carried ofTable)
    {
        if (progress is null) return;
        var rows = before.Rows + ofTable.Rows;
        await progress(new CopyProgress(rows, Math.Max(rows, expected), before.Bytes + ofTable.Bytes)).ConfigureAwait(false);
    }
}
