using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.PostgreSql;

internal sealed partial class PostgresPartition
{
    /// <summary>Rows whose sizes are looked at for an estimate of bytes.</summary>
    private const int SampledRows = 100;

    /// <summary>Bytes of a row that are not its values.</summary>
    private const int RowHeader = 24;

    public ValueTask<UnitSize> EstimateAsync(UnitRows rows, CancellationToken cancellationToken) => AskAsync(
        async (connection, stop) =>
        {
            var facts = await layout.FactsAsync(connection, stop).ConfigureAwait(false);
            var tables = layout.Layout.Entities.SelectMany(entity => entity.Tables)
                .Select(table => (Table: table, Where: RowPredicate.Instance.For(rows, table)!))
                .Where(one => one.Where is not null)
                .ToList();
            var answers = await connection.ScalarsAsync([.. tables.Select(one => RowEstimate.CountSql(facts, one.Table, one.Where))], stop)
                .ConfigureAwait(false);
            var found = tables.Zip(answers, (one, answer) => (one.Table, one.Where, Rows: (long)answer!)).Where(one => one.Rows > 0).ToList();
            var means = await connection.ScalarsAsync([.. found.Select(one => MeanBytesSql(facts, one.Table, one.Where))], stop).ConfigureAwait(false);
            long count = 0, bytes = 0;
            foreach (var (one, mean) in found.Zip(means))
            {
                var rowsOf = await RowEstimate.CompleteAsync(connection, facts, one.Table, one.Where, one.Rows, stop).ConfigureAwait(false);
                count += rowsOf;
                bytes += (long)(rowsOf * MeanBytes(mean));
            }

            return new UnitSize(count, bytes);
        },
        cancellationToken);

    public ValueTask<IReadOnlyList<EntitySize>> ReadSizesAsync(CancellationToken cancellationToken) => ReadAsync(
        async (connection, stop) =>
        {
            var facts = await layout.FactsAsync(connection, stop).ConfigureAwait(false);
            var sizes = new List<EntitySize>();
            foreach (var table in layout.Layout.Entities.SelectMany(entity => entity.Tables))
            {
                var mean = MeanBytes(await connection.ScalarAsync(MeanBytesSql(facts, table, "true"), stop).ConfigureAwait(false));
                var isCore = table.Role != TableRole.Grouped;
                var hasGroups = !isCore && layout.Layout.Of(table.Owner!)!.GroupKind is GroupKind.Segment or GroupKind.Date;
                sizes.AddRange(await connection.RowsAsync(
                    $"SELECT {Sql.Name(table.KeyColumn)}, {(hasGroups ? Sql.Name(table.GroupColumn!) : "NULL::text")}, count(*) "
                    + $"FROM {facts.NameOf(table)} GROUP BY 1, 2",
                    row => new EntitySize(
                        Sql.ReadKey(table.Owner!, row.GetValue(0)),
                        hasGroups ? Sql.ReadGroup(row.GetValue(1)) : default,
                        isCore,
                        row.GetInt64(2),
                        row.GetInt64(2) * mean),
                    stop).ConfigureAwait(false));
            }

            return (IReadOnlyList<EntitySize>)sizes;
        },
        cancellationToken);

    public async IAsyncEnumerable<(EntityKey Entity, long Rows)> ReadKeysAsync(
        TableLayout table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var key = Sql.Name(table.KeyColumn);
        var counts = await ReadAsync(
            (connection, stop) => connection.RowsAsync(
                $"SELECT {key}, count(*) FROM {Sql.Name(table.Name)} GROUP BY {key}",
                row => (Key: Sql.ReadKey(table.Owner!, row.GetValue(0)), Rows: row.GetInt64(1)),
                stop),
            cancellationToken).ConfigureAwait(false);
        foreach (var count in counts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return count;
        }
    }

    public ValueTask<IReadOnlyList<(string Table, long Rows)>> CountStrayAsync(
        EntityKey entity, ImmutableArray<ShardRows> shards, CancellationToken cancellationToken) => ReadAsync(
        async (connection, stop) =>
        {
            var facts = await layout.FactsAsync(connection, stop).ConfigureAwait(false);
            var stray = new List<(string, long)>();
            foreach (var table in layout.Layout.Of(entity.Type)!.Tables.Where(table => table.Role == TableRole.Grouped))
            {
                var ofEntity = $"{Sql.Name(table.KeyColumn)} = {Sql.Key(entity, table.KeyForm)}";
                var outside = shards.Length == 0 ? "true" : string.Join(" AND ", shards.Select(shard => $"NOT ({RowPredicate.Instance.For(shard, table)})"));
                if (table.GroupForm is ValueForm.Date or ValueForm.Time) outside = $"({outside}) OR NOT isfinite({Sql.Name(table.GroupColumn!)})";
                var rows = (long)(await connection.ScalarAsync(
                    $"SELECT count(*) FROM {facts.NameOf(table)} WHERE {ofEntity} AND ({outside})", stop).ConfigureAwait(false))!;
                if (rows > 0) stray.Add((table.Name, rows));
            }

            return (IReadOnlyList<(string, long)>)stray;
        },
        cancellationToken);

    public ValueTask<string> DigestCoreAsync(EntityKey entity, CancellationToken cancellationToken) => ReadAsync(
        async (connection, stop) =>
        {
            var facts = await layout.FactsAsync(connection, stop).ConfigureAwait(false);
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var table in layout.Layout.Of(entity.Type)!.Tables.Where(table => table.Role != TableRole.Grouped))
            {
                // By their hashes, so that no collation has a say in the order.
                var rows = await connection.RowsAsync(
                    $"SELECT hash FROM (SELECT encode(sha256(convert_to(ROW({Sql.Names(table.Columns)})::text, 'UTF8')), 'hex') AS hash "
                    + $"FROM {facts.NameOf(table)} WHERE {Sql.Name(table.KeyColumn)} = {Sql.Key(entity, table.KeyForm)}) rows ORDER BY hash COLLATE \"C\"",
                    row => row.GetString(0),
                    stop).ConfigureAwait(false);
                digest.AppendData(Encoding.UTF8.GetBytes(table.Name + "\n"));
                foreach (var row in rows) digest.AppendData(Encoding.UTF8.GetBytes(row));
            }

            return Convert.ToHexString(digest.GetHashAndReset());
        },
        cancellationToken);

    /// <summary>Mean bytes of a row's values, from a few rows.</summary>
    private static string MeanBytesSql(TableFacts facts, TableLayout table, string where) =>
        $"SELECT avg(pg_column_size(sampled.*) - {RowHeader})::float8 FROM (SELECT * FROM {facts.NameOf(table)} WHERE {where} LIMIT {SampledRows}) sampled";

    private static double MeanBytes(object? answer) => answer is double bytes ? Math.Max(bytes, 0) : 0;
}
