using Foreshard.Forecasting;
using Foreshard.Profiling;
using Foreshard.Simulation.Replay;

namespace Foreshard.Benchmarks;

/// <summary>How a method did.</summary>
internal sealed record TrialRow(string Method, bool IsOurs, BacktestScore Score);

/// <summary>Recorded loads lived through again, with forecasts at the last days' beginnings, beside methods that are hard to beat.</summary>
/// <remarks>
/// The others' 0.9 quantile is their forecast plus that quantile of the errors that they would have made with the same series on the last
/// four weeks' days. The first three are the backtest's own methods, and must come to the same errors.
/// </remarks>
internal sealed class ForecastTrial
{
    public const string Hot = "Foreshard, hot";
    public const string Warm = "Foreshard, warm";

    private const string WeekMean = "same hour, 4-week mean";
    private const string WeekMedian = "same hour, 4-week median";
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

    /// <summary>The same, without a quantile.</summary>
    private delegate void PointMethod(ReadOnlySpan<float> known, Span<float> point);

    /// <summary>Tries all methods; a day ahead, from the last days' beginnings.</summary>
    /// <param name="history">What came, to the end of the last day to be forecast.</param>
    /// <param name="origins">Days to forecast.</param>
    /// <param name="groups">Groups that entities are summed up into, in turn.</param>
    /// <param name="hasSpar">Whether SPAR is fitted, too: slow, and it needs eight weeks without gaps.</param>
    public static List<TrialRow> Run(LoadHistory history, int origins, int groups, bool hasSpar)
    {
        var trial = new ForecastTrial(history, new BacktestOptions { Origins = origins, Groups = groups });
        var hot = trial.Replay(SeriesTier.Hot);
        var warm = trial.Replay(SeriesTier.Warm);
        var rows = new List<TrialRow>
        {
            new(Hot, true, hot[0]),
            new(Warm, true, warm[0]),
            trial.Try("as yesterday", trial.WithErrors((known, point) => trial.Mean(known, trial.horizon, 1, point))),
            trial.Try("as a week ago", trial.WithErrors((known, point) => trial.Mean(known, trial.week, 1, point))),
            trial.Try(WeekMean, trial.WithErrors((known, point) => trial.Mean(known, trial.week, Weeks, point))),
            trial.Try("the same, Poisson quantile", trial.PoissonMean),
            trial.Try(WeekMedian, trial.WithErrors(trial.Median)),
            trial.Try("nothing at all", trial.WithErrors((_, point) => point.Clear())),
        };
        for (var method = BacktestMethod.NaiveDay; method <= BacktestMethod.WeekMean; method++) Check(rows[1 + (int)method], hot[(int)method]);
        var spar = new Spar(trial.week);
        if (hasSpar) rows.Add(trial.Try("SPAR, weekly, fitted", (known, point, high) => spar.Forecast(known, High, point, high)));
        return rows;
    }

    private static void Check(TrialRow row, BacktestScore backtest)
    {
        if (Math.Abs(row.Score.Wape - backtest.Wape) + Math.Abs(row.Score.GroupWape - backtest.GroupWape) > 1e-5)
            throw new InvalidOperationException($"'{row.Method}' has a WAPE of {row.Score.Wape}, in the backtest {backtest.Wape}.");
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

    /// <summary>A method with the quantile of its own past errors.</summary>
    private Method WithErrors(PointMethod method)
    {
        var past = new float[horizon];
        var errors = new List<float>();
        return (known, point, high) =>
        {
            errors.Clear();
            for (var day = 1; day <= Weeks * 7 && known.Length - (day * horizon) >= week; day++)
            {
                var before = known.Length - (day * horizon);
                method(known[..before], past);
                for (var i = 0; i < horizon; i++)
                {
                    if (!float.IsNaN(known[before + i])) errors.Add(known[before + i] - past[i]);
                }
            }

            errors.Sort();
            var error = errors.Count == 0 ? 0 : errors[(int)(High * errors.Count)];
            method(known, point);
            for (var i = 0; i < horizon; i++) high[i] = Math.Max(0, point[i] + error);
        };
    }

    private void Mean(ReadOnlySpan<float> known, int period, int times, Span<float> point)
    {
        Span<float> values = stackalloc float[Weeks];
        for (var i = 0; i < horizon; i++)
        {
            var sum = 0f;
            var count = SameSlots(known, i, period, values[..times]);
            foreach (var value in values[..count]) sum += value;
            point[i] = count == 0 ? 0 : sum / count;
        }
    }

    private void PoissonMean(ReadOnlySpan<float> known, Span<float> point, Span<float> high)
    {
        Mean(known, week, Weeks, point);
        for (var i = 0; i < horizon; i++) high[i] = CountQuantiles.Exact(High, point[i], dispersion: 0).Whole;
    }

    private void Median(ReadOnlySpan<float> known, Span<float> point)
    {
        Span<float> values = stackalloc float[Weeks];
        for (var i = 0; i < horizon; i++)
        {
            var count = SameSlots(known, i, week, values);
            values[..count].Sort();
            point[i] = count == 0 ? 0 : (values[(count - 1) / 2] + values[count / 2]) / 2;
        }
    }

    /// <summary>The latest known loads a number of periods before a slot, within four weeks.</summary>
    /// <returns>How many there are.</returns>
    private int SameSlots(ReadOnlySpan<float> known, int lead, int period, Span<float> values)
    {
        var count = 0;
        var least = Math.Max(0, known.Length - (Weeks * week));
        for (var at = known.Length + lead - period; at >= least && count < values.Length; at -= period)
        {
            if (!float.IsNaN(known[at])) values[count++] = known[at];
        }

        return count;
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
