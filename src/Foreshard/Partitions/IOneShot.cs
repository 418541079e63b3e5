using System.Data.Common;

namespace Foreshard.Partitions;

/// <summary>A partition that a session can be sent to as a whole: its beginning, its statements and its commit, in one round trip.</summary>
/// <remarks>Safe for concurrent use. An engine without a network has no use for it.</remarks>
internal interface IOneShot
{
    /// <summary>Runs statements in a session of their own and commits it, without waiting for a unit that is on its way.</summary>
    /// <param name="request">The session; not on the whole of a split entity, and without a hold.</param>
    /// <param name="statements">What to run, in this order.</param>
    /// <param name="read">Makes a result of each row of the last statement; null: its rows are not read.</param>
    /// <param name="cancellationToken">Gives up; as with a commit, what was sent may be done all the same.</param>
    /// <returns>
    /// Null, having done nothing, if the unit is not ready here, or this can't be sent at once: a session that is begun as usual finds out why.
    /// </returns>
    /// <exception cref="SessionScopeException">A statement was outside of what the session is for; rolled back.</exception>
    /// <exception cref="DbException">A statement or the commit failed, as the driver says; rolled back.</exception>
    /// <exception cref="ForeshardException">The connection broke: all was done, or nothing.</exception>
    ValueTask<OneShot<T>?> TryRunAsync<T>(
        AdmissionRequest request, IReadOnlyList<SqlStatement> statements, Func<DbDataReader, T>? read, CancellationToken cancellationToken);
}

/// <summary>What a session that was sent as a whole came to.</summary>
/// <param name="Changed">Rows that each statement changed, as the driver counts them.</param>
/// <param name="Rows">What was read.</param>
/// <param name="Usage">What it cost.</param>
internal sealed record OneShot<T>(IReadOnlyList<int> Changed, IReadOnlyList<T> Rows, SessionUsage Usage);
