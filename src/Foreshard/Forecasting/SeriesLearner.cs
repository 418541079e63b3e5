using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Foreshard.Profiling;

namespace Foreshard.Forecasting;

/// <summary>What a series learns once a day: how good its members were, how far its forecasts were off, and new coefficients.</summary>
internal sealed class SeriesLearner(SeriesLayout layout)
{
    /// <summary>Share of a new day in scores, errors and skill, once a week is known.</summary>
    private const float Gain = 0.15f;

    /// <summary>The same in the errors by time of day.</summary>
    private const float ErrorGain = 0.125f;

    /// <summary>Weight of a day's dispersion relative to the next day's.</summary>
    private const float DispersionDiscount = 0.95f;

    private const float SpreadGain = 0.02f;
    private const float SpreadMax = 1;
    private const float BiasGain = 0.05f;

    /// <summary>Days between two fits.</summary>
    private const int HotFitDays = 3;
    private const int WarmFitDays = 7;

    /// <summary>A scale that would hold that many times the largest load is too coarse.</summary>
    private const float CoarseMin = 8;

    /// <summary>Error of a series that was never scored, as a share of its peak.</summary>
    private const float UnknownError = 0.25f;

    /// <summary>A last day that is that much above or below what was forecast, and beyond chance, is a level shift.</summary>
    private const float ShiftFactor = 1.7f;

    private readonly Ensemble ensemble = new(layout);
    private readonly float[] point = new float[layout.Day];
    private readonly float[] error = new float[layout.Day];
    private readonly float[] usual = new float[layout.Day];
    private readonly double[] relative = new double[MemberInfo.Count];

    /// <summary>Learns from all that is known.</summary>
    /// <param name="series">The series.</param>
    /// <param name="population">What all series share; learns too.</param>
    /// <param name="open">The base slot that is open.</param>
    public void Learn(SeriesView series, Population population, long open)
    {
        ref var head = ref series.Head;
        ensemble.Window.Read(series, open);
        var known = ensemble.Window.Count;
        if (known < layout.Day) return;
        Sharpen(series);
        Classify(series);
        if (known >= 2 * layout.Day) Score(series, population, open, known);
        Fit(series, known);
        if (layout.Blocks > 1 && known >= 3 * layout.Day) Issue(series, population, open, known);
    }

    private void Fit(SeriesView series, int known)
    {
        ref var head = ref series.Head;
        if (known < (OwnModel.WeeksMin * layout.Week) + layout.Day) return;
        if (head.FitIn > 0) head.FitIn--;
        if (head.FitIn > 0) return;
        ensemble.Fit(series);
        head.FitIn = (byte)(layout.Tier == SeriesTier.Hot ? HotFitDays : WarmFitDays);
    }

    /// <summary>
    /// Keeps what is forecast for the second day until it is over. What would be said with hindsight, with today's weights and
    /// coefficients, is better than what was said: by it, quantiles would be too narrow.
    /// </summary>
    private void Issue(SeriesView series, Population population, long open, int known)
    {
        ensemble.Begin(series, known, population, open);
        ensemble.Forecast(series, population, 1, point);
        var codes = IssuedOn(series, open / layout.Day);
        var scale = Math.Max(series.Head.Scale, float.Epsilon);
        for (var i = 0; i < codes.Length; i++) codes[i] = LoadRing.Wide(point[i], scale);
    }

    /// <summary>Takes what was forecast for the day that has just ended two days ago; false if nothing was.</summary>
    private bool TakeIssued(SeriesView series, long open)
    {
        var codes = IssuedOn(series, (open / layout.Day) - 2);
        return codes[0] != LoadRing.WideMissing && LoadRing.Read(codes, series.Head.Scale, point) == 0;
    }

    private Span<ushort> IssuedOn(SeriesView series, long day) =>
        MemoryMarshal.Cast<byte, ushort>(series.Issued).Slice((int)(day % 2) * layout.Day, layout.Day);

