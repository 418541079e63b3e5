using Foreshard.Mapping;
using Foreshard.Partitions;

namespace Foreshard.Autopilot;

/// <summary>
/// Where the autopilot of a store that several processes have open keeps what it learned: on the first partition that takes it, since any process may
/// be the next to run it; profiles are too large for the mapping store. Access counts come by way of the partitions too. Safe for concurrent use.
/// </summary>
/// <param name="partitions">The partitions.</param>
/// <param name="mapping">Where announced events are: people write them, and few.</param>
/// <param name="time">Clock.</param>
internal sealed class SharedStorage(PartitionSet partitions, IMappingStore mapping, TimeProvider time) : IPilotStorage, IAccessPost
{
    private const string Profiles = "autopilot.profiles";

    private IEnumerable<IPilotPartition> All => partitions.All.OfType<IPilotPartition>();

    /// <summary>The newest on any partition: the first may have been away when it was saved last.</summary>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken)
    {
        (DateTimeOffset At, byte[] Data)? newest = null;
        foreach (var partition in All)
        {
            try
            {
                var found = await partition.ReadSavedAsync(Profiles, cancellationToken).ConfigureAwait(false);
                if (found is { } one && (newest is null || one.At > newest.Value.At)) newest = one;
            }
            catch (ForeshardException)
            {
                // It is away; what it has may be older than what another has.
            }
        }

        return newest?.Data;
    }

    public ValueTask WriteAsync(ReadOnlyMemory<byte> saved, CancellationToken cancellationToken) =>
        OnFirstAsync(partition => partition.WriteSavedAsync(Profiles, time.GetUtcNow(), saved, cancellationToken));

    public async ValueTask<string> PutAsideAsync(CancellationToken cancellationToken)
    {
        if (await ReadAsync(cancellationToken).ConfigureAwait(false) is { } saved)
        {
            await OnFirstAsync(partition => partition.WriteSavedAsync(Profiles + ".unusable", time.GetUtcNow(), saved, cancellationToken))
                .ConfigureAwait(false);
        }

        return $"{Profiles}.unusable in the table foreshard.saved";
    }

    public ValueTask<AnnouncedEvents> ReadEventsAsync(CancellationToken cancellationToken) => AnnouncedEvents.ReadAsync(mapping, cancellationToken);

    public ValueTask PostAsync(ReadOnlyMemory<byte> batch, CancellationToken cancellationToken) =>
        OnFirstAsync(partition => partition.PostBatchAsync(batch, cancellationToken));

    public async ValueTask<IReadOnlyList<byte[]>> TakeAsync(CancellationToken cancellationToken)
    {
        var taken = new List<byte[]>();
        foreach (var partition in All)
        {
            try
            {
                taken.AddRange(await partition.TakeBatchesAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (ForeshardException)
            {
                // They are there when it is back.
            }
        }

        return taken;
    }

    private async ValueTask OnFirstAsync(Func<IPilotPartition, ValueTask> action)
    {
        ForeshardException? failure = null;
        foreach (var partition in All)
        {
            try
            {
                await action(partition).ConfigureAwait(false);
                return;
            }
            catch (ForeshardException exception)
            {
                failure = exception;
            }
        }

        if (failure is not null) throw failure;
    }
}
