using System.Collections.Frozen;
using System.Data;
using System.Globalization;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>A connection of Foreshard's own that sees one moment of a partition.</summary>
internal sealed class Snapshot : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly NpgsqlTransaction transaction;
    private readonly long end;
    private readonly FrozenSet<long> running;

    /// <param name="connection">Its own.</param>
    /// <param name="transaction">Sees the moment.</param>
    /// <param name="moment">
    /// The server's text of it: the first number that was running, the first that was not given out, and which between them were running.
    /// </param>
    private Snapshot(NpgsqlConnection connection, NpgsqlTransaction transaction, string moment)
    {
        Connection = connection;
        this.transaction = transaction;
        var parts = moment.Split(':');
        end = long.Parse(parts[1], CultureInfo.InvariantCulture);
        running = parts[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(one => long.Parse(one, CultureInfo.InvariantCulture)).ToFrozenSet();
    }

    public NpgsqlConnection Connection { get; }

    public static async ValueTask<Snapshot> TakeAsync(PostgresPartition partition, CancellationToken cancellationToken)
    {
        var connection = await partition.OpenOwnAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
            var moment = (string)(await connection.ScalarAsync("SELECT pg_current_snapshot()::text", cancellationToken).ConfigureAwait(false))!;
            return new Snapshot(connection, transaction, moment);
        }
        catch (Exception exception)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (exception is NpgsqlException failure) throw PartitionServerException.From(failure, partition.Name);
            throw;
        }
    }

    /// <summary>A moment at which everybody sees what transactions wrote of which the log says that they are committed.</summary>
    /// <remarks>
    /// A commit is in the log first, and visible once the server has noted its end: a moment later, and where commits wait for standbys, once these answered.
    /// </remarks>
    /// <param name="partition">Whose.</param>
    /// <param name="committed">The transactions, by the number that the log has for them.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="PartitionServerException">They were not visible within <see cref="PostgresOptions.SlotPatience"/>.</exception>
    public static async ValueTask<Snapshot> TakeAfterAsync(
        PostgresPartition partition, IReadOnlyCollection<uint> committed, CancellationToken cancellationToken)
    {
        for (var began = partition.Time.GetTimestamp(); ;)
        {
            var snapshot = await TakeAsync(partition, cancellationToken).ConfigureAwait(false);
            if (snapshot.Shows(committed)) return snapshot;
            await snapshot.DisposeAsync().ConfigureAwait(false);
            if (partition.Time.GetElapsedTime(began) > partition.SlotPatience)
            {
                throw new PartitionServerException(
                    partition.Name,
                    $"has transactions in its log that nobody sees yet after {partition.SlotPatience.TotalSeconds:0} s",
                    "Most likely their commits wait for a synchronous standby that does not answer (pg_stat_activity: wait event SyncRep). Nothing was lost; "
                    + "bring the standby back, then move again");
            }

            await Task.Delay(Pause, partition.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await transaction.DisposeAsync().ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // The connection broke; it was reading only.
        }
        finally
        {
            await Connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whether it shows what transactions wrote that were committed.</summary>
    public bool Shows(IEnumerable<uint> committed) => committed.All(Shows);

    /// <summary>The log has the lower half of a transaction's number only; the whole one is less than 2^31 away from the newest.</summary>
    private bool Shows(uint transaction)
    {
        var number = end + unchecked((int)(transaction - (uint)end));
        return number < end && !running.Contains(number);
    }
}
