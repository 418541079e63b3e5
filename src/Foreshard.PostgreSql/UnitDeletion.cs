using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.PostgreSql;

/// <summary>Deletes a unit's rows in small transactions, along the primary key, so that nobody waits long behind one.</summary>
internal static class UnitDeletion
{
    private const int Batch = 1000;

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
        foreach (var table in partition.CurrentLayout.Entities.SelectMany(entity => entity.Tables.Reverse()))
        {
            if (RowPredicate.Instance.For(rows, table) is not { } where) continue;
            string?[]? last = null;
            do
            {
                var after = last;
                last = await partition.StepAsync(
                    ticket,
                    async (connection, stop) =>
                    {
                        if (!mayDelete(await PartitionTables.ReadOwnerAsync(connection, unit, isLocking: true, stop).ConfigureAwait(false))) return null;
                        await MoverRights.EnterAsync(connection, stop).ConfigureAwait(false);
                        var facts = await partition.FactsAsync(connection, stop).ConfigureAwait(false);
                        var lasts = await connection.RowsAsync(
                            Sql(table, facts.NameOf(table), where, after),
                            row => Enumerable.Range(0, row.FieldCount).Select(field => row.IsDBNull(field) ? null : row.GetString(field)).ToArray(),
                            stop,
                            asText: true).ConfigureAwait(false);
                        return lasts.Count == 0 ? null : lasts[0];
                    },
                    cancellationToken).ConfigureAwait(false);
            }
            while (last is not null);
        }
    }

    /// <summary>Deletes the next rows and says the last one's key; no row when none was left.</summary>
    private static string Sql(TableLayout table, string name, string where, string?[]? after)
    {
        var key = PostgreSql.Sql.Names(table.PrimaryKey);
        var beyond = after is null ? "" : $" AND ({key}) > ({string.Join(", ", after.Select(value => PostgreSql.Sql.Text(value!)))})";
        return $"WITH doomed AS MATERIALIZED (SELECT {key} FROM {name} WHERE {where}{beyond} ORDER BY {key} LIMIT {Batch}), "
            + $"gone AS (DELETE FROM {name} t USING doomed d "
            + $"WHERE ({PostgreSql.Sql.Names(table.PrimaryKey, "t.")}) = ({PostgreSql.Sql.Names(table.PrimaryKey, "d.")})) "
            + $"SELECT {key} FROM doomed ORDER BY {string.Join(", ", table.PrimaryKey.Select(column => PostgreSql.Sql.Name(column) + " DESC"))} LIMIT 1";
    }
}
