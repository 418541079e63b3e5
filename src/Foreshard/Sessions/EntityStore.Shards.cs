using System.Data.Common;
using Foreshard.Moving;
using Foreshard.Partitions;

namespace Foreshard.Sessions;

public sealed partial class EntityStore
{
    /// <summary>
    /// Runs a query on every partition that holds shards of an entity, in parallel; on each, the grouped tables show the shards there and
    /// nothing else. Cheaper than a session on the whole entity for sorting, limits, aggregates and joins.
    /// </summary>
    /// <param name="entity">The entity; it need not be split.</param>
    /// <param name="sql">The query. Core rows are the same on every partition, so name a grouped table in it.</param>
    /// <param name="read">Makes a result of the row that the reader stands on; called for several partitions at once.</param>
    /// <param name="arguments">Its parameters by name.</param>
    /// <param name="order">The order in which the query sorts its rows: results are merged by it. Null: partition after partition.</param>
    /// <param name="limit">Most results; give the query the same limit. Null: all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <remarks>Each partition is read at its own moment: a transfer between two shards may be seen half.</remarks>
    public async Task<IReadOnlyList<T>> QueryShardsAsync<T>(
        EntityKey entity,
        string sql,
        Func<DbDataReader, T> read,
        IReadOnlyDictionary<string, object?>? arguments = null,
        IComparer<T>? order = null,
        int? limit = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(read);
        var query = new SqlStatement(sql, arguments);
        var parts = await ReadShardsAsync(
            entity, session => Statement.ReadAsync(session.Connection, session.Transaction, query, read, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        var rows = order is null ? parts.SelectMany(part => part) : ShardMerge.Merge(parts, order);
        return [.. limit is { } most ? rows.Take(most) : rows];
    }

    /// <summary>Runs an aggregating query on every partition that holds shards of an entity, and combines the groups' results.</summary>
    /// <param name="entity">The entity; it need not be split.</param>
    /// <param name="sql">The query; its columns in the order of <paramref name="columns"/>.</param>
    /// <param name="columns">What each column is: a key that groups, or an aggregate and so how to combine it.</param>
    /// <param name="arguments">Its parameters by name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A row per group, ordered by the keys; without keys, one row.</returns>
    public async Task<IReadOnlyList<object?[]>> CombineShardsAsync(
        EntityKey entity,
        string sql,
        IReadOnlyList<ShardColumn> columns,
        IReadOnlyDictionary<string, object?>? arguments = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var rows = await QueryShardsAsync(entity, sql, reader => ShardMerge.Values(reader, columns.Count), arguments, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        return ShardMerge.Combine(rows, columns);
    }

    private async Task<IReadOnlyList<TPart>> ReadShardsAsync<TPart>(
        EntityKey entity, Func<IPartitionSession, Task<TPart>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await TryReadShardsAsync(entity, read, cancellationToken).ConfigureAwait(false);
        }
        catch (CopiesBehindException) when (member is not null)
        {
            await SettleCopiesAsync(entity, SessionOptions.Read.WaitLimit, cancellationToken).ConfigureAwait(false);
            return await TryReadShardsAsync(entity, read, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<TPart>> TryReadShardsAsync<TPart>(
        EntityKey entity, Func<IPartitionSession, Task<TPart>> read, CancellationToken cancellationToken)
    {
        var type = Check(entity, default, SessionOptions.Read);
        await SettleCoreAsync(entity, cancellationToken).ConfigureAwait(false);
        var session = new EntitySession(entity, default, SessionOptions.Read, options.Region, telemetry.Sessions);
        var holds = new WholeEntity(this, entity, null);
        await using (holds.ConfigureAwait(false))
        {
            var entry = await HoldShardsAsync(entity, holds, exclusive: false, session.Options.WaitLimit, cancellationToken).ConfigureAwait(false);
            if (entry is null)
            {
                var whole = await BeginAsync(entity, default, SessionOptions.Read, cancellationToken).ConfigureAwait(false);
                await using (whole.ConfigureAwait(false)) return [await whole.ReadAsync(read).ConfigureAwait(false)];
            }

            return await Task.WhenAll(entry.Shards
                .GroupBy(shard => shard.Placement.Partition)
                .OrderBy(shards => shards.Key)
                .Select(shards => Task.Run(() => ReadPartAsync(new AdmissionRequest
                {
                    Unit = shards.First().Placement,
                    Entity = entity,
                    Layout = type,
                    Scope = SessionScope.ReadOnly,
                    Union = ArmsOf(entry, shards),
                    Hold = holds.HoldOn(shards.Key),
                    WaitLimit = session.Options.WaitLimit,
                }, read, cancellationToken), cancellationToken))).ConfigureAwait(false);
        }
    }

    private async Task<TPart> ReadPartAsync<TPart>(AdmissionRequest request, Func<IPartitionSession, Task<TPart>> read, CancellationToken cancellationToken)
    {
        var admission = await partitions[request.Unit.Partition].AdmitAsync(request, cancellationToken).ConfigureAwait(false);
        if (admission.Refusal == RefusalKind.Behind) throw new CopiesBehindException(request.Entity);
        if (admission.Session is not { } session) throw new MoveInProgressException(request.Entity, request.WaitLimit);
        await using (session.ConfigureAwait(false)) return await read(session).ConfigureAwait(false);
    }
}
