using System.Globalization;
using Foreshard.Partitions;
using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>
/// What units are, as rows of <c>foreshard_own</c>: a unit at one epoch never changes what it is, so it can be said before the partition has it and
/// counts from the moment on at which the owner row says the same epoch.
/// </summary>
internal static class UnitParts
{
    public const string Bucket = "bucket";
    public const string Isolated = "isolated";
    public const string Whole = "whole";
    public const string Home = "home";
    public const string Segment = "segment";
    public const string Taker = "taker";
    public const string Other = "other";
    public const string Interval = "interval";

    private const int UnitsAtATime = 500;

    /// <summary>So few units are written without a look at those that are there.</summary>
    private const int Few = 32;

    /// <summary>Writes what isn't there yet.</summary>
    public static async ValueTask WriteAsync(
        NpgsqlConnection connection, StoreLayout layout, IReadOnlyList<(Placement Unit, UnitRows Rows)> units, CancellationToken cancellationToken)
    {
        var known = units.Count <= Few
            ? []
            : (await connection.RowsAsync(
                "SELECT unit, epoch FROM foreshard_own.foreshard_extent", row => (row.GetInt32(0), row.GetInt64(1)), cancellationToken)
                .ConfigureAwait(false)).ToHashSet();
        foreach (var some in units.Where(one => !known.Contains((one.Unit.Unit.Value, one.Unit.Epoch))).Chunk(UnitsAtATime))
        {
            // Somebody else may be saying the same.
            var extents = some.Select(one => (one.Unit, Cover: UnitCover.Of(one.Rows))).Select(one => string.Create(
                CultureInfo.InvariantCulture, $"({one.Unit.Unit.Value}, {one.Unit.Epoch}, {one.Cover.Core}, {one.Cover.Grouped})"));
            var parts = some.SelectMany(one => Of(one.Rows, layout).Select(part => string.Create(
                CultureInfo.InvariantCulture, $"({one.Unit.Unit.Value}, {one.Unit.Epoch}::bigint, {part})")));
            await connection.ExecuteAsync(
                $"WITH written AS (INSERT INTO foreshard_own.foreshard_extent (unit, epoch, core, grouped) VALUES {string.Join(", ", extents)} "
                + "ON CONFLICT DO NOTHING RETURNING unit, epoch) "
                + "INSERT INTO foreshard_own.foreshard_part (unit, epoch, kind, entity_type, entity_key, segment, begins, ends) SELECT p.* FROM "
                + $"(VALUES {string.Join(", ", parts)}) p (unit, epoch, kind, entity_type, entity_key, segment, begins, ends) JOIN written USING (unit, epoch)",
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Forgets units that have left or go by another epoch.</summary>
    public static async ValueTask ForgetAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Gone = "USING foreshard.owner o WHERE o.unit = e.unit AND (o.epoch > e.epoch OR (o.epoch = e.epoch AND o.state = 3))";
        await connection.ExecuteAsync(
            $"DELETE FROM foreshard_own.foreshard_part e {Gone}; DELETE FROM foreshard_own.foreshard_extent e {Gone}", cancellationToken).ConfigureAwait(false);
    }

    private static IEnumerable<string> Of(UnitRows rows, StoreLayout layout)
    {
        switch (rows)
        {
            case BucketRows bucket:
                yield return Line(Bucket, null);
                foreach (var entity in bucket.Isolated) yield return Line(Isolated, entity);
                break;

            case ShardRows { Scope.IsWhole: true } shard:
                yield return Line(Whole, shard.Entity);
                break;

            case ShardRows shard:
                if (shard.WithCore) yield return Line(Home, shard.Entity);
                foreach (var part in OfScope(shard, layout)) yield return part;
                break;
        }
    }

    private static IEnumerable<string> OfScope(ShardRows shard, StoreLayout layout)
    {
        var scope = shard.Scope;
        if (scope.Kind != GroupKind.Segment)
        {
            var form = layout.Of(shard.Entity.Type)?.Tables.FirstOrDefault(table => table.Role == TableRole.Grouped)?.GroupForm ?? ValueForm.Integer;
            yield return Line(Interval, shard.Entity, null, At(scope.From, form), At(scope.To, form));
        }
        else if (scope.TakesNew)
        {
            yield return Line(Taker, shard.Entity);
            foreach (var segment in shard.OtherSegments) yield return Line(Other, shard.Entity, segment);
        }
        else
        {
            foreach (var segment in scope.Segments) yield return Line(Segment, shard.Entity, segment);
        }
    }

    private static string? At(long? position, ValueForm form) => position is { } at ? Sql.PositionText(at, form) : null;

    private static string Line(string kind, EntityKey? entity, string? segment = null, string? begins = null, string? ends = null)
    {
        string?[] values = [kind, entity?.Type.Name, entity?.KeyText(), segment, begins, ends];
        return string.Join(", ", values.Select(text => text is null ? "NULL::text" : Sql.Text(text) + "::text"));
    }
}
