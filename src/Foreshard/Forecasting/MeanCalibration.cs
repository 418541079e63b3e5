namespace Foreshard.Forecasting;

/// <summary>What came by what was forecast, over all sparse series that are as busy as each other; discounted.</summary>
/// <remarks>
/// A rare event that was seen makes its series look busier than it is (it was seen because it happened), and the rarer the events
/// the more so. What a rate of a few events a month is worth is learned from all series together. From 16 events a week on a rate
/// speaks for itself: there the quotient of all series would only follow the last weeks' trend.
/// </remarks>
internal sealed class MeanCalibration
{
    private const int Classes = 8;

    /// <summary>Class of one event a week.</summary>
    private const int OneAWeek = 4;

    /// <summary>Events that a factor of 1 counts for.</summary>
    private const double Prior = 20;

    private const double FactorMax = 4;

    private readonly double[] came = new double[Classes];
    private readonly double[] forecast = new double[Classes];

    public MeanCalibration()
    {
        Array.Fill(came, Prior);
        Array.Fill(forecast, Prior);
    }

    /// <summary>Events that came, by class, for saving.</summary>
    public double[] Came => came;

    /// <summary>Events that were forecast, by class, for saving.</summary>
    public double[] Forecast => forecast;

    /// <summary>Adds a day of one series.</summary>
    /// <param name="events">Events that came.</param>
    /// <param name="expected">Events that were forecast, not calibrated.</param>
    public void Add(double events, double expected)
    {
        if (ClassOf(expected) is not { } at) return;
        came[at] += events;
        forecast[at] += expected;
    }

    /// <summary>What to multiply a series' forecasts by.</summary>
    /// <param name="expected">Events forecast for a day, not calibrated.</param>
    public float FactorFor(double expected)
    {
        if (ClassOf(expected) is not { } at) return 1;
        return (float)Math.Clamp(came[at] / forecast[at], 1 / FactorMax, FactorMax);
    }

    public void Discount(double factor)
    {
        for (var at = 0; at < Classes; at++)
        {
            came[at] = Prior + (factor * (came[at] - Prior));
            forecast[at] = Prior + (factor * (forecast[at] - Prior));
        }
    }

    private static int? ClassOf(double expected)
    {
        var octave = (int)Math.Max(0, Math.Log2(Math.Max(expected * 7, 1e-3)) + OneAWeek);
        return octave < Classes ? octave : null;
    }
}
