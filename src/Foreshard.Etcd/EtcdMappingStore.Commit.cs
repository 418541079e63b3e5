using System.Collections.Immutable;
using Etcdserverpb;
using Foreshard.Mapping;
using Grpc.Core;

namespace Foreshard.Etcd;

internal sealed partial class EtcdMappingStore
{
    /// <summary>etcd's own limit on the operations of one transaction, and on what it compares.</summary>
    private const int MaxOperations = 128;

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(MappingChange change, CancellationToken cancellationToken) => new(LockedAsync(
        async deadline =>
        {
            // What this process knows is what is there, nearly always: it wrote last, or follows those who do. If etcd has not answered for a while, it is
            // asked first: what is sent to nodes that can't decide has an unknown outcome.
            cancellationToken.ThrowIfCancellationRequested();
            if (doubt is null && HasJustAnswered && known.Table.Conflict(change) is null && KnownRevisions(change.Records) is { } expected
                && await TryCommitAsync(change, expected, deadline).ConfigureAwait(false) is { } version)
                return new CommitResult(version, null);

            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (doubt is not null) await SettleAsync().ConfigureAwait(false);
                var (head, records) = await table.ReadHeadAsync(change.Records.Select(record => record.Key), deadline, cancellationToken)
                    .ConfigureAwait(false);
                await CatchUpAsync(head, cancellationToken).ConfigureAwait(false);
                if (known.Head.ModRevision != head.ModRevision) continue;

                if (known.Table.Conflict(change) is { } conflict) return new CommitResult(0, conflict);
                if (RecordConflict(change.Records, records) is { } recordConflict) return new CommitResult(0, recordConflict);
                var revisions = change.Records.Select(write => records.TryGetValue(write.Key, out var found) ? found.ModRevision : 0);
                if (await TryCommitAsync(change, [.. revisions], deadline).ConfigureAwait(false) is { } committed) return new CommitResult(committed, null);
            }
        },
        cancellationToken));

    /// <summary>Where in etcd the records must stand if they are as expected; null if that can't be said without a look.</summary>
    private List<long>? KnownRevisions(ImmutableArray<RecordWrite> writes)
    {
        var revisions = new List<long>();
        foreach (var (_, expected, _) in writes)
        {
            var revision = 0L;
            if (expected > 0 && !commits.TryGetValue(expected, out revision)) return null;
            revisions.Add(revision);
        }

        return writes.Select(write => write.Key).Distinct(StringComparer.Ordinal).Count() == writes.Length ? revisions : null;
    }

    private static string? RecordConflict(
        ImmutableArray<RecordWrite> writes, Dictionary<string, (MappingRecord Record, long ModRevision)> records)
    {
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, expected, _) in writes)
        {
            if (!written.Add(key)) return $"the record '{key}' stands twice in the change.";
            var revision = records.TryGetValue(key, out var found) ? found.Record.Revision : 0;
            if (revision != expected) return $"the record '{key}' is expected at revision {expected}; it is at {revision} (0: there is none).";
        }

        return null;
    }

    /// <summary>All that the change writes, if the store's version has not been touched since it was read.</summary>
    private TxnRequest Transaction(Doubt attempt)
    {
        var (change, next) = (attempt.Change, attempt.Table);
        var head = new EtcdHead(next.Version, attempt.Token, 0, 0);
        var request = new TxnRequest
        {
            Compare = { attempt.Before.Stands(keys) },
            Success =
            {
                EtcdValues.Put(keys.Version, head.ToValue()),
                EtcdValues.Put(keys.Change(next.Version), EtcdChange.ToValue(attempt.Token, attempt.Before.Token, change)),
            },
        };
        var writes = request.Success;
        if (next.Version > MappingFeed.Capacity) writes.Add(EtcdValues.Delete(keys.Change(next.Version - MappingFeed.Capacity)));
        writes.AddRange(change.Buckets.Select(bucket => bucket.Unit.Value / EtcdKeys.PageSize).Distinct().Select(page =>
            EtcdValues.Put(keys.Page(page), StoredJson.Write(EtcdCreation.BucketsOf(next, page)))));
        writes.AddRange(change.RemovedEntries.Select(entity => EtcdValues.Delete(keys.Entry(entity, next.BucketOf(entity)))));
        writes.AddRange(change.Entries.Select(entry =>
            EtcdValues.Put(keys.Entry(entry.Entity, next.BucketOf(entry.Entity)), StoredJson.Write(entry))));
        writes.AddRange(change.Partitions.Select(partition => EtcdValues.Put(keys.Partition(partition.Id), StoredJson.Write(partition))));
        writes.AddRange(change.Records.Select(write => write.Value is { } value
            ? EtcdValues.Put(keys.Record(write.Key), EtcdValues.RecordValue(next.Version, value))
            : EtcdValues.Delete(keys.Record(write.Key))));
        if (writes.Count <= MaxOperations) return request;
        throw new MappingStoreException(
            $"A change of the mapping store {connection.Store} writes {writes.Count} keys, and etcd takes {MaxOperations} at once. Nothing was changed; "
                + "make several smaller changes of it.");
    }

    /// <summary>Sends the change once, if the table is as it is known and the records stand where they are expected.</summary>
    /// <returns>The version that it made; null: it was not committed and never will be, so the table is looked at again.</returns>
    private async Task<long?> TryCommitAsync(MappingChange change, List<long> revisions, Deadline deadline)
    {
        var before = known;
        var attempt = new Doubt(before.Head, NewToken(), change, before.Table.With(change, before.Head.Version + 1));
        var request = Transaction(attempt);
        request.Compare.AddRange(change.Records.Zip(revisions, (write, revision) => EtcdValues.IsAt(keys.Record(write.Key), revision)));
        return await TryCommitAsync(attempt, request, deadline).ConfigureAwait(false) ? attempt.Table.Version : null;
    }

    /// <summary>Sends the transaction once. False: it was not committed and never will be, so the table is looked at again.</summary>
    private async Task<bool> TryCommitAsync(Doubt attempt, TxnRequest request, Deadline deadline)
    {
        try
        {
            var answer = await connection.OnceAsync((endpoint, options) => endpoint.KV.TxnAsync(request, options).ResponseAsync, deadline)
                .ConfigureAwait(false);
            if (answer.Succeeded) Take(attempt, answer.Header.Revision);
            return answer.Succeeded;
        }
        catch (RpcException error)
        {
            doubt = attempt with { Error = error };
            return await SettleAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Finds out what became of a change that was sent and not answered: whether it was committed.</summary>
    /// <remarks>
    /// Reading is not enough, since the change may still be on its way. So the version is written again as it was: either that succeeds, and the
    /// change, which compares the revision of that key, can never be committed; or somebody wrote it before, and the log says who.
    /// </remarks>
    /// <exception cref="MappingStoreException">It can't be found out now; the next call tries again before it does anything else.</exception>
    private async Task<bool> SettleAsync()
    {
        var attempt = doubt!;
        var fence = new TxnRequest
        {
            Compare = { attempt.Before.Stands(keys) },
            Success = { EtcdValues.Put(keys.Version, attempt.Before.ToValue()) },
            Failure = { EtcdValues.Get(keys.Change(attempt.Table.Version)), EtcdValues.Get(keys.Version) },
        };
        TxnResponse answer;
        try
        {
            answer = await table.TxnAsync(fence, connection.NewDeadline(), CancellationToken.None).ConfigureAwait(false);
        }
        catch (MappingStoreException error)
        {
            throw EtcdErrors.UnknownOutcome(connection.Store, connection.Timeout, attempt.Error ?? (Exception)error);
        }

        doubt = null;
        if (answer.Succeeded) return false;
        if (answer.Read(0) is { } pair)
        {
            var logged = EtcdChange.Of(keys, pair);
            if (logged.Token != attempt.Token) return false;
            if (known.Head.Version < attempt.Table.Version) Take(attempt, logged.ModRevision);
            return true;
        }

        // Without a change of that number the version is still what it was, or so many followed that the log no longer says.
        var head = EtcdHead.Of(answer.Read(1) ?? throw table.Missing(), answer.Header.Revision);
        return head.Version < attempt.Table.Version
            ? false
            : throw EtcdErrors.UnknownOutcome(connection.Store, connection.Timeout, attempt.Error!);
    }

    private void Take(Doubt attempt, long revision) => Take(
        new EtcdHead(attempt.Table.Version, attempt.Token, revision, revision), attempt.Table, new MappingUpdate(attempt.Table.Version, attempt.Change));

    /// <summary>A change on its way.</summary>
    /// <param name="Before">What it compares with.</param>
    /// <param name="Token">What it leaves if it is committed.</param>
    /// <param name="Change">The change.</param>
    /// <param name="Table">The table after it.</param>
    private sealed record Doubt(EtcdHead Before, string Token, MappingChange Change, MappingSnapshot Table)
    {
        /// <summary>Why there was no answer.</summary>
        public RpcException? Error { get; init; }
    }
}
