using Etcdserverpb;
using Foreshard.Mapping;
using Google.Protobuf;
using Grpc.Core;
using Mvccpb;

namespace Foreshard.Etcd;

/// <summary>Reads one store's keys. All reads are linearizable.</summary>
/// <remarks>Throws <see cref="FormatException"/> for what makes no sense, and what the connection throws.</remarks>
internal sealed class EtcdTable(EtcdConnection connection, EtcdKeys keys)
{
    /// <summary>Layout of keys and values; raised when one changes so that older versions would misread it.</summary>
    public const int Format = 1;

    /// <summary>Keys of one answer: 0.2 to 1 MB of entries, small beside what both sides take at once.</summary>
    private const int PageKeys = 2000;

    /// <summary>
    /// Ranges in which entries are read. etcd looks at every key up to a range's end for each page, so one range of a million keys would cost 500
    /// looks at a million; 64 cost 8 looks each at the 16,000 of theirs, and an empty table 64 short requests.
    /// </summary>
    private const int EntryRangeCount = 64;

    /// <summary>How often a load begins anew because etcd threw its revision away meanwhile: it keeps them for minutes at least.</summary>
    private const int MaxLoads = 5;

    /// <summary>What the store's version is now, and those records; both as of one moment. Absent records are left out.</summary>
    /// <exception cref="MappingStoreException">There is no such store.</exception>
    public async Task<(EtcdHead Head, Dictionary<string, (MappingRecord Record, long ModRevision)> Records)> ReadHeadAsync(
        IEnumerable<string> records, Deadline deadline, CancellationToken cancellationToken)
    {
        var request = new TxnRequest { Success = { EtcdValues.Get(keys.Version) } };
        request.Success.AddRange(records.Distinct(StringComparer.Ordinal).Select(key => EtcdValues.Get(keys.Record(key))));
        var answer = await TxnAsync(request, deadline, cancellationToken).ConfigureAwait(false);
        var head = EtcdHead.Of(answer.Read(0) ?? throw Missing(), answer.Header.Revision);
        var found = new Dictionary<string, (MappingRecord, long)>(StringComparer.Ordinal);
        foreach (var pair in answer.Responses.Skip(1).SelectMany(response => response.ResponseRange.Kvs))
        {
            var record = EtcdValues.RecordOf(keys, pair);
            found.Add(record.Key, (record, pair.ModRevision));
        }

        return (head, found);
    }

    /// <summary>The changes after one version up to another, in order; fewer if the log no longer reaches back so far.</summary>
    public async Task<List<EtcdChange>> ReadChangesAsync(long afterVersion, EtcdHead head, CancellationToken cancellationToken)
    {
        var changes = new List<EtcdChange>();
        var end = EtcdKeys.After(keys.Change(head.Version));
        await ScanAsync(keys.Change(afterVersion + 1), end, revision: 0, pair => changes.Add(EtcdChange.Of(keys, pair)), cancellationToken)
            .ConfigureAwait(false);
        return changes;
    }

    public Task<IReadOnlyList<MappingRecord>> ReadRecordsAsync(string prefix, CancellationToken cancellationToken) =>
        AtOneRevisionAsync<IReadOnlyList<MappingRecord>>(
            async (head, stop) =>
            {
                var records = new List<MappingRecord>();
                await ScanAsync(EtcdKeys.Records + prefix, head, pair => records.Add(EtcdValues.RecordOf(keys, pair)), stop).ConfigureAwait(false);
                return records;
            },
            cancellationToken);

    /// <summary>The whole table at one revision, page by page.</summary>
    public Task<(EtcdHead Head, MappingSnapshot Table)> LoadAsync(CancellationToken cancellationToken) => AtOneRevisionAsync(LoadAsync, cancellationToken);

    /// <summary>Everything at one revision.</summary>
    public Task<MappingContents> LoadContentsAsync(CancellationToken cancellationToken) => AtOneRevisionAsync(
        async (head, stop) =>
        {
            var (_, table) = await LoadAsync(head, stop).ConfigureAwait(false);
            var (records, numbers) = (new List<MappingRecord>(), new Dictionary<NumberKind, long>());
            await ScanAsync(EtcdKeys.Records, head, pair => records.Add(EtcdValues.RecordOf(keys, pair)), stop).ConfigureAwait(false);
            await ScanAsync(
                EtcdKeys.Numbers, head, pair => numbers.Add(Enum.Parse<NumberKind>(keys.NameOf(pair.Key, EtcdKeys.Numbers)), EtcdValues.NumberOf(pair)), stop)
                .ConfigureAwait(false);
            return new MappingContents(
                table,
                [.. records],
                new MappingNumbers(
                    numbers[NumberKind.Unit], numbers[NumberKind.Epoch], numbers[NumberKind.Operation], numbers[NumberKind.Partition]));
        },
        cancellationToken);

    public Task<TxnResponse> TxnAsync(TxnRequest request, Deadline deadline, CancellationToken cancellationToken) => connection.RepeatAsync(
        (endpoint, options) => endpoint.KV.TxnAsync(request, options).ResponseAsync, deadline, cancellationToken);

