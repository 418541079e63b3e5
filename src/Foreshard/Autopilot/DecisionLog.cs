using System.Globalization;
using Foreshard.Mapping;

namespace Foreshard.Autopilot;

/// <summary>Decisions as the mapping store keeps them. For one writer; anybody may read.</summary>
internal sealed class DecisionLog(IMappingStore store, int kept)
{
    public const string Prefix = "decision/";

    /// <summary>Records in one commit: well within what any store takes.</summary>
    private const int Batch = 64;

    private readonly SortedDictionary<long, long> revisions = [];

    /// <summary>Every decision that is kept, oldest first.</summary>
    public static async ValueTask<IReadOnlyList<Decision>> ReadAsync(IMappingStore store, CancellationToken cancellationToken) =>
        [.. (await store.ReadRecordsAsync(Prefix, cancellationToken).ConfigureAwait(false)).Select(record => Decision.FromJson(record.Value))];

    /// <summary>Begins where an earlier process ended.</summary>
    /// <returns>The decisions that it left open, and those whose forecast is still being compared.</returns>
    public async ValueTask<(IReadOnlyList<Decision> Left, IReadOnlyList<Decision> Compared)> OpenAsync(DateTime nowUtc, CancellationToken cancellationToken)
    {
        revisions.Clear();
        var (left, compared) = (new List<Decision>(), new List<Decision>());
        foreach (var record in await store.ReadRecordsAsync(Prefix, cancellationToken).ConfigureAwait(false))
        {
            var decision = Decision.FromJson(record.Value);
            revisions[decision.Id] = record.Revision;
            if (decision.State is DecisionState.Planned or DecisionState.Running) left.Add(decision);
            else if (decision is { State: DecisionState.Done, Forecast: { } forecast } && forecast.Until > nowUtc) compared.Add(decision);
        }

        return (left, compared);
    }

    /// <summary>The first of so many numbers for new decisions.</summary>
    public ValueTask<long> AllocateAsync(int count, CancellationToken cancellationToken) =>
        store.AllocateAsync(NumberKind.Operation, count, cancellationToken);

    /// <summary>Writes decisions, new ones and changed ones, and forgets the oldest above what is to be kept.</summary>
    /// <exception cref="MappingStoreException">The store can't be written; what was written before stays.</exception>
    public async ValueTask WriteAsync(IEnumerable<Decision> decisions, CancellationToken cancellationToken)
    {
        foreach (var batch in decisions.Chunk(Batch))
        {
            var writes = batch.Select(one => new RecordWrite(KeyOf(one.Id), revisions.GetValueOrDefault(one.Id), one.ToJson())).ToList();
            var version = await CommitAsync(writes, cancellationToken).ConfigureAwait(false);
            foreach (var one in batch) revisions[one.Id] = version;
        }

        while (revisions.Count > kept)
        {
            var oldest = revisions.Take(Math.Min(Batch, revisions.Count - kept)).ToList();
            await CommitAsync([.. oldest.Select(one => new RecordWrite(KeyOf(one.Key), one.Value, null))], cancellationToken).ConfigureAwait(false);
            foreach (var (id, _) in oldest) revisions.Remove(id);
        }
    }

    private async ValueTask<long> CommitAsync(IReadOnlyList<RecordWrite> writes, CancellationToken cancellationToken)
    {
        var result = await store.CommitAsync(new MappingChange { Records = [.. writes] }, cancellationToken).ConfigureAwait(false);
        if (result.IsCommitted) return result.Version;
        throw new MappingStoreException(
            $"Decisions of the autopilot can't be written: {result.Conflict}. Another process seems to run the autopilot of this store; nothing was lost.");
    }

    private static string KeyOf(long id) => Prefix + id.ToString("D12", CultureInfo.InvariantCulture);
}
