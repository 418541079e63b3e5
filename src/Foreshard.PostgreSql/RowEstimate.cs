using System.Text.Json;
using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>How many rows there are: counted where they are few, else what the server expects to find.</summary>
internal static class RowEstimate
{
    /// <summary>Rows counted one by one, in hundredths of a second.</summary>
    private const int CountedRows = 100_000;

    public static string CountSql(TableFacts facts, TableLayout table, string where) =>
        $"SELECT count(*) FROM (SELECT 1 FROM {facts.NameOf(table)} WHERE {where} LIMIT {CountedRows}) counted";

    public static async ValueTask<long> CountAsync(
        NpgsqlConnection connection, TableFacts facts, TableLayout table, string where, CancellationToken cancellationToken) =>
        await CompleteAsync(
            connection, facts, table, where, (long)(await connection.ScalarAsync(CountSql(facts, table, where), cancellationToken).ConfigureAwait(false))!,
            cancellationToken).ConfigureAwait(false);

    /// <summary>Looks beyond what was counted if there is more.</summary>
    public static async ValueTask<long> CompleteAsync(
        NpgsqlConnection connection, TableFacts facts, TableLayout table, string where, long counted, CancellationToken cancellationToken)
    {
        if (counted < CountedRows) return counted;
        var plan = await connection.ScalarAsync($"EXPLAIN (FORMAT JSON) SELECT 1 FROM {facts.NameOf(table)} WHERE {where}", cancellationToken)
            .ConfigureAwait(false);
        using var document = JsonDocument.Parse((string)plan!);
        return Math.Max(counted, (long)document.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble());
    }
}
