using System.Buffers;
using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>What a copy has brought so far.</summary>
internal readonly record struct Carried(long Rows, long Bytes);

/// <summary>Copies rows from one server to another as the bytes that COPY gives and takes.</summary>
internal static class TableCopy
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Bytes after which somebody is told how far the copy is, and may slow it down.</summary>
    private const int ReportedBytes = 1024 * 1024;

    /// <returns>What was carried.</returns>
    public static async ValueTask<Carried> RunAsync(
        NpgsqlConnection source,
        NpgsqlConnection target,
        TableLayout table,
        TableFacts there,
        TableFacts here,
        string? where,
        CancellationToken cancellationToken,
        Func<Carried, ValueTask>? progress = null)
    {
        // Generated columns are in neither list: the target computes them.
        var columns = Sql.Names(table.Columns);
        var from = await source.BeginRawBinaryCopyAsync(
            $"COPY (SELECT {columns} FROM {there.NameOf(table)}{(where is null ? "" : $" WHERE {where}")}) TO STDOUT (FORMAT BINARY)", cancellationToken)
            .ConfigureAwait(false);
        await using (from.ConfigureAwait(false))
        {
            var to = await target.BeginRawBinaryCopyAsync($"COPY {here.NameOf(table)} ({columns}) FROM STDIN (FORMAT BINARY)", cancellationToken)
                .ConfigureAwait(false);
            await using (to.ConfigureAwait(false))
            {
                try
                {
                    return await PipeAsync(from, to, progress, cancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    // Closed without this, what has arrived so far would count as the whole.
                    await to.CancelAsync().ConfigureAwait(false);
                    throw;
                }
            }
        }
    }

    private static async ValueTask<Carried> PipeAsync(
        NpgsqlRawCopyStream from, NpgsqlRawCopyStream to, Func<Carried, ValueTask>? progress, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var rows = new BinaryRows();
            long bytes = 0, reported = 0;
            while (await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read && read > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                rows.Pass(buffer.AsSpan(0, read));
                bytes += read;
                if (progress is null || bytes - reported < ReportedBytes) continue;
                reported = bytes;
                await progress(new Carried(rows.Count, bytes)).ConfigureAwait(false);
            }

            return new Carried(rows.Count, bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
