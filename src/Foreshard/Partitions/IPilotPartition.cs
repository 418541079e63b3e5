namespace Foreshard.Partitions;

/// <summary>What a partition keeps for the autopilot where several processes have the store open.</summary>
internal interface IPilotPartition
{
    /// <summary>How long an answer of the server takes at best, asked a few times on a connection of sessions, which is open before the clock runs.</summary>
    ValueTask<TimeSpan> MeasureRoundTripAsync(CancellationToken cancellationToken);

    /// <summary>Leaves a batch of access counts, or of round trips, with the rights of a session.</summary>
    ValueTask PostBatchAsync(ReadOnlyMemory<byte> batch, CancellationToken cancellationToken);

    /// <summary>Takes the batches there are, oldest first.</summary>
    ValueTask<IReadOnlyList<byte[]>> TakeBatchesAsync(CancellationToken cancellationToken);

    /// <summary>What was saved under a name, and when; null if nothing was.</summary>
    ValueTask<(DateTimeOffset At, byte[] Data)?> ReadSavedAsync(string name, CancellationToken cancellationToken);

    /// <summary>Saves something under a name.</summary>
    ValueTask WriteSavedAsync(string name, DateTimeOffset at, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);
}
