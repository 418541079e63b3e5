using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Foreshard.Profiling;

/// <summary>Takes down accesses as sessions end: at most 50 ns each, without a lock and, once every table has grown, without allocating.</summary>
/// <remarks>
/// Safe for concurrent use. There are at least two stripes a processor, each a table of its own. A thread claims its stripe with one
/// compare-and-swap, or the next that is free, so a thread that is suspended while it holds one hides just that stripe. When an interval
/// ends, each stripe's table is swapped for an empty one; what a thread adds is in the one or in the other, never in both or neither.
/// </remarks>
internal sealed class AccessRecorder
{
    private readonly Stripe[] stripes;
    private readonly string? region;
    private AccessTable spare;
    private int draining;

    /// <param name="region">Where the router is whose sessions are recorded; null if not known.</param>
    /// <param name="processors">How many threads may run at the same time.</param>
    /// <param name="limits">Of all stripes together.</param>
    public AccessRecorder(string? region, int processors, AccessLimits limits)
    {
        this.region = region;
        stripes = new Stripe[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, processors * 2))];
        var part = limits.DividedBy(stripes.Length);
        for (var i = 0; i < stripes.Length; i++) stripes[i].Table = new AccessTable(part);
        spare = new AccessTable(part);
    }

    /// <summary>Takes down a session's work.</summary>
    /// <param name="entity">Not the default value.</param>
    /// <param name="group">The default value for the entity as a whole.</param>
    /// <param name="segment">The label of the user behind; null for none.</param>
    /// <param name="usage">What it asked of the partition; negative numbers count as 0.</param>
    /// <param name="bytes">To and from the client; 0 if not known.</param>
    /// <param name="timeUtc">When it ended.</param>
    public void Record(in EntityKey entity, in GroupKey group, string? segment, in SessionUsage usage, long bytes, DateTime timeUtc)
    {
        var key = new AccessKey(entity, group, segment, region);
        var tally = AccessTally.Of(usage, bytes, timeUtc.Ticks);
        ref var stripe = ref Claim();
        try
        {
            stripe.Table.Add(key, tally);
        }
        finally
        {
            Volatile.Write(ref stripe.Held, 0);
        }
    }

    /// <summary>Takes down an access with its partners; without a region it is in the recorder's.</summary>
    public void Record(in Access access)
    {
        var key = new AccessKey(access.Entity, access.Group, access.Segment, access.Region ?? region);
        var tally = AccessInterval.TallyOf(access);
        ref var stripe = ref Claim();
        try
        {
            stripe.Table.Add(key, tally);
            stripe.Table.AddPartners(access.Entity, access.Partners.Span);
        }
        finally
        {
            Volatile.Write(ref stripe.Held, 0);
        }
    }

    /// <summary>Moves everything recorded so far into the interval, which is emptied first. Recording goes on meanwhile.</summary>
    /// <exception cref="InvalidOperationException">Another thread is draining.</exception>
    public void Drain(AccessInterval interval)
    {
        if (Interlocked.Exchange(ref draining, 1) != 0) throw new InvalidOperationException("The recorder is being drained by another thread.");
        try
        {
            interval.Clear();
            for (var i = 0; i < stripes.Length; i++)
            {
                ref var stripe = ref stripes[i];
                for (var spin = default(SpinWait); !TryClaim(ref stripe);) spin.SpinOnce();
                (stripe.Table, spare) = (spare, stripe.Table);
                Volatile.Write(ref stripe.Held, 0);
                interval.Add(spare);
                spare.Clear();
            }
        }
        finally
        {
            Volatile.Write(ref draining, 0);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryClaim(ref Stripe stripe) => Interlocked.CompareExchange(ref stripe.Held, 1, 0) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Stripe Claim()
    {
        ref var own = ref stripes[Environment.CurrentManagedThreadId & (stripes.Length - 1)];
        if (TryClaim(ref own)) return ref own;
        return ref ClaimNext();
    }

    private ref Stripe ClaimNext()
    {
        var spin = default(SpinWait);
        for (var i = Environment.CurrentManagedThreadId + 1; ; i = (i + 1) & (stripes.Length - 1))
        {
            ref var stripe = ref stripes[i & (stripes.Length - 1)];
            if (Volatile.Read(ref stripe.Held) == 0 && TryClaim(ref stripe)) return ref stripe;
            if ((i & (stripes.Length - 1)) == 0) spin.SpinOnce();
        }
    }

    /// <summary>Two cache lines apart, so that processors don't take each other's.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Stripe
    {
        [FieldOffset(64)]
        public AccessTable Table;

        [FieldOffset(72)]
        public int Held;
    }
}
