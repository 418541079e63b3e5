namespace Foreshard.Partitions;

/// <summary>Another session kept the right to write on a partition for longer than this one was willing to wait. Nothing was done.</summary>
public sealed class WriterBusyException : ForeshardException
{
    internal WriterBusyException(string partition, TimeSpan waited)
        : base($"Another session has been writing on partition '{partition}' for {waited.TotalMilliseconds:0} ms, and one writes at a time. "
            + "Nothing was done, so the call may be repeated. Keep writing sessions short, and dispose of one before beginning the next; "
            + "the wait is SessionOptions.WaitLimit.")
    {
        Partition = partition;
        Waited = waited;
    }

    /// <summary>The partition's name.</summary>
    public string Partition { get; }

    /// <summary>How long the session waited.</summary>
    public TimeSpan Waited { get; }
}
