namespace Foreshard.Cli.Demo;

/// <summary>Stands for the server that a partition would run on: what it can do in a second, and a little saved up.</summary>
/// <remarks>
/// What is asked for is owed at once; it may begin when all that began before it has been earned. While more is owed than was earned, the
/// partition is overloaded: more was asked than it can do, for longer than it had saved for. How fast this machine is doesn't matter for
/// that. Safe for concurrent use.
/// </remarks>
internal sealed class TokenBucket
{
    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly double rate;
    private readonly double depth;
    private readonly long begun;
    private double balance;
    private double waiting;
    private double share = 1;
    private double seen;
    private double inDebt;

    /// <param name="time">The clock that it earns by.</param>
    /// <param name="rate">Cost units that it earns in a second; infinite: it never makes anybody wait.</param>
    /// <param name="depth">Cost units that it keeps at most; full at the start.</param>
    public TokenBucket(TimeProvider time, double rate, double depth)
    {
        this.time = time;
        this.rate = rate;
        this.depth = depth;
        balance = depth;
        begun = time.GetTimestamp();
    }

    /// <summary>Time in which more was owed than earned.</summary>
    public TimeSpan Overloaded
    {
        get
        {
            lock (gate)
            {
                Earn();
                return TimeSpan.FromSeconds(inDebt);
            }
        }
    }

    /// <summary>Whether more is owed than was earned.</summary>
    public bool IsOverloaded
    {
        get
        {
            lock (gate)
            {
                Earn();
                return balance < 0;
            }
        }
    }

    /// <summary>Somebody comes and wants something done.</summary>
    /// <param name="cost">Cost units.</param>
    public void Ask(double cost) => Change(-cost, cost);

    /// <summary>Who had asked goes elsewhere.</summary>
    public void Leave(double cost) => Change(cost, -cost);

    /// <summary>Waits until what began before has been earned; then it begins.</summary>
    /// <param name="cost">What was asked for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask EnterAsync(double cost, CancellationToken cancellationToken)
    {
        while (!TryEnter(cost, out var wait)) await Task.Delay(wait, time, cancellationToken);
    }

    /// <summary>What was done did cost more, or less, than was asked for.</summary>
    public void Correct(double more) => Change(-more, 0);

    /// <summary>Takes a share of what it earns away from now on, for work that isn't the clients'.</summary>
    /// <param name="taken">0: nothing; below 1.</param>
    public void Take(double taken)
    {
        lock (gate)
        {
            Earn();
            share = 1 - taken;
        }
    }

    private void Change(double owed, double queued)
    {
        if (double.IsInfinity(rate)) return;
        lock (gate)
        {
            Earn();
            balance += owed;
            waiting += queued;
        }
    }

    private bool TryEnter(double cost, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        if (double.IsInfinity(rate)) return true;
        lock (gate)
        {
            Earn();
            var left = balance + waiting;
            if (left >= 0)
            {
                waiting -= cost;
                return true;
            }

            wait = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(-left / (rate * share) * 1000)));
            return false;
        }
    }

    private void Earn()
    {
        var now = time.GetElapsedTime(begun).TotalSeconds;
        var passed = now - seen;
        seen = now;
        if (passed <= 0 || double.IsInfinity(rate)) return;
        if (balance < 0) inDebt += Math.Min(passed, -balance / (rate * share));
        balance = Math.Min(depth, balance + (passed * rate * share));
    }
}
