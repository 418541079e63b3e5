using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Foreshard.Partitions;
using Foreshard.Schema;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

internal sealed partial class SqlitePartition
{
    /// <summary>Rows whose lengths are looked at for an estimate of bytes.</summary>
    private const int SampledRows = 100;

    /// <summary>Rows counted one by one; a unit with more is large, however many they are.</summary>
    private const int CountedRows = 100_000;

    public ValueTask<UnitSize> EstimateAsync(UnitRows rows, CancellationToken cancellationToken) => ReadAsync(
        connection =>
        {
            long count = 0, bytes = 0;
            foreach (var table in layout.Layout.Entities.SelectMany(entity => entity.Tables))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (RowSource.Where(rows, table, "main") is not { } where) continue;
                var ofTable = (long)PartitionFiles.Scalar(
                    connection, $"SELECT count(*) FROM (SELECT 1 FROM {Sql.Name(table.Name)} WHERE {where} LIMIT {CountedRows})")!;
                count += ofTable;
                if (ofTable > 0) bytes += (long)(ofTable * MeanBytes(connection, "main", table, where));
            }

            return new UnitSize(count, bytes);
        },
        cancellationToken);

    public ValueTask<IReadOnlyList<EntitySize>> ReadSizesAsync(CancellationToken cancellationToken) => ReadAsync(
        connection =>
        {
            var sizes = new List<EntitySize>();
            foreach (var table in layout.Layout.Entities.SelectMany(entity => entity.Tables))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var mean = MeanBytes(connection, "main", table, "1");
                var key = Sql.Name(table.KeyColumn);
                var isCore = table.Role != TableRole.Grouped;
                var hasGroups = !isCore && layout.Layout.Of(table.Owner!)!.GroupKind is GroupKind.Segment or GroupKind.Date;
                var group = hasGroups ? Sql.Name(table.GroupColumn!) : "NULL";
                sizes.AddRange(PartitionTables.Rows(
                    connection,
                    $"SELECT {key}, {group}, count(*) FROM {Sql.Name(table.Name)} GROUP BY 1, 2",
                    reader => new EntitySize(
                        Sql.ReadKey(table.Owner!, table.KeyForm, reader.GetValue(0)),
                        hasGroups ? Sql.ReadGroup(table.GroupForm, reader.GetValue(1)) : default,
                        isCore,
                        reader.GetInt64(2),
                        reader.GetInt64(2) * mean)));
            }

            return (IReadOnlyList<EntitySize>)sizes;
        },
        cancellationToken);

    public async IAsyncEnumerable<(EntityKey Entity, long Rows)> ReadKeysAsync(
        TableLayout table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var key = Sql.Name(table.KeyColumn);
        var counts = await ReadAsync(
            connection => PartitionTables.Rows(
                connection,
                $"SELECT {key}, count(*) FROM {Sql.Name(table.Name)} GROUP BY {key}",
                reader => (Key: Sql.ReadKey(table.Owner!, table.KeyForm, reader.GetValue(0)), Rows: reader.GetInt64(1))),
            cancellationToken).ConfigureAwait(false);
        foreach (var count in counts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return count;
        }
    }

    public ValueTask<IReadOnlyList<(string Table, long Rows)>> CountStrayAsync(
        EntityKey entity, ImmutableArray<ShardRows> shards, CancellationToken cancellationToken) => ReadAsync(
        connection =>
        {
            var stray = new List<(string, long)>();
            foreach (var table in layout.Layout.Of(entity.Type)!.Tables.Where(table => table.Role == TableRole.Grouped))
            {
                // Groups are few or adjacent: the index that leads with key and group gives them without reading the rows.
                var group = Sql.Name(table.GroupColumn!);
                var ofEntity = $"{Sql.Name(table.KeyColumn)} = {Sql.Key(entity, table.KeyForm)}";
                var outside = shards.Length == 0 ? "1" : string.Join(" AND ", shards.Select(shard => $"NOT ({RowPredicate.Instance.For(shard, table)})"));
                var rows = (long)PartitionFiles.Scalar(connection, $"SELECT count(*) FROM {Sql.Name(table.Name)} WHERE {ofEntity} AND {outside}")!;
                var malformed = PartitionTables.Rows(
                    connection,
                    $"SELECT {group}, count(*) FROM {Sql.Name(table.Name)} WHERE {ofEntity} GROUP BY {group}",
                    reader => Sql.ReadGroup(table.GroupForm, reader.GetValue(0)).IsNone ? reader.GetInt64(1) : 0).Sum();
                if (rows + malformed > 0) stray.Add((table.Name, rows + malformed));
            }

            return (IReadOnlyList<(string, long)>)stray;
        },
        cancellationToken);

    public ValueTask<string> DigestCoreAsync(EntityKey entity, CancellationToken cancellationToken) => ReadAsync(
        connection =>
        {
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var table in layout.Layout.Of(entity.Type)!.Tables.Where(table => table.Role != TableRole.Grouped))
            {
                using var command = connection.CreateCommand();
                command.CommandText = $"SELECT {string.Join(", ", table.Columns.Select(column => $"quote({Sql.Name(column)})"))} FROM {Sql.Name(table.Name)} "
                    + $"WHERE {Sql.Name(table.KeyColumn)} = {Sql.Key(entity, table.KeyForm)} ORDER BY {Sql.Names(table.PrimaryKey)}";
                using var reader = command.ExecuteReader();
                while (reader.Read())
                {
                    digest.AppendData(Encoding.UTF8.GetBytes(table.Name));
                    for (var field = 0; field < reader.FieldCount; field++) digest.AppendData(Encoding.UTF8.GetBytes(reader.GetString(field) + "\n"));
                }
            }

            return Convert.ToHexString(digest.GetHashAndReset());
        },
        cancellationToken);

    /// <summary>Mean bytes of a row's values, from a few rows.</summary>
    internal static double MeanBytes(SqliteConnection connection, string schema, TableLayout table, string where)
    {
        var length = string.Join(" + ", table.Columns.Select(column => $"coalesce(length(CAST({Sql.Name(column)} AS BLOB)), 0)"));
        var sampled = $"SELECT * FROM {schema}.{Sql.Name(table.Name)} WHERE {where} LIMIT {SampledRows}";
        return PartitionFiles.Scalar(connection, $"SELECT avg({length}) FROM ({sampled})") is double mean ? mean : 0;
    }
}
