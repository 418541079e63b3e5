using System.Numerics.Tensors;
using Foreshard.Forecasting;

namespace Foreshard.Simulation.Replay;

/// <summary>
/// Tries forecasts out on recorded traffic: at each of several moments near its end all entities are forecast from what came before,
/// and compared with what came then, beside simple methods that are hard to beat.
/// </summary>
/// <remarks>
/// Listens to a replay, which has to be driven to the end by somebody else. The replay's forecasts need the levels 0.5, 0.9 and 0.95.
/// An entity takes part from the first origin after its first load on.
/// </remarks>
internal sealed class Backtest
{
    private const int WeeksOfMean = 4;
    private const double HighLevel = 0.9;

    /// <summary>Days before the first origin in which the total's forecast is compared with the sum of the entities'.</summary>
    private const int ReconciledDays = 14;

    private static readonly string[] Classes = ["all", "hot", "warm", "cold"];

    private readonly TrafficReplay replay;
    private readonly BacktestOptions options;
    private readonly int horizon;
    private readonly long[] origins;
    private readonly RecentLoads recent;
    private readonly List<Issue> issues = [];
    private readonly BacktestTally[,] tallies = new BacktestTally[Classes.Length, Enum.GetValues<BacktestMethod>().Length];
    private readonly TotalReconciler reconciler = new();
    private readonly float[] history;
    private readonly float[] simple;
    private readonly float[] simpleHigh;
    private readonly List<float> errors = [];
    private DayAhead? dayAhead;
    private int known;
    private int scored;

    /// <param name="replay">Begins after this.</param>
    /// <param name="end">The slot after the last one that is known.</param>
    /// <param name="options">What to try.</param>
    /// <exception cref="ArgumentException">The options don't hold.</exception>
    public Backtest(TrafficReplay replay, long end, BacktestOptions options)
    {
        options.Check(replay.Grid);
        this.replay = replay;
        this.options = options;
        horizon = (int)(options.Horizon.Ticks / replay.Grid.SlotLength.Ticks);
        var every = options.Every.Ticks / replay.Grid.SlotLength.Ticks;
        origins = [.. Enumerable.Range(0, options.Origins).Select(back => end - horizon - ((options.Origins - 1 - back) * every))];
        recent = new RecentLoads(origins[0] - (WeeksOfMean * replay.Grid.SlotsPerWeek));
        history = new float[WeeksOfMean * replay.Grid.SlotsPerWeek];
        simple = new float[horizon];
        simpleHigh = new float[horizon];
        for (var of = 0; of < Classes.Length; of++)
        {
            for (var method = 0; method < tallies.GetLength(1); method++) tallies[of, method] = new BacktestTally(options.Groups, horizon);
        }

        replay.Closing += Follow;
    }

    /// <summary>Told of every forecast of every slot, when it can be compared.</summary>
    public event Action<BacktestRow>? Compared;

    /// <summary>Slots that are forecast from, in order.</summary>
    public IReadOnlyList<long> Origins => origins;

    /// <summary>Origins that were compared to their end; fewer than asked for if the record is too short.</summary>
    public int Scored => scored;

    /// <summary>The scores, by class and method; classes without an entity are left out.</summary>
    public IReadOnlyList<BacktestScore> Scores() =>
    [
        .. from of in Enumerable.Range(0, Classes.Length)
           from method in Enum.GetValues<BacktestMethod>()
           let score = tallies[of, (int)method].Score(Classes[of], method)
           where score.Load > 0
           select score,
    ];

    private void Follow(long slot, IReadOnlyList<(int Series, float Load)> came)
    {
        var isOrigin = origins.Contains(slot);
        var perDay = replay.Grid.SlotsPerDay;
        if (isOrigin || ((slot - origins[0]) % perDay == 0 && slot >= origins[0] - (ReconciledDays * perDay) && slot <= origins[^1])) Predict(slot, isOrigin);
        recent.Add(slot, came);
        known = replay.Entities.Count;
        for (var i = issues.Count - 1; i >= 0; i--)
        {
            if (slot != issues[i].Origin + horizon - 1) continue;
            Compare(issues[i]);
            issues.RemoveAt(i);
        }
    }

    /// <summary>Forecasts all entities: once a day to see whether the total knows better, and at the origins.</summary>
    private void Predict(long slot, bool isOrigin)
    {
        // A table's entities are all known before its first slot; of a log, those that came before this one.
        var count = known == 0 ? replay.Entities.Count : known;
        if (count == 0) return;
        var perDay = replay.Grid.SlotsPerDay;
        var length = Math.Max(perDay, isOrigin ? horizon : 0);
        var parts = new Forecast[count];
        for (var i = 0; i < count; i++) replay.Forecaster.Predict(i + 1, length, parts[i] = new Forecast());
        var total = new Forecast();
        replay.Forecaster.Predict(replay.Total, length, total);
        LearnTotal(slot);
        dayAhead = new DayAhead(slot, TotalReconciler.SumOf(length, parts)[..perDay], total.Mean[..perDay].ToArray());
        if (!isOrigin) return;
        reconciler.Apply(total, parts, levels: 3);
        issues.Add(new Issue(slot, parts, [.. parts.Select(ClassOf)]));
    }