    /// <summary>Makes a scale finer that was made for loads far larger than all that are remembered.</summary>
    private void Sharpen(SeriesView series)
    {
        ref var head = ref series.Head;
        var largest = TensorPrimitives.Max(ensemble.Window.Loads);
        if (LoadRing.Limit(layout.Tier, head.Scale) <= CoarseMin * largest) return;
        var scale = largest > 0 ? LoadRing.ScaleFor(layout.Tier, largest, !head.Flags.HasFlag(SeriesFlags.Fractional)) : 0;
        if (scale >= head.Scale) return;
        if (scale > 0) series.Rescale(scale);
        else head.Scale = 0;
    }

    /// <summary>Compares the forecasts that would have been made one day and two days ago with what came.</summary>
    private void Score(SeriesView series, Population population, long open, int known)
    {
        ref var head = ref series.Head;
        var actual = ensemble.Window.Loads[^layout.Day..];
        ensemble.Begin(series, known - layout.Day, population, open - layout.Day);
        ensemble.AskAll(series, 0);
        ensemble.Mix(series, population, 0, point);
        FollowShift(ref head, actual);
        if (head.Flags.HasFlag(SeriesFlags.Sparse)) LearnCounts(ref head, population, actual);
        else LearnErrors(series, population, open, actual);
        LearnSkill(ref head, actual, known);
        ScoreMembers(series, population, 0, actual);

        if (layout.Blocks > 1 && known >= 3 * layout.Day)
        {
            ensemble.Begin(series, known - (2 * layout.Day), population, open - (2 * layout.Day));
            ensemble.AskAll(series, 1);
            if (!head.Flags.HasFlag(SeriesFlags.Sparse) && TakeIssued(series, open)) AddResiduals(series, population.Residuals[1], open, actual);
            ScoreMembers(series, population, 1, actual);
        }

        if (head.Scored < byte.MaxValue) head.Scored++;
    }

    /// <summary>Tells counts from loads that flow, and finds the load of one event.</summary>
    private void Classify(SeriesView series)
    {
        ref var head = ref series.Head;
        var loads = ensemble.Window.Loads;
        var sum = 0.0;
        var some = 0;
        var least = float.PositiveInfinity;
        var divisor = 0L;
        var isWhole = !head.Flags.HasFlag(SeriesFlags.Fractional);
        var isExact = isWhole && layout.Tier == SeriesTier.Hot;
        foreach (var load in loads)
        {
            if (load <= 0) continue;
            some++;
            sum += load;
            least = Math.Min(least, load);
            if (isExact && divisor != 1) divisor = Divisor(divisor, (long)Math.Round(load));
        }

        head.Unit = some == 0 ? 1 : isWhole ? Math.Max(1, divisor) : least;
        var mean = some == 0 ? 0 : sum / some / head.Unit;
        var zeros = 1 - ((double)some / loads.Length);
        var isSparse = isWhole ? mean < 8 : zeros > 0.5 && mean < 8;
        if (isSparse == head.Flags.HasFlag(SeriesFlags.Sparse)) return;
        head.Flags ^= SeriesFlags.Sparse;

        // Counts are scored by squares and the others by absolute errors: what was learned of one means nothing for the other.
        series.Scores.Fill(Half.NaN);
        head.Scored = 0;
    }

    private static long Divisor(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }

    private void FollowShift(ref SeriesHead head, ReadOnlySpan<float> actual)
    {
        var came = TensorPrimitives.Sum(actual);
        var expected = TensorPrimitives.Sum<float>(point);
        var chance = 5 * MathF.Sqrt(Math.Max(head.Unit, 1e-9f) * Math.Max(expected, came));
        var noise = head.Flags.HasFlag(SeriesFlags.Sparse) ? 0.5f * expected : 6 * head.Error;
        var isShift = Math.Abs(came - expected) > Math.Max(chance, noise) && head.Scored >= 5
            && (came > ShiftFactor * expected || expected > ShiftFactor * came);
        if (isShift) head.Flags |= SeriesFlags.Shifted;
        else if (Math.Abs(came - expected) < 0.3f * expected) head.Flags &= ~SeriesFlags.Shifted;
    }

