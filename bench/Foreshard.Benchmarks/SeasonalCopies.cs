namespace Foreshard.Benchmarks;

/// <summary>What forecasting costs at the least: each series' last week in a ring, its same hours again as the forecast.</summary>
internal sealed class SeasonalCopies(int series, int week)
{
    private readonly float[] rings = new float[series * week];
    private readonly float[] shape = [.. Enumerable.Range(0, week).Select(hour => 1 + (0.5f * MathF.Sin(hour)))];
    private readonly float[] into = new float[week];
    private int hour;

    /// <summary>Takes the loads of an hour and forecasts.</summary>
    /// <returns>A sum that depends on all forecasts.</returns>
    public double Cycle(ForecastFleet fleet, int cold, float coldLoad, int horizon)
    {
        var sum = 0.0;
        for (var i = 0; i < fleet.Loads.Length; i++) rings[(i * week) + hour] = fleet.Loads[i];
        hour = (hour + 1) % week;
        for (var i = 0; i < fleet.Loads.Length; i++)
        {
            for (var h = 0; h < horizon; h++) into[h] = rings[(i * week) + ((hour + h) % week)];
            sum += into[0];
        }

        for (var i = 0; i < cold; i++)
        {
            for (var h = 0; h < horizon; h++) into[h] = coldLoad * shape[(hour + h) % week];
            sum += into[0];
        }

        return sum;
    }
}
