using Foreshard.Balancing;

namespace Foreshard.Simulation.Cluster;

/// <summary>A move that runs.</summary>
internal sealed class RunningTransfer
{
    public required PlanStep Step { get; init; }

    public required UnitId Unit { get; init; }

    /// <summary>Partition, from 0 on.</summary>
    public required int From { get; init; }

    /// <summary>Partition, from 0 on.</summary>
    public required int To { get; init; }

    public required DateTime StartUtc { get; init; }

    /// <summary>What it carries in all.</summary>
    public required double Bytes { get; init; }

    /// <summary>Seconds of what it takes beside its bytes; that comes first.</summary>
    public required double OverheadLeft { get; set; }

    /// <summary>What is still to be carried.</summary>
    public required double BytesLeft { get; set; }

    /// <summary>Seconds that it still takes at that speed.</summary>
    public double SecondsLeft(double bytesPerSecond) => OverheadLeft + (BytesLeft / bytesPerSecond);

    /// <summary>Time passes.</summary>
    public void Advance(double seconds, double bytesPerSecond)
    {
        var overhead = Math.Min(OverheadLeft, seconds);
        OverheadLeft -= overhead;
        BytesLeft = Math.Max(0, BytesLeft - ((seconds - overhead) * bytesPerSecond));
    }
}
