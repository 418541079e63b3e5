namespace Foreshard.Simulation.Replay;

/// <summary>Adds up the errors of one method for one class of entities.</summary>
internal sealed class BacktestTally(int groups, int horizon)
{
    private readonly double[] groupErrors = new double[groups * horizon];
    private double load;
    private double absolute;
    private double pinball50;
    private double pinball90;
    private double bias;
    private double groupAbsolute;
    private double scaled;
    private long scaledCount;
    private long slots;
    private long covered;
    private int entities;

    /// <summary>Adds one entity's forecast from one origin.</summary>
    /// <param name="group">Group of the entity.</param>
    /// <param name="actual">What came; NaN is left out.</param>
    /// <param name="mean">The forecast's means.</param>
    /// <param name="median">Its 0.5 quantiles.</param>
    /// <param name="high">Its 0.9 quantiles.</param>
    /// <param name="scale">Usual change from day to day; 0 or NaN leaves the entity out of MASE.</param>
    public void Add(
        int group, ReadOnlySpan<float> actual, ReadOnlySpan<float> mean, ReadOnlySpan<float> median, ReadOnlySpan<float> high, double scale)
    {
        var error = 0.0;
        var known = 0;
        for (var i = 0; i < actual.Length; i++)
        {
            if (float.IsNaN(actual[i])) continue;
            double came = actual[i];
            load += came;
            error += Math.Abs(came - median[i]);
            pinball50 += Pinball(came - median[i], 0.5);
            pinball90 += Pinball(came - high[i], 0.9);
            if (came <= high[i]) covered++;
            bias += mean[i] - came;
            groupErrors[(group * horizon) + i] += mean[i] - came;
            known++;
        }

        entities++;
        absolute += error;
        slots += known;
        if (!(scale > 0) || known == 0) return;
        scaled += error / known / scale;
        scaledCount++;
    }

    /// <summary>Ends an origin: the errors of groups are those of sums.</summary>
    /// <param name="isLast">Whether entities are to be counted no more.</param>
    public void EndOrigin(bool isLast)
    {
        foreach (var error in groupErrors) groupAbsolute += Math.Abs(error);
        Array.Clear(groupErrors);
        if (!isLast) entities = 0;
    }

    public BacktestScore Score(string of, BacktestMethod method) => new(
        of,
        method,
        entities,
        load,
        absolute / load,
        scaled / scaledCount,
        2 * pinball50 / load,
        2 * pinball90 / load,
        (double)covered / slots,
        bias / load,
        groupAbsolute / load);

    private static double Pinball(double error, double level) => Math.Max(level * error, (level - 1) * error);
}
