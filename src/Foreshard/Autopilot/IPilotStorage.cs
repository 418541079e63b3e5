namespace Foreshard.Autopilot;

/// <summary>Where a store's autopilot keeps what it learned, and finds what was announced to it.</summary>
internal interface IPilotStorage
{
    /// <summary>What was saved last; null if nothing was.</summary>
    ValueTask<byte[]?> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Saves: whole or not at all.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> saved, CancellationToken cancellationToken);

    /// <summary>Puts aside what can't be used, so that nothing writes over it.</summary>
    /// <returns>Where it is now, in words.</returns>
    ValueTask<string> PutAsideAsync(CancellationToken cancellationToken);

    /// <summary>What was announced.</summary>
    ValueTask<AnnouncedEvents> ReadEventsAsync(CancellationToken cancellationToken);
}

/// <summary>How what sessions did in one process reaches the autopilot in another.</summary>
internal interface IAccessPost
{
    /// <summary>Leaves a batch.</summary>
    ValueTask PostAsync(ReadOnlyMemory<byte> batch, CancellationToken cancellationToken);

    /// <summary>Takes all batches there are.</summary>
    ValueTask<IReadOnlyList<byte[]>> TakeAsync(CancellationToken cancellationToken);
}
