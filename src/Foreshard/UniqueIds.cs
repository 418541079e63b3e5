namespace Foreshard;

/// <summary>Gives out 64-bit ids that are unique in the whole store and grow with time.</summary>
/// <remarks>
/// <para>
/// An id is positive: 41 bits of milliseconds since 2024-01-01 UTC, 10 bits of node number, 12 bits of sequence; good until 2093. Two
/// ids of one instance compare as they were given out; ids of different nodes compare by their milliseconds.
/// </para>
/// <para>
/// Safe for concurrent use, without locks. No id repeats: when the clock goes back, or more than 4096 ids are asked for in one
/// millisecond, counting goes on from the last id, ahead of the clock. So that a process started anew doesn't meet ids of the one
/// before it, counting starts <see cref="StartsAhead"/> ahead of the clock. That holds unless the former process was further ahead
/// than that when it ended (it gave out more than 4096 ids per millisecond for long) or the clock was set back in between by more.
/// </para>
/// <para>At most one instance may use a node number at a time.</para>
/// </remarks>
public sealed class UniqueIds
{
    /// <summary>Largest node number; the smallest is 0.</summary>
    public const int MaxNode = (1 << NodeBits) - 1;

    private const int NodeBits = 10;
    private const int SequenceBits = 12;
    private const int MillisecondBits = 41;
    private const long SequenceMask = (1L << SequenceBits) - 1;
    private static readonly DateTimeOffset Epoch = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TimeProvider time;
    private readonly Func<bool>? isOurs;
    private readonly long nodeBits;

    /// <summary>Milliseconds and sequence of the last id, without its node number. Only grows.</summary>
    private long last;

    /// <summary>Ids with that node number.</summary>
    /// <param name="node">0 to <see cref="MaxNode"/>; no other instance of the whole store may have it at the same time.</param>
    /// <param name="time">The clock.</param>
    public UniqueIds(int node, TimeProvider time)
        : this(node, time, null)
    {
    }

    /// <param name="node">As above.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isOurs">Whether the node number is still this instance's alone; null: it always is.</param>
    internal UniqueIds(int node, TimeProvider time, Func<bool>? isOurs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(node);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(node, MaxNode);
        ArgumentNullException.ThrowIfNull(time);
        this.time = time;
        this.isOurs = isOurs;
        nodeBits = (long)node << SequenceBits;
        last = Position(time.GetUtcNow() + StartsAhead);
    }

    /// <summary>How far ahead of the clock counting starts: 1 s.</summary>
    public static TimeSpan StartsAhead { get; } = TimeSpan.FromSeconds(1);

    /// <summary>When an id was given out, to the millisecond, or up to as much later as its process was ahead of the clock.</summary>
    public static DateTimeOffset TimeOf(long id) => Epoch.AddMilliseconds(id >> (NodeBits + SequenceBits));

    /// <summary>The next id; greater than all before it.</summary>
    /// <exception cref="InvalidOperationException">
    /// The clock is before 2024, or past 2093; or, in a fleet, the mapping store was out of reach for an hour, so that another process may have this
    /// one's node number.
    /// </exception>
    public long Next()
    {
        if (isOurs is not null && !isOurs())
        {
            throw new InvalidOperationException(
                "The lease on this process's node number has ended, since the mapping store could not be reached for so long; another process may have the "
                + "number. No id was given out. Ids are given out again when the store is back and the number still free; else open the store anew.");
        }

        var now = Position(time.GetUtcNow());
        long before, next;
        do
        {
            before = Volatile.Read(ref last);
            next = Math.Max(now, before + 1);
        }
        while (Interlocked.CompareExchange(ref last, next, before) != before);

        return ((next & ~SequenceMask) << NodeBits) | nodeBits | (next & SequenceMask);
    }

    /// <summary>A UUID of version 7; ordered by time to the millisecond, at random within it. Doesn't need the node number.</summary>
    /// <remarks>As text it sorts by time; as the bytes of <see cref="Guid.ToByteArray()"/> it doesn't.</remarks>
    public Guid NewUuid() => Guid.CreateVersion7(time.GetUtcNow());

    private static long Position(DateTimeOffset now)
    {
        var milliseconds = (now - Epoch).Ticks / TimeSpan.TicksPerMillisecond;
        if (milliseconds is < 0 or >= 1L << MillisecondBits)
        {
            throw new InvalidOperationException(
                $"The clock says {now:O}, but ids count the milliseconds from 2024 to 2093. No id was given out; set the clock.");
        }

        return milliseconds << SequenceBits;
    }
}
