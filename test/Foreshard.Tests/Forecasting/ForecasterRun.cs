using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Tests.Forecasting;

/// <summary>A forecaster that is fed with loads given as functions of the slot; slot 0 begins at a Monday's midnight.</summary>
internal sealed class ForecasterRun
{
    private static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    private readonly Dictionary<int, Func<int, float>> loads = [];

    /// <param name="slotMinutes">Length of a slot.</param>
    /// <param name="options">Null for the default.</param>
    /// <param name="startsAt">The first slot of all.</param>
    public ForecasterRun(int slotMinutes = 60, ForecastOptions? options = null, int startsAt = 0)
    {
        Grid = new SlotGrid(TimeSpan.FromMinutes(slotMinutes));
        Zero = Grid.SlotOf(Monday);
        Forecaster = new Forecaster(Grid, options ?? new ForecastOptions());
        Forecaster.StartAt(Zero + startsAt);
    }

    public SlotGrid Grid { get; }

    public Forecaster Forecaster { get; }

    /// <summary>The forecaster's number of slot 0.</summary>
    public long Zero { get; }

    /// <summary>The open slot.</summary>
    public int Now => (int)(Forecaster.Open - Zero);

    /// <summary>A forecaster with one series that has been fed up to a slot.</summary>
    public static ForecasterRun Of(SeriesTier tier, Func<int, float> load, int until, int slotMinutes = 60)
    {
        var run = new ForecasterRun(slotMinutes);
        run.Add(tier, load);
        run.RunTo(until);
        return run;
    }

    public int Add(SeriesTier tier, Func<int, float> load)
    {
        var series = Forecaster.Add(tier);
        loads[series] = load;
        return series;
    }

    public void Remove(int series)
    {
        Forecaster.Remove(series);
        loads.Remove(series);
    }

    /// <summary>Feeds all series until a slot is the open one.</summary>
    public void RunTo(int slot)
    {
        while (Now < slot)
        {
            foreach (var (series, load) in loads) Forecaster.Observe(series, load(Now));
            Forecaster.Close();
        }
    }

    public void RunDays(int days) => RunTo(days * Grid.SlotsPerDay);

    public Forecast Predict(int series = 0, int? slots = null)
    {
        var forecast = new Forecast();
        Forecaster.Predict(series, slots ?? Grid.SlotsPerDay, forecast);
        return forecast;
    }

    /// <summary>Sum of the absolute differences of a forecast from what will come, by the sum of the latter.</summary>
    public double ErrorOf(Forecast forecast, Func<int, float> load)
    {
        var actual = Enumerable.Range(Now, forecast.Count).Select(load).ToList();
        return forecast.Mean.ToArray().Zip(actual, (mean, came) => Math.Abs(mean - came)).Sum() / actual.Sum();
    }
}
