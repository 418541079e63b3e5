using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.PostgreSql;

/// <summary>Deletes a unit's rows in small transactions, along the primary key, so that nobody waits long behind one.</summary>
internal static class UnitDeletion
{
    private const int FirstBatch = 1000;
    private const int LargestBatch = 32_000;

    /// <summary>Transactions that took less than half of it become larger, those that took more smaller.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    /// <summary>Without statistics, or with old ones, the server would read and sort all that is left for each batch.</summary>
    private const string AlongTheKey = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off; "
        + "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off";

    /// <summary>Stops, with the rest of the rows where they are, when the owner row no longer says what allows it.</summary>
    /// <param name="partition">Where.</param>
    /// <param name="ticket">Who does it.</param>
    /// <param name="rows">Which.</param>
    /// <param name="unit">The unit whose owner row must allow it.</param>
    /// <param name="mayDelete">What the owner row must say; asked in each transaction.</param>
    /// <param name="cancellationToken">Stops between two transactions.</param>
    public static async ValueTask RunAsync(
        PostgresPartition partition, Ticket ticket, UnitRows rows, UnitId unit, Func<OwnerRow?, bool> mayDelete, CancellationToken cancellationToken)
    {
        var batch = FirstBatch;
        foreach (var table in partition.CurrentLayout.Entities.SelectMany(entity => entity.Tables.Reverse()))
        {
            if (RowPredicate.Instance.For(rows, table) is not { } where) continue;
            string?[]? last = null;
            do
            {
                var started = partition.Time.GetTimestamp();
                last = await partition.StepAsync(
                    ticket,
                    async (connection, stop) =>
                    {
                        if (!mayDelete(await PartitionTables.ReadOwnerAsync(connection, unit, isLocking: true, stop).ConfigureAwait(false))) return null;
                        await MoverRights.EnterAsync(connection, stop).ConfigureAwait(false);
                        await connection.ExecuteAsync(AlongTheKey, stop).ConfigureAwait(false);
                        var facts = await partition.FactsAsync(connection, stop).ConfigureAwait(false);
                        var lasts = await connection.RowsAsync(
                            Sql(table, facts.NameOf(table), where, Beyond(table, rows, last), batch),
                            row => Enumerable.Range(0, row.FieldCount).Select(field => row.IsDBNull(field) ? null : row.GetString(field)).ToArray(),
                            stop,
                            asText: true).ConfigureAwait(false);
                        return lasts.Count == 0 ? null : lasts[0];
                    },
                    cancellationToken).ConfigureAwait(false);
                var took = partition.Time.GetElapsedTime(started);
                batch = took < Longest / 2 ? Math.Min(batch * 2, LargestBatch) : took > Longest ? Math.Max(batch / 2, FirstBatch) : batch;
            }
            while (last is not null);
        }
    }

    /// <summary>
    /// The rows behind one. Where all have the key's first column in common it is left out: with it an index is read from its first row on.
    /// </summary>
    private static string Beyond(TableLayout table, UnitRows rows, string?[]? last)
    {
        if (last is null) return "true";
        var isOneEntity = rows is ShardRows && table.PrimaryKey[0] == table.KeyColumn;
        var varying = isOneEntity ? table.PrimaryKey[1..] : table.PrimaryKey;
        if (varying.Length == 0) return "false";
        var values = last[^varying.Length..].Select(value => PostgreSql.Sql.Text(value!));
        return $"({PostgreSql.Sql.Names(varying)}) > ({string.Join(", ", values)})";
    }

    /// <summary>Deletes the next rows and says the last one's key; no row when none was left.</summary>
    private static string Sql(TableLayout table, string name, string where, string beyond, int batch)
    {
        var key = PostgreSql.Sql.Names(table.PrimaryKey);
        return $"WITH doomed AS MATERIALIZED (SELECT {key} FROM {name} WHERE {where} AND {beyond} ORDER BY {key} LIMIT {batch}), "
            + $"gone AS (DELETE FROM {name} t USING doomed d "
            + $"WHERE ({PostgreSql.Sql.Names(table.PrimaryKey, "t.")}) = ({PostgreSql.Sql.Names(table.PrimaryKey, "d.")})) "
            + $"SELECT {key} FROM doomed ORDER BY {string.Join(", ", table.PrimaryKey.Select(column => PostgreSql.Sql.Name(column) + " DESC"))} LIMIT 1";
    }
}
