using System.Numerics.Tensors;
using System.Runtime.InteropServices;

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

    private readonly Ensemble ensemble = new(layout);
    private readonly float[] point = new float[layout.Day];
    private readonly float[] error = new float[layout.Day];
    private readonly float[] usual = new float[layout.Day];
    private readonly float[] errors = new float[MemberInfo.Count];
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
        if (IsNewWeek(open) && open / layout.Week % 2 == 0) head.Flags &= ~SeriesFlags.Spiked;
        Sharpen(series);
        if (IsNewWeek(open) || TensorPrimitives.Max(ensemble.Window.Loads[^layout.Day..]) > 0) Classify(series);
        if (!IsLastDayKnown(series, open) || TensorPrimitives.Max(ensemble.Window.Loads) <= 0) return;
        if (known >= 2 * layout.Day) Score(series, population, open, known);

        // Of counts only the mean is asked for, which neither needs the regressions nor remembers what was said.
        if (head.Flags.HasFlag(SeriesFlags.Sparse)) return;
        Fit(series, known);
        if (layout.Blocks > 1 && known >= 3 * layout.Day) Issue(series, population, open, known);
    }

    /// <summary>Whether a series that learns at that slot of the day does so for the first time in a week.</summary>
    private bool IsNewWeek(long open) => open % layout.Week < layout.Day;

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

    /// <summary>Whether half of the last day is known at least: what stands in for the rest is a forecast itself.</summary>
    private bool IsLastDayKnown(SeriesView series, long open)
    {
        var known = 0;
        for (var slot = open - layout.Day; slot < open; slot++)
        {
            if (!float.IsNaN(series.LoadAt(slot))) known++;
        }

        return 2 * known >= layout.Day;
    }

    /// <summary>Compares the forecasts that would have been made one day and two days ago with what came.</summary>
    private void Score(SeriesView series, Population population, long open, int known)
    {
        ref var head = ref series.Head;
        var actual = ensemble.Window.Loads[^layout.Day..];
        ensemble.Begin(series, known - layout.Day, population, open - layout.Day);
        ensemble.AskAll(series, 0);
        ensemble.Mix(series, population, 0, point);
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
        series.Issued.Fill(byte.MaxValue);
        head.Scored = 0;
        head.FitIn = 0;
    }

    private static long Divisor(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
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
            var before = series.Errors[slot];
            series.Errors[slot] = float.IsNaN(before) ? now : before + (Math.Max(ErrorGain, 1f / (head.Scored + 1)) * (now - before));
        }
    }

    private void AddResiduals(SeriesView series, ResidualHistogram residuals, long open, ReadOnlySpan<float> actual)
    {
        if (series.Head.Scored == 0) return;
        var spread = SpreadOf(series.Head);
        UsualError.Of(series, ensemble.Window.Loads[..^layout.Day], open, usual);
        for (var i = 0; i < actual.Length; i++) residuals.Add((actual[i] - point[i]) / (usual[i] * spread));
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

    /// <summary>Compares the members with what came; scores are relative to the mean load, so that 16 bits are enough.</summary>
    private void ScoreMembers(SeriesView series, Population population, int block, ReadOnlySpan<float> actual)
    {
        var head = series.Head;
        var isSparse = head.Flags.HasFlag(SeriesFlags.Sparse);
        var scores = series.ScoresOf(block);
        var mean = Math.Max(SeriesWindow.Mean(ensemble.Window.Loads), 1e-9f);
        var floor = FloorOf(head, mean) / mean;
        var (usual, today) = (0f, 0f);
        for (var member = 0; member < layout.Members; member++)
        {
            if (!ensemble.Has[member]) continue;
            errors[member] = ErrorOf(ensemble.Forecasts[member], actual, isSparse) / mean;
            if (Half.IsNaN(scores[member])) continue;
            usual += Logarithm.Value(scores[member]);
            today += errors[member];
        }

        var sum = 0.0;
        var count = 0;
        for (var member = 0; member < layout.Members; member++)
        {
            if (!ensemble.Has[member]) continue;
            scores[member] = Logarithm.Of(Math.Max(floor, Scored(Logarithm.Value(scores[member]), errors[member], usual, today, isSparse, head.Scored)));
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

    private static float Scored(float before, float now, float usual, float today, bool isSparse, int days)
    {
        // A member that comes later is judged by how it did beside the others, whose days were not all like this one.
        if (float.IsNaN(before)) return usual > 0 && today > 0 ? now * usual / today : now;
        var gain = Math.Max(Gain, 1f / (days + 1));
        return isSparse
            ? MathF.Sqrt((before * before) + (gain * ((now * now) - (before * before))))
            : before + (gain * (now - before));
    }
}
