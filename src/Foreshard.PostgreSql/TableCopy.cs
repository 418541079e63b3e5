using System.Buffers;
using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>Copies rows from one server to another as the bytes that COPY gives and takes.</summary>
internal static class TableCopy
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Bytes after which somebody is told how far the copy is, and may slow it down.</summary>
    private const int ReportedBytes = 1024 * 1024;

    /// <returns>Bytes carried.</returns>
    public static async ValueTask<long> RunAsync(
        NpgsqlConnection source,
        NpgsqlConnection target,
        TableLayout table,
        TableFacts there,
        TableFacts here,
        string? where,
        CancellationToken cancellationToken,
        Func<long, ValueTask>? progress = null)
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

    private static async ValueTask<long> PipeAsync(
        NpgsqlRawCopyStream from, NpgsqlRawCopyStream to, Func<long, ValueTask>? progress, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long bytes = 0, reported = 0;
            while (await from.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is var read && read > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                bytes += read;
                if (progress is null || bytes - reported < ReportedBytes) continue;
                reported = bytes;
                await progress(bytes).ConfigureAwait(false);
            }

            return bytes;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
