using System.Collections.Immutable;

namespace Foreshard.Partitions;

/// <summary>A partition whose server may be another than it was: a standby that was promoted, or a backup that was restored.</summary>
internal interface IPromotable
{
    /// <summary>
    /// Makes the owner rows say what the mapping table says, and records the server as the partition's. What the partition should hold and has no row of is
    /// left out, unless it is said to serve it all the same: its rows went with the old server.
    /// </summary>
    /// <param name="owned">The units that the mapping table has here.</param>
    /// <param name="elsewhere">Where units are that the mapping table has elsewhere.</param>
    /// <param name="operations">Operations under way: what they have frozen, brought or activated and not yet decided is left to them.</param>
    /// <param name="isAccepting">Whether units that did not arrive on this server are served as they are here.</param>
    /// <param name="cancellationToken">Gives up; nothing is changed then.</param>
    ValueTask<Reconciliation> ReconcileAsync(
        IReadOnlyCollection<Placement> owned,
        Func<UnitId, Placement?> elsewhere,
        IReadOnlySet<long> operations,
        bool isAccepting,
        CancellationToken cancellationToken);
}

/// <summary>What a reconciliation found.</summary>
/// <param name="IsOtherServer">Whether the server was another than the one recorded.</param>
/// <param name="Ended">Units that this server took for its own and the mapping table has elsewhere; they no longer are.</param>
/// <param name="Missing">Units that the mapping table has here and that never arrived on this server, or at an older epoch.</param>
internal sealed record Reconciliation(bool IsOtherServer, ImmutableArray<UnitId> Ended, ImmutableArray<Placement> Missing);
