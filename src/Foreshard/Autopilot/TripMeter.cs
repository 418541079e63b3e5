using System.Collections.Concurrent;
using Foreshard.Partitions;

namespace Foreshard.Autopilot;

/// <summary>Measures how far this process is from each partition. Safe for concurrent use.</summary>
/// <remarks>
/// A round asks every partition a few times for nothing and keeps the fastest answer; what counts is the median of the last rounds. So neither one slow
/// answer nor one slow minute moves it. Only partitions on servers are asked: a file is nowhere else.
/// </remarks>
internal sealed class TripMeter(TimeProvider time)
{
    /// <summary>How often partitions are asked.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    /// <summary>How long a round waits for a partition that doesn't answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private const int RoundsKept = 5;

    private readonly ConcurrentDictionary<PartitionId, Rounds> known = new();
    private long? asked;

    /// <summary>When the last round was; null before the first.</summary>
    public DateTimeOffset? MeasuredAt { get; private set; }

    /// <summary>Whether it is time for a round.</summary>
    public bool IsDue => asked is not { } last || time.GetElapsedTime(last) >= Every;

    /// <summary>Milliseconds of a round trip, by partition; none of those that were away for the last rounds.</summary>
    public IReadOnlyDictionary<int, double> Milliseconds => known
        .Select(one => (Partition: one.Key.Value, Time: one.Value.Median()))
        .Where(one => one.Time is not null)
        .ToDictionary(one => one.Partition, one => one.Time!.Value);

    /// <summary>Asks every partition. One that fails or doesn't answer has no say in this round.</summary>
    public async ValueTask MeasureAsync(IReadOnlyList<IPartition> partitions, CancellationToken cancellationToken)
    {
        asked = time.GetTimestamp();
        using var patience = new CancellationTokenSource(Patience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await Task.WhenAll(partitions.OfType<IPilotPartition>().Select(partition => AskAsync(partition, stop.Token))).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var gone in known.Keys.Except(partitions.Select(partition => partition.Id)).ToList()) known.TryRemove(gone, out _);
        MeasuredAt = time.GetUtcNow();
    }

    private async Task AskAsync(IPilotPartition partition, CancellationToken stop)
    {
        var rounds = known.GetOrAdd(((IPartition)partition).Id, _ => new Rounds());
        TimeSpan? fastest = null;
        try
        {
            fastest = await partition.MeasureRoundTripAsync(stop).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ForeshardException or OperationCanceledException)
        {
            // It is away; sessions say so.
        }

        rounds.Add(fastest?.TotalMilliseconds);
    }

    private sealed class Rounds
    {
        private readonly Queue<double?> last = new();

        public void Add(double? milliseconds)
        {
            lock (last)
            {
                last.Enqueue(milliseconds);
                if (last.Count > RoundsKept) last.Dequeue();
            }
        }

        public double? Median()
        {
            lock (last)
            {
                var answered = last.OfType<double>().Order().ToList();
                return answered.Count == 0 ? null : answered[(answered.Count - 1) / 2];
            }
        }
    }
}
