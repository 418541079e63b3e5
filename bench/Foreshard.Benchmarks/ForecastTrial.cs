using Foreshard.Forecasting;
using Foreshard.Profiling;
using Foreshard.Simulation.Replay;

namespace Foreshard.Benchmarks;

/// <summary>How a method did.</summary>
internal sealed record TrialRow(string Method, bool IsOurs, BacktestScore Score);

/// <summary>Recorded loads lived through again, with forecasts at the last days' beginnings, beside methods that are hard to beat.</summary>
/// <remarks>
/// The first three of the others are the backtest's own. None but the Poisson one has quantiles: what they say is taken for their 0.9
/// quantile, too, which flatters us in wQL90.
/// </remarks>
internal sealed class ForecastTrial
{
    public const string Hot = "Foreshard, hot";
    public const string Warm = "Foreshard, warm";

    private const int Weeks = 4;
    private const double High = 0.9;

    private readonly LoadHistory history;
    private readonly BacktestOptions options;
    private readonly int horizon;
    private readonly int week;
    private readonly float[] actual;
    private readonly float[] point;
    private readonly float[] high;

    private ForecastTrial(LoadHistory history, BacktestOptions options)
    {
        this.history = history;
        this.options = options;
        horizon = history.Grid.SlotsPerDay;
        week = history.Grid.SlotsPerWeek;
        actual = new float[horizon];
        point = new float[horizon];
        high = new float[horizon];
    }

    /// <summary>Says what a method expects of an entity in the slots after those that are known.</summary>
    private delegate void Method(ReadOnlySpan<float> known, Span<float> point, Span<float> high);

    /// <summary>Tries all methods; a day ahead, from the last days' beginnings.</summary>
    /// <param name="history">What came, to the end of the last day to be forecast.</param>
    /// <param name="origins">Days to forecast.</param>
    /// <param name="groups">Groups that entities are summed up into, in turn.</param>
    /// <param name="hasSpar">Whether SPAR is fitted, too: slow, and it needs eight weeks without gaps.</param>
    public static List<TrialRow> Run(LoadHistory history, int origins, int groups, bool hasSpar)
    {
        var options = new BacktestOptions { Origins = origins, Groups = groups };
        var trial = new ForecastTrial(history, options);
        var hot = trial.Replay(SeriesTier.Hot);
        var warm = trial.Replay(SeriesTier.Warm);
        var rows = new List<TrialRow>
        {
            new(Hot, true, hot[0]),
            new(Warm, true, warm[0]),
            new("as yesterday", false, hot[(int)BacktestMethod.NaiveDay]),
            new("as a week ago", false, hot[(int)BacktestMethod.NaiveWeek]),
            new("hour-of-week mean", false, hot[(int)BacktestMethod.WeekMean]),
            trial.Try("the same, Poisson quantile", trial.PoissonMean),
            trial.Try("hour-of-week median", trial.Median),
            trial.Try("nothing at all", (_, point, high) => { point.Clear(); high.Clear(); }),
        };
        var spar = new Spar(trial.week);
        if (hasSpar) rows.Add(trial.Try("SPAR, weekly, fitted", (known, point, high) => { spar.Forecast(known, point); point.CopyTo(high); }));
        return rows;
    }

    /// <summary>The scores of all entities by the forecaster and the backtest's methods.</summary>
    private List<BacktestScore> Replay(SeriesTier tier)
    {
        var count = history.Entities.Length;
        var budgets = tier == SeriesTier.Hot
            ? ProfileOptions.Default with { MaxHot = count, MaxWarm = 0 }
            : ProfileOptions.Default with { MaxHot = 0, MaxWarm = count };
        var replay = new TrafficReplay(history.Grid, new ReplayOptions { HasProfiles = false, Lateness = TimeSpan.Zero, Profiles = budgets });
        var backtest = new Backtest(replay, history.End, options);
        replay.Begin(history.FirstSlot);
        var numbers = history.Entities.Select(entity => replay.Register(entity)).ToArray();
        for (var slot = 0; slot < history.Slots; slot++) replay.Close([.. numbers.Select((number, i) => (number, history.Loads[i][slot]))]);
        if (backtest.Scored != options.Origins) throw new InvalidOperationException($"{backtest.Scored} origins were compared and not {options.Origins}.");
        return [.. backtest.Scores().Where(score => score.Class == "all")];
    }

    private TrialRow Try(string name, Method method)
    {
        var tally = new BacktestTally(options.Groups, horizon);
        for (var back = options.Origins; back > 0; back--)
        {
            var origin = history.Slots - (back * horizon);
            for (var i = 0; i < history.Loads.Length; i++)
            {
                var known = history.Loads[i].AsSpan(0, origin);
                history.Loads[i].AsSpan(origin, horizon).CopyTo(actual);
                method(known, point, high);
                tally.Add(i % options.Groups, actual, point, point, high, ScaleOf(known));
            }

            tally.EndOrigin(isLast: back == 1);
        }

        return new TrialRow(name, false, tally.Score("all", BacktestMethod.WeekMean));
    }

    private void PoissonMean(ReadOnlySpan<float> known, Span<float> point, Span<float> high)
    {
        for (var i = 0; i < horizon; i++)
        {
            var values = SameSlots(known, i);
            point[i] = values.Count == 0 ? 0 : values.Average();
            high[i] = CountQuantiles.Exact(High, point[i], dispersion: 0).Whole;
        }
    }

    private void Median(ReadOnlySpan<float> known, Span<float> point, Span<float> high)
    {
        for (var i = 0; i < horizon; i++)
        {
            var values = SameSlots(known, i);
            values.Sort();
            point[i] = values.Count == 0 ? 0 : (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
        }

        point.CopyTo(high);
    }

    /// <summary>The loads of the same slot of the last four weeks.</summary>
    private List<float> SameSlots(ReadOnlySpan<float> known, int lead)
    {
        var values = new List<float>(Weeks);
        for (var at = known.Length + lead - week; at >= 0 && values.Count < Weeks && at >= known.Length - (Weeks * week); at -= week)
        {
            if (!float.IsNaN(known[at])) values.Add(known[at]);
        }

        return values;
    }

    /// <summary>Usual change from day to day within the last four weeks.</summary>
    private double ScaleOf(ReadOnlySpan<float> known)
    {
        var recent = known[Math.Max(0, known.Length - (Weeks * week))..];
        var (sum, count) = (0.0, 0);
        for (var i = horizon; i < recent.Length; i++)
        {
            if (float.IsNaN(recent[i]) || float.IsNaN(recent[i - horizon])) continue;
            sum += Math.Abs(recent[i] - recent[i - horizon]);
            count++;
        }

        return sum / count;
    }
}
