using Etcdserverpb;
using Foreshard.Mapping;

namespace Foreshard.Etcd;

/// <summary>Fills a new store. It is there once its format is written, which comes last; until then another attempt begins anew.</summary>
/// <param name="connection">Where.</param>
/// <param name="keys">Under which name.</param>
/// <param name="token">Who: every step looks that nobody else began meanwhile.</param>
internal sealed class EtcdCreation(EtcdConnection connection, EtcdKeys keys, string token)
{
    /// <summary>Keys of one transaction: below etcd's 128 and, pages of buckets at their largest, below its 1.5 MB.</summary>
    private const int Batch = 100;

    private readonly EtcdTable table = new(connection, keys);
    private readonly Google.Protobuf.ByteString mark = Google.Protobuf.ByteString.CopyFromUtf8(token);

    /// <exception cref="MappingStoreException">There is a store of that name, somebody else is making one, or etcd can't be written.</exception>
    public async Task FillAsync(MappingContents contents, CancellationToken cancellationToken)
    {
        await BeginAsync(cancellationToken).ConfigureAwait(false);
        foreach (var batch in Writes(contents).Chunk(Batch))
        {
            var request = new TxnRequest { Compare = { EtcdValues.Holds(keys.Creating, mark) } };
            request.Success.AddRange(batch);
            var answer = await table.TxnAsync(request, connection.NewDeadline(), cancellationToken).ConfigureAwait(false);
            if (!answer.Succeeded) throw MadeByAnother();
        }

        await EndAsync(new EtcdHead(contents.Table.Version, token, 0, 0), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The buckets of one page, in order.</summary>
    public static IEnumerable<Placement> BucketsOf(MappingSnapshot table, int page) =>
        Enumerable.Range(page * EtcdKeys.PageSize, Math.Min(EtcdKeys.PageSize, table.BucketCount - (page * EtcdKeys.PageSize)))
            .Select(bucket => table.PlacementOf(new UnitId(bucket)));

    /// <summary>Marks the store as being made and clears what an earlier attempt left.</summary>
    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        var request = new TxnRequest
        {
            Compare = { EtcdValues.ExistsSince(keys.Format, 0) },
            Success = { EtcdValues.Put(keys.Creating, mark), EtcdValues.Delete(keys.Version) },
        };
        string[] folders = [EtcdKeys.Partitions, EtcdKeys.Buckets, EtcdKeys.Entries, EtcdKeys.Records, EtcdKeys.Changes, EtcdKeys.Numbers];
        request.Success.AddRange(folders.Select(folder => EtcdValues.DeleteAll(keys.Of(folder))));
        var answer = await table.TxnAsync(request, connection.NewDeadline(), cancellationToken).ConfigureAwait(false);
        if (!answer.Succeeded) throw ThereIsOne();
    }

    private async Task EndAsync(EtcdHead head, CancellationToken cancellationToken)
    {
        var request = new TxnRequest
        {
            Compare = { EtcdValues.Holds(keys.Creating, mark), EtcdValues.ExistsSince(keys.Format, 0) },
            Success =
            {
                EtcdValues.Put(keys.Format, EtcdValues.Number(EtcdTable.Format)),
                EtcdValues.Put(keys.Version, head.ToValue()),
                EtcdValues.Delete(keys.Creating),
            },
            Failure = { EtcdValues.Get(keys.Version) },
        };
        var answer = await table.TxnAsync(request, connection.NewDeadline(), cancellationToken).ConfigureAwait(false);

        // Sent twice, the second finds what the first did.
        var isDone = answer.Succeeded || (answer.Read(0) is { } pair && EtcdHead.Of(pair, 0).Token == token);
        if (!isDone) throw MadeByAnother();
    }

    private IEnumerable<RequestOp> Writes(MappingContents contents)
    {
        var snapshot = contents.Table;
        foreach (var kind in Enum.GetValues<NumberKind>()) yield return EtcdValues.Put(keys.Number(kind), EtcdValues.Number(contents.Next.Of(kind)));
        foreach (var partition in snapshot.Partitions) yield return EtcdValues.Put(keys.Partition(partition.Id), StoredJson.Write(partition));
        for (var page = 0; page * EtcdKeys.PageSize < snapshot.BucketCount; page++)
            yield return EtcdValues.Put(keys.Page(page), StoredJson.Write(BucketsOf(snapshot, page)));
        foreach (var entry in snapshot.Entries())
            yield return EtcdValues.Put(keys.Entry(entry.Entity, snapshot.BucketOf(entry.Entity)), StoredJson.Write(entry));
        foreach (var record in contents.Records)
            yield return EtcdValues.Put(keys.Record(record.Key), EtcdValues.RecordValue(record.Revision, record.Value));
    }

    private MappingStoreException ThereIsOne() => new(
        $"There is a mapping store {connection.Store} on etcd already; open it, or choose another name. Nothing was changed.");

    private MappingStoreException MadeByAnother() => new(
        $"Another process has begun to make the mapping store {connection.Store} on etcd meanwhile, and goes on with it. Open it when that is done.");
}
