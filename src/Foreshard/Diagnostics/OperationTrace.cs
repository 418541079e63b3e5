using System.Diagnostics;

namespace Foreshard.Diagnostics;

/// <summary>Tells of one operation from its beginning to its end. If it is disposed of without an end, it stopped between two steps.</summary>
internal sealed class OperationTrace(
    StoreTelemetry telemetry, long operation, string kind, string subject, string from, string to, Activity? activity) : IDisposable
{
    private readonly long started = Stopwatch.GetTimestamp();
    private bool isOver;

    public long Operation { get; } = operation;

    public string Kind { get; } = kind;

    public string Subject { get; } = subject;

    public string From { get; } = from;

    public string To { get; } = to;

    public long Rows { get; private set; }

    public long Bytes { get; private set; }

    public TimeSpan Stall { get; private set; }

    /// <summary>A move is done.</summary>
    public void Moved(long rows, long bytes, TimeSpan stall)
    {
        (Rows, Bytes, Stall) = (rows, bytes, stall);
        activity?.SetTag("foreshard.move.rows", rows).SetTag("foreshard.move.bytes", bytes).SetTag("foreshard.move.stall", stall.TotalSeconds);
        telemetry.Moved(this);
        Done();
    }

    /// <summary>It is done.</summary>
    public void Done()
    {
        var duration = End("done");
        telemetry.Done(this, duration);
    }

    /// <summary>It was undone.</summary>
    public void Undone(string reason)
    {
        End("undone");
        activity?.SetStatus(ActivityStatusCode.Error, reason);
        telemetry.Undone(this, reason);
    }

    public void Dispose()
    {
        if (!isOver)
        {
            End("left");
            activity?.SetStatus(ActivityStatusCode.Error, "it stopped between two steps");
            telemetry.Left(this);
        }

        activity?.Dispose();
    }

    private TimeSpan End(string outcome)
    {
        isOver = true;
        var duration = Stopwatch.GetElapsedTime(started);
        activity?.SetTag(Attributes.Outcome, outcome);
        telemetry.Ended(this, outcome, duration);
        return duration;
    }
}
