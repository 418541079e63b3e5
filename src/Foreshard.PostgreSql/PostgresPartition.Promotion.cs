using System.Collections.Immutable;
using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql;

internal sealed partial class PostgresPartition : IPromotable
{
    private const string SameServer = "SELECT p.system_identifier = c.system_identifier AND p.timeline = foreshard.timeline() "
        + "FROM foreshard.partition p, pg_control_system() c";

    public async ValueTask<Reconciliation> ReconcileAsync(
        IReadOnlyCollection<Placement> owned,
        Func<UnitId, Placement?> elsewhere,
        IReadOnlySet<long> operations,
        bool isAccepting,
        CancellationToken cancellationToken)
    {
        var unguarded = server.Unchecked();
        await using (unguarded.ConfigureAwait(false))
        {
            try
            {
                var connection = await unguarded.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
                    await using (transaction.ConfigureAwait(false))
                    {
                        var found = await ReconcileAsync(connection, owned, elsewhere, operations, isAccepting, cancellationToken).ConfigureAwait(false);
                        await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
                        server.Clear();
                        return found;
                    }
                }
            }
            catch (NpgsqlException exception)
            {
                throw PartitionServerException.From(exception, Name);
            }
        }
    }

    private static async ValueTask<Reconciliation> ReconcileAsync(
        NpgsqlConnection connection,
        IReadOnlyCollection<Placement> owned,
        Func<UnitId, Placement?> elsewhere,
        IReadOnlySet<long> operations,
        bool isAccepting,
        CancellationToken cancellationToken)
    {
        // Whoever has an old snapshot is refused from here on, and the row keeps freezes out until the end.
        await connection.ExecuteAsync("SELECT foreshard.raise_generation()", cancellationToken).ConfigureAwait(false);
        var isSame = await connection.ScalarAsync(SameServer, cancellationToken).ConfigureAwait(false) is true;
        var rows = (await PartitionTables.ReadOwnersAsync(connection, cancellationToken).ConfigureAwait(false)).ToDictionary(row => row.Unit);
        var mine = owned.ToDictionary(placement => placement.Unit);
        var missing = owned.Where(placement => !IsHere(rows.GetValueOrDefault(placement.Unit), placement, operations)).ToImmutableArray();
        var ended = rows.Values
            .Where(row => row.State != OwnerState.Moved && !mine.ContainsKey(row.Unit) && !IsUnderWay(row, elsewhere(row.Unit), operations))
            .ToImmutableArray();
        List<OwnerRow> written =
        [
            .. ended.Select(row => row with { State = OwnerState.Moved, Operation = 0, Successor = elsewhere(row.Unit) }),
            .. isAccepting ? missing.Select(placement => new OwnerRow(placement.Unit, placement.Epoch, OwnerState.Active, 0, null)) : [],
        ];
        foreach (var some in written.Chunk(1000)) await PartitionTables.WriteOwnersAsync(connection, some, cancellationToken).ConfigureAwait(false);
        await connection.ExecuteAsync(
            "UPDATE foreshard.partition p SET system_identifier = c.system_identifier, timeline = foreshard.timeline() FROM pg_control_system() c",
            cancellationToken).ConfigureAwait(false);
        return new Reconciliation(!isSame, [.. ended.Select(row => row.Unit)], missing);
    }

    /// <summary>An operation goes on, or somebody takes it up: it serves the unit once that is decided, or deletes what came of it.</summary>
    private static bool IsUnderWay(OwnerRow row, Placement? elsewhere, IReadOnlySet<long> operations) =>
        operations.Contains(row.Operation) && (row.State != OwnerState.Active || elsewhere is not { } decided || row.Epoch > decided.Epoch);

    private static bool IsHere(OwnerRow? row, Placement placement, IReadOnlySet<long> operations) => row is not null
        && row.Epoch == placement.Epoch
        && (row.State == OwnerState.Active || (row.State == OwnerState.Frozen && operations.Contains(row.Operation)));
}
