namespace Foreshard.Forecasting;

/// <summary>What is expected of one series. Reused: filled by <see cref="Forecaster.Predict(int, int, Forecast)"/>.</summary>
internal sealed class Forecast
{
    private float[] mean = [];
    private float[][] quantiles = [];

    /// <summary>The first slot that the forecast is of.</summary>
    public long FirstSlot { get; private set; }

    /// <summary>Number of slots, or of steps of several slots.</summary>
    public int Count { get; private set; }

    /// <summary>Slots of a step; its values are the means of theirs.</summary>
    public int SlotsPerStep { get; private set; } = 1;

    /// <summary>The expected load of each slot: unbiased, so that sums of means are the mean of the sum. Not negative.</summary>
    public Span<float> Mean => mean.AsSpan(0, Count);

    /// <summary>Days of own past on which the forecast was compared with what came, at most 255.</summary>
    public int ScoredDays { get; internal set; }

    /// <summary>
    /// One minus the mean absolute error of this series' forecasts a day ahead by that of the better of "as yesterday" and "as a
    /// week ago"; over the last weeks. NaN before three days were scored.
    /// </summary>
    public double Skill { get; internal set; }

    /// <summary>True if nothing should be built on the forecast: too little is known, or repeating the past was better.</summary>
    public bool IsAbstaining { get; internal set; }

    /// <summary>The load that comes with that probability not above; by index into <see cref="ForecastOptions.Levels"/>. Not negative.</summary>
    public Span<float> Quantile(int level) => quantiles[level].AsSpan(0, Count);

    internal void Reset(long firstSlot, int count, int levels, int slotsPerStep = 1)
    {
        FirstSlot = firstSlot;
        SlotsPerStep = slotsPerStep;
        Count = count;
        if (mean.Length < count) mean = new float[count];
        if (quantiles.Length != levels || quantiles[0].Length < count) quantiles = [.. Enumerable.Range(0, levels).Select(_ => new float[count])];
    }
}