    private void LearnTotal(long slot)
    {
        if (dayAhead is not { } issued || slot != issued.Slot + replay.Grid.SlotsPerDay) return;
        var came = new float[replay.Grid.SlotsPerDay];
        var one = new float[came.Length];
        for (var series = 1; series <= known; series++)
        {
            recent.Read(series, issued.Slot, one);
            if (Array.Exists(one, float.IsNaN)) return; // a sum of what is known says nothing of the rest
            TensorPrimitives.Add(came, one, came);
        }

        reconciler.Learn(issued.Sum, issued.Total, came);
    }

    private int ClassOf(Forecast forecast)
    {
        var high = forecast.Quantile(1)[..horizon];
        var peak = 0f;
        foreach (var load in high) peak = Math.Max(peak, load);
        var share = peak / replay.Grid.SlotLength.TotalSeconds / replay.Capacity;
        var profiles = replay.Profiles.Options;
        return share >= profiles.HotShare ? 1 : share >= profiles.WarmShare ? 2 : 3;
    }

    private void Compare(Issue issue)
    {
        scored++;
        var actual = new float[horizon];
        for (var i = 0; i < issue.Parts.Length; i++)
        {
            var forecast = issue.Parts[i];
            recent.Read(i + 1, issue.Origin, actual);
            recent.Read(i + 1, issue.Origin - history.Length, history);
            var scale = ScaleOf();
            var group = i % options.Groups;
            ReadOnlySpan<int> classes = [0, issue.Classes[i]];
            foreach (var of in classes)
            {
                tallies[of, 0].Add(
                    group, actual, forecast.Mean[..horizon], forecast.Quantile(0)[..horizon], forecast.Quantile(1)[..horizon], scale);
            }

            for (var method = BacktestMethod.NaiveDay; method <= BacktestMethod.WeekMean; method++)
            {
                Simple(method);
                foreach (var of in classes) tallies[of, (int)method].Add(group, actual, simple, simple, simpleHigh, scale);
            }

            Tell(issue.Origin, replay.EntityOf(i + 1), forecast, actual);
        }

        foreach (var tally in tallies) tally.EndOrigin(issue.Origin == origins[^1]);
    }

    private void Tell(long origin, EntityKey entity, Forecast forecast, float[] actual)
    {
        if (Compared is null) return;
        for (var i = 0; i < horizon; i++)
        {
            if (float.IsNaN(actual[i])) continue;
            Compared(new BacktestRow(
                entity,
                replay.Grid.StartOf(origin),
                replay.Grid.StartOf(origin + i),
                actual[i],
                forecast.Mean[i],
                forecast.Quantile(0)[i],
                forecast.Quantile(1)[i],
                forecast.Quantile(2)[i]));
        }
    }

    private double ScaleOf()
    {
        var day = replay.Grid.SlotsPerDay;
        var sum = 0.0;
        var count = 0;
        for (var i = day; i < history.Length; i++)
        {
            if (float.IsNaN(history[i]) || float.IsNaN(history[i - day])) continue;
            sum += Math.Abs(history[i] - history[i - day]);
            count++;
        }

        return count == 0 ? double.NaN : sum / count;
    }

    /// <summary>A simple method's forecast of every slot, from the history that was read last; its 0.9 quantile is that of its own past errors.</summary>
    private void Simple(BacktestMethod method)
    {
        var (period, times) = method switch
        {
            BacktestMethod.NaiveDay => (replay.Grid.SlotsPerDay, 1),
            BacktestMethod.NaiveWeek => (replay.Grid.SlotsPerWeek, 1),
            _ => (replay.Grid.SlotsPerWeek, WeeksOfMean),
        };
        errors.Clear();
        for (var at = period; at < history.Length; at++)
        {
            var error = history[at] - MeanBefore(at, period, times);
            if (!float.IsNaN(error)) errors.Add(error);
        }

        errors.Sort();
        var high = errors.Count == 0 ? 0 : errors[(int)(HighLevel * errors.Count)];
        for (var i = 0; i < horizon; i++)
        {
            var mean = MeanBefore(history.Length + (i % period), period, times);
            simple[i] = float.IsNaN(mean) ? 0 : mean;
            simpleHigh[i] = Math.Max(0, simple[i] + high);
        }
    }

    /// <summary>Mean of the known loads one, two, … periods before a place in the history; NaN if there are none.</summary>
    private float MeanBefore(int place, int period, int times)
    {
        var sum = 0f;
        var count = 0;
        for (var at = place - period; at >= 0 && count < times; at -= period)
        {
            if (float.IsNaN(history[at])) continue;
            sum += history[at];
            count++;
        }

        return count == 0 ? float.NaN : sum / count;
    }

    private sealed record Issue(long Origin, Forecast[] Parts, int[] Classes);

    private sealed record DayAhead(long Slot, float[] Sum, float[] Total);
}