    private void LearnCounts(ref SeriesHead head, Population population, ReadOnlySpan<float> actual)
    {
        var excess = 0.0;
        var squares = 0.0;
        var dispersion = DispersionOf(head, population);
        Calibrate(head, population, actual);
        for (var i = 0; i < actual.Length; i++)
        {
            var mean = (double)point[i] / head.Unit;
            var count = (double)actual[i] / head.Unit;
            excess += ((count - mean) * (count - mean)) - mean;
            squares += mean * mean;
            if (mean <= 0) continue;
            var (below, upTo) = CountQuantiles.Distribution(Math.Round(count), mean, dispersion);
            population.Calibration.Add(below, upTo);
        }

        head.ExcessSquares = (DispersionDiscount * head.ExcessSquares) + (float)excess;
        head.MeanSquares = (DispersionDiscount * head.MeanSquares) + (float)squares;
        population.AddDispersion(excess, squares);
    }

    private void Calibrate(in SeriesHead head, Population population, ReadOnlySpan<float> actual)
    {
        var expected = TensorPrimitives.Sum<float>(point) / head.Unit;
        var factor = population.Means.FactorFor(expected);
        if (!head.Flags.HasFlag(SeriesFlags.Aggregate)) population.Means.Add(TensorPrimitives.Sum(actual) / head.Unit, expected);
        TensorPrimitives.Multiply(point, factor, point);
    }

    /// <summary>Dispersion of a series of counts, drawn to that of the population.</summary>
    public static float DispersionOf(in SeriesHead head, Population population)
    {
        const float PriorSquares = 8;
        return Math.Clamp((head.ExcessSquares + (population.Dispersion * PriorSquares)) / (head.MeanSquares + PriorSquares), 0, 3.2f);
    }

    private void LearnErrors(SeriesView series, Population population, long open, ReadOnlySpan<float> actual)
    {
        ref var head = ref series.Head;
        if (head.Scored > 0)
        {
            AddResiduals(series, population.Residuals[0], open, actual);
            for (var i = 0; i < actual.Length; i++)
            {
                var size = Math.Abs(actual[i] - point[i]) / usual[i];
                var isLarge = size > population.LargeResidual * MathF.Exp(head.Spread);
                head.Spread = Math.Clamp(head.Spread + (SpreadGain * ((isLarge ? 1 : 0) - 0.1f)), -SpreadMax, SpreadMax);
            }
        }

        var came = TensorPrimitives.Sum(actual);
        var expected = TensorPrimitives.Sum<float>(point);
        if (expected > 0) head.Bias = Math.Clamp(head.Bias + (BiasGain * ((came / expected) - head.Bias)), 0.8f, 1.25f);
        for (var i = 0; i < series.Errors.Length; i++)
        {
            var slot = (int)((open + i) % layout.Day);
            var now = Math.Abs(actual[i] - point[i]);
            var before = Logarithm.Value(series.Errors[slot]);
            series.Errors[slot] = Logarithm.Of(float.IsNaN(before) ? now : before + (Math.Max(ErrorGain, 1f / (head.Scored + 1)) * (now - before)));
        }
    }

    private void AddResiduals(SeriesView series, ResidualHistogram residuals, long open, ReadOnlySpan<float> actual)
    {
        if (series.Head.Scored == 0) return;
        var spread = SpreadOf(series.Head);
        UsualErrors(series, open, usual);
        for (var i = 0; i < actual.Length; i++) residuals.Add((actual[i] - point[i]) / (usual[i] * spread));
    }

    /// <summary>
    /// Usual errors of a series in the slots of a day: its own at that time of day and in the slots beside, drawn to its error
    /// overall. A warm series knows only the latter.
    /// </summary>
    /// <param name="series">The series.</param>
    /// <param name="first">The day's first slot; any.</param>
    /// <param name="into">One day's slots.</param>
    public static void UsualErrors(SeriesView series, long first, Span<float> into)
    {
        var head = series.Head;
        var isUnknown = head.Scored == 0 && head.Error == 0;
        var floor = Math.Max((isUnknown ? UnknownError : 1e-5f) * head.Peak, 1e-9f);
        if (series.Layout.Tier == SeriesTier.Warm || head.Scored == 0 || Half.IsNaN(series.Errors[0]))
        {
            into.Fill(Math.Max(head.Error, floor));
            return;
        }

        var day = series.Layout.Day;
        Span<float> byTime = stackalloc float[SlotGrid.BaseSlotsPerDayMax + 2];
        TensorPrimitives.ConvertToSingle(series.Errors, byTime.Slice(1, day));
        TensorPrimitives.Exp2(byTime.Slice(1, day), byTime.Slice(1, day));
        byTime[0] = byTime[day];
        byTime[day + 1] = byTime[1];
        var start = (int)(first % day);
        for (var i = 0; i < day; i++)
        {
            var slot = start + i < day ? start + i : start + i - day;
            var near = (byTime[slot] + byTime[slot + 1] + byTime[slot + 2]) / 3;
            into[i] = Math.Max((0.8f * near) + (0.2f * head.Error), floor);
        }
    }