    public MappingStoreException Missing() => new(
        $"There is no mapping store {connection.Store} on etcd. Check the store's name and the nodes' addresses, or create the store first.");

    /// <summary>Whether there is a store.</summary>
    public async Task<bool> ExistsAsync(CancellationToken cancellationToken)
    {
        var request = new TxnRequest { Success = { EtcdValues.Get(keys.Format) } };
        return (await TxnAsync(request, connection.NewDeadline(), cancellationToken).ConfigureAwait(false)).Read(0) is not null;
    }

    private async Task<T> AtOneRevisionAsync<T>(Func<EtcdHead, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        for (var load = 1; ; load++)
        {
            try
            {
                var head = await ReadFormatAsync(cancellationToken).ConfigureAwait(false);
                return await read(head, cancellationToken).ConfigureAwait(false);
            }
            catch (RpcException error) when (EtcdErrors.IsCompacted(error))
            {
                if (load == MaxLoads) throw TooSlow(error);
            }
        }
    }

    private async Task<EtcdHead> ReadFormatAsync(CancellationToken cancellationToken)
    {
        var request = new TxnRequest { Success = { EtcdValues.Get(keys.Format), EtcdValues.Get(keys.Version) } };
        var answer = await TxnAsync(request, connection.NewDeadline(), cancellationToken).ConfigureAwait(false);
        var (format, version) = (answer.Read(0), answer.Read(1));
        if (format is null || version is null) throw Missing();
        if (EtcdValues.NumberOf(format) is not Format and var other)
            throw new FormatException($"it has format {other}; this version of Foreshard reads format {Format}");
        return EtcdHead.Of(version, answer.Header.Revision);
    }

    private async Task<(EtcdHead Head, MappingSnapshot Table)> LoadAsync(EtcdHead head, CancellationToken cancellationToken)
    {
        var (partitions, buckets, entries) = (new List<PartitionInfo>(), new List<Placement>(), new List<EntityEntry>());
        await ScanAsync(EtcdKeys.Partitions, head, pair => partitions.Add(StoredJson.ReadPartition(pair.Value.Span)), cancellationToken).ConfigureAwait(false);
        await ScanAsync(EtcdKeys.Buckets, head, pair => buckets.AddRange(StoredJson.ReadBuckets(pair.Value.Span)), cancellationToken).ConfigureAwait(false);
        var bounds = EntryRanges(buckets.Count);
        for (var range = 1; range < bounds.Count; range++)
        {
            await ScanAsync(
                bounds[range - 1],
                bounds[range],
                head.Revision,
                pair => entries.Add(StoredJson.ReadEntry(keys.EntityOf(pair.Key), pair.Value.Span)),
                cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return (head, MappingSnapshot.Restore(head.Version, [.. partitions], buckets, entries));
        }
        catch (ArgumentException error)
        {
            throw new FormatException(error.Message, error);
        }
    }

    /// <summary>Keys between which all entries lie, each range with about as many.</summary>
    private List<ByteString> EntryRanges(int bucketCount)
    {
        var pages = (bucketCount + EtcdKeys.PageSize - 1) / EtcdKeys.PageSize;
        var pagesOfRange = Math.Max(1, pages / EntryRangeCount);
        var all = keys.Of(EtcdKeys.Entries);
        var bounds = new List<ByteString> { all };
        for (var page = pagesOfRange; page < pages; page += pagesOfRange) bounds.Add(keys.Of(EtcdKeys.EntriesFrom(page)));
        bounds.Add(EtcdKeys.EndOf(all));
        return bounds;
    }

    private Task ScanAsync(string folder, EtcdHead head, Action<KeyValue> take, CancellationToken cancellationToken)
    {
        var start = keys.Of(folder);
        return ScanAsync(start, EtcdKeys.EndOf(start), head.Revision, take, cancellationToken);
    }

    /// <summary>Takes the pairs in order; the next page is on its way while one is taken.</summary>
    private async Task ScanAsync(ByteString start, ByteString end, long revision, Action<KeyValue> take, CancellationToken cancellationToken)
    {
        for (var next = PageAsync(start); next is not null;)
        {
            var page = await next.ConfigureAwait(false);
            next = page.More ? PageAsync(EtcdKeys.After(page.Kvs[^1].Key)) : null;
            foreach (var pair in page.Kvs) take(pair);
        }

        Task<RangeResponse> PageAsync(ByteString from)
        {
            var request = new RangeRequest { Key = from, RangeEnd = end, Limit = PageKeys, Revision = revision };
            return connection.RepeatAsync(
                (endpoint, options) => endpoint.KV.RangeAsync(request, options).ResponseAsync, connection.NewDeadline(), cancellationToken);
        }
    }

    private MappingStoreException TooSlow(RpcException error) => new(
        $"The mapping store {connection.Store} can't be read as of one moment: {MaxLoads} times etcd compacted its history before the end was reached. "
            + "Nothing was changed; compact less often (--auto-compaction-retention) and try again.",
        inner: error);
}
