using Foreshard.Diagnostics;
using Foreshard.Mapping;
using Foreshard.Partitions;

namespace Foreshard.Autopilot;

/// <summary>Reads the logs of partitions that have one, and takes away what nobody needs any more. For one thread.</summary>
/// <remarks>A partition whose log can't be read is told of and left for the next time; nothing of it is lost.</remarks>
internal sealed class WriteLogReader(StoreTelemetry telemetry)
{
    private readonly SortedDictionary<PartitionId, AutopilotWriteLog> shown = [];
    private readonly HashSet<PartitionId> off = [];

    /// <summary>How each log was when it was read last, in the order of the partitions' numbers.</summary>
    public IReadOnlyList<AutopilotWriteLog> Shown => [.. shown.Values];

    /// <summary>Whether the partition's log is read, so that nothing need be estimated there.</summary>
    public bool Has(PartitionId partition) => shown.ContainsKey(partition);

    /// <summary>Reads every log, and hands over what each tells before it is confirmed there.</summary>
    /// <param name="partitions">All partitions.</param>
    /// <param name="map">Which of them have their log read.</param>
    /// <param name="window">How long ago the interval began that is being closed.</param>
    /// <param name="now">The time.</param>
    /// <param name="take">Takes what was read.</param>
    /// <param name="cancellationToken">Gives up; what wasn't confirmed comes again.</param>
    public async ValueTask ReadAsync(
        PartitionSet partitions, MappingSnapshot map, TimeSpan window, DateTime now, Action<LoggedWrites> take, CancellationToken cancellationToken)
    {
        foreach (var partition in partitions.All)
        {
            if (partition is not IWriteLog log) continue;
            var isOn = map.PartitionOf(partition.Id) is { HasWriteLog: true, State: not PartitionState.Removed };
            if (isOn)
            {
                off.Remove(partition.Id);
                await ReadAsync(partition, log, window, now, take, cancellationToken).ConfigureAwait(false);
            }
            else if (shown.Remove(partition.Id) | !off.Contains(partition.Id))
            {
                await DropAsync(partition, log, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes away what processes left in partitions that died while they moved something.</summary>
    public static async ValueTask SweepAsync(PartitionSet partitions, CancellationToken cancellationToken)
    {
        foreach (var log in partitions.All.OfType<IWriteLog>())
        {
            try
            {
                await log.DropLeftoversAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (ForeshardException)
            {
                // It is away; what is left there does no harm until the next time.
            }
        }
    }

    private async ValueTask ReadAsync(
        IPartition partition, IWriteLog log, TimeSpan window, DateTime now, Action<LoggedWrites> take, CancellationToken cancellationToken)
    {
        var before = shown.GetValueOrDefault(partition.Id);
        try
        {
            var read = await log.ReadWritesAsync(window, cancellationToken).ConfigureAwait(false);
            take(read);
            shown[partition.Id] = new AutopilotWriteLog(
                partition.Name, now, read.LagBytes, (before?.UnknownRows ?? 0) + read.UnknownRows, read.Notice);
            if (read.Notice is { } notice) telemetry.WriteLogTroubled(partition.Name, notice);
            await log.ConfirmWritesAsync(read, cancellationToken).ConfigureAwait(false);
        }
        catch (ForeshardException exception)
        {
            shown[partition.Id] = (before ?? new AutopilotWriteLog(partition.Name, null, 0, 0, null)) with { Notice = exception.Message };
            if (before?.Notice != exception.Message) telemetry.WriteLogTroubled(partition.Name, exception.Message);
        }
    }

    private async ValueTask DropAsync(IPartition partition, IWriteLog log, CancellationToken cancellationToken)
    {
        try
        {
            await log.DropWriteLogAsync(cancellationToken).ConfigureAwait(false);
            off.Add(partition.Id);
        }
        catch (ForeshardException exception)
        {
            telemetry.WriteLogTroubled(partition.Name, exception.Message);
        }
    }
}