    /// <summary>How much wider than usual a series' quantiles lie.</summary>
    public static float SpreadOf(in SeriesHead head) => MathF.Exp(0.5f * head.Spread);

    private void LearnSkill(ref SeriesHead head, ReadOnlySpan<float> actual, int known)
    {
        var gain = Math.Max(Gain, 1f / (head.Scored + 1));
        var isSparse = head.Flags.HasFlag(SeriesFlags.Sparse);
        var isFirst = head.Scored == 0;
        Follow(ref head.Error, ErrorOf(point, actual, isSparse), isFirst ? 1 : gain);
        Follow(ref head.NaiveDayError, ErrorOf(ensemble.Window.Loads.Slice(known - (2 * layout.Day), layout.Day), actual, isSparse), isFirst ? 1 : gain);
        if (known < layout.Week + layout.Day) return;
        var week = ErrorOf(ensemble.Window.Loads.Slice(known - layout.Week - layout.Day, layout.Day), actual, isSparse);
        Follow(ref head.NaiveWeekError, week, float.IsNaN(head.NaiveWeekError) ? 1 : gain);
    }

    private static void Follow(ref float value, float next, float gain) => value = gain >= 1 ? next : value + (gain * (next - value));

    /// <summary>Mean absolute error; of counts the root of the mean square, which a forecast of nothing doesn't win.</summary>
    private float ErrorOf(ReadOnlySpan<float> forecast, ReadOnlySpan<float> actual, bool isSparse)
    {
        TensorPrimitives.Subtract(forecast, actual, error);
        return isSparse
            ? MathF.Sqrt(TensorPrimitives.SumOfSquares<float>(error) / error.Length)
            : TensorPrimitives.SumOfMagnitudes<float>(error) / error.Length;
    }

    /// <summary>
    /// Errors below are not told apart. Of counts, that is a third of what chance alone makes of them (Poisson's standard deviation):
    /// or whoever says 0 would win infinitely on all days that have no event.
    /// </summary>
    private static float FloorOf(in SeriesHead head, float mean) => Math.Max(
        head.Flags.HasFlag(SeriesFlags.Sparse) ? 0.3f * MathF.Sqrt(head.Unit * mean) : 1e-3f * mean,
        1e-9f);

    private void ScoreMembers(SeriesView series, Population population, int block, ReadOnlySpan<float> actual)
    {
        var head = series.Head;
        var isSparse = head.Flags.HasFlag(SeriesFlags.Sparse);
        var scores = series.ScoresOf(block);
        var floor = FloorOf(head, SeriesWindow.Mean(ensemble.Window.Loads));
        var sum = 0.0;
        var count = 0;
        for (var member = 0; member < layout.Members; member++)
        {
            if (!ensemble.Has[member]) continue;
            TensorPrimitives.Subtract(ensemble.Forecasts[member], actual, error);
            var before = Logarithm.Value(scores[member]);
            var now = isSparse ? TensorPrimitives.SumOfSquares<float>(error) / layout.Day : TensorPrimitives.SumOfMagnitudes<float>(error) / layout.Day;
            if (isSparse) before *= before;
            var after = float.IsNaN(before) ? now : before + (Math.Max(Gain, 1f / (head.Scored + 1)) * (now - before));
            scores[member] = Logarithm.Of(Math.Max(floor, isSparse ? MathF.Sqrt(after) : after));
            relative[member] = (double)scores[member] * Math.Log(2);
            sum += relative[member];
            count++;
        }

        if (head.Flags.HasFlag(SeriesFlags.Aggregate) || head.Scored < 2) return;
        for (var member = 0; member < layout.Members; member++)
        {
            if (ensemble.Has[member]) population.AddScore(isSparse, block, member, relative[member] - (sum / count));
        }
    }
}
