using Foreshard.Partitions;
using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>Compares a unit's rows on two servers: one hash per table over the line, the rows' own only where these differ.</summary>
internal static class UnitComparison
{
    /// <exception cref="CopyDiffersException">They differ; names the first row that does.</exception>
    public static async ValueTask CompareAsync(
        NpgsqlConnection source, NpgsqlConnection target, TableLayout table, TableFacts there, TableFacts here, string where,
        CancellationToken cancellationToken)
    {
        var (left, right) = await (
            SumAsync(source, table, there, where, cancellationToken).AsTask(), SumAsync(target, table, here, where, cancellationToken).AsTask())
            .BothAsync().ConfigureAwait(false);
        if (left == right) return;
        throw new CopyDiffersException(
            table.Name, await FirstDifferenceAsync(source, target, table, there, here, where, cancellationToken).ConfigureAwait(false));
    }

    private static string HashOf(TableLayout table) => $"hashtextextended(ROW({Sql.Names(table.Columns)})::text COLLATE \"C\", 0)";

    private static async ValueTask<string> SumAsync(
        NpgsqlConnection connection, TableLayout table, TableFacts facts, string where, CancellationToken cancellationToken) =>
        (string)(await connection.ScalarAsync(
            $"SELECT count(*) || ' ' || coalesce(sum({HashOf(table)}), 0) FROM {facts.NameOf(table)} WHERE {where}", cancellationToken)
            .ConfigureAwait(false))!;

    private static async ValueTask<string> FirstDifferenceAsync(
        NpgsqlConnection source, NpgsqlConnection target, TableLayout table, TableFacts there, TableFacts here, string where,
        CancellationToken cancellationToken)
    {
        using var left = await RowsAsync(source, table, there, where, cancellationToken).ConfigureAwait(false);
        using var right = await RowsAsync(target, table, here, where, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var (hasLeft, hasRight) = (
                await left.ReadAsync(cancellationToken).ConfigureAwait(false), await right.ReadAsync(cancellationToken).ConfigureAwait(false));
            if (!hasLeft && !hasRight) return "(none any more: a row was changed while it was compared)";
            if (!hasLeft) return right.GetString(0);
            if (!hasRight) return left.GetString(0);
            if (left.GetString(0) == right.GetString(0) && left.GetInt64(1) == right.GetInt64(1)) continue;
            return string.CompareOrdinal(left.GetString(0), right.GetString(0)) <= 0 ? left.GetString(0) : right.GetString(0);
        }
    }

    private static async ValueTask<NpgsqlDataReader> RowsAsync(
        NpgsqlConnection connection, TableLayout table, TableFacts facts, string where, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(
            $"SELECT key, hash FROM (SELECT ROW({Sql.Names(table.PrimaryKey)})::text AS key, {HashOf(table)} AS hash "
            + $"FROM {facts.NameOf(table)} WHERE {where}) rows ORDER BY key COLLATE \"C\"", connection);
        return await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<(T Left, T Right)> BothAsync<T>(this (Task<T> Left, Task<T> Right) tasks)
    {
        await Task.WhenAll(tasks.Left, tasks.Right).ConfigureAwait(false);
        return (await tasks.Left.ConfigureAwait(false), await tasks.Right.ConfigureAwait(false));
    }
}
