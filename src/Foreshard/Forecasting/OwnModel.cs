using System.Diagnostics;
using System.Numerics.Tensors;

namespace Foreshard.Forecasting;

/// <summary>
/// A series' own regression: how its next days follow from its last days and weeks, one set of coefficients for all times of
/// day. Least absolute deviations with a ridge towards "last week and the week before", by iteratively reweighted least squares.
/// </summary>
/// <remarks>
/// All features are differences, divided by the series' mean change from day to day, so that the model is the same whatever the
/// unit and level, and the ridge means the same everywhere. Scratch: one instance per thread.
/// </remarks>
internal sealed class OwnModel
{
    public const int Features = 11;

    /// <summary>Features and targets beyond that many usual changes are cut: outliers decide nothing.</summary>
    private const float FeatureMax = 20;

    private const float TargetMax = 30;

    /// <summary>Residuals below that share of a usual change weigh alike.</summary>
    private const float ResidualMin = 0.02f;

    /// <summary>Loss of influence of the last three hours' deviation, per hour of lead.</summary>
    private const double FadePerHour = 0.9;

    /// <summary>Where coefficients are drawn to: 0.4 of last week, 0.3 of the week before, the rest of the last day.</summary>
    private static readonly float[] Prior = [0, 0.4f, 0.3f, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly int day;
    private readonly int week;
    private readonly float[] fade;
    private readonly float[][] features;
    private readonly float[][] weighted;
    private readonly float[] targets;
    private readonly float[] weights;
    private readonly float[] residuals;
    private readonly double[] normal = new double[Features * Features];
    private readonly double[] solution = new double[Features];
    private int rows;
    private float originUnit;

    public OwnModel(SeriesLayout layout)
    {
        day = layout.Day;
        week = layout.Week;
        fade = new float[week];
        for (var lead = 0; lead < week; lead++) fade[lead] = (float)Math.Pow(FadePerHour, lead * 24.0 / day);
        features = [.. Enumerable.Range(0, Features).Select(_ => new float[layout.RingLength])];
        weighted = [.. Enumerable.Range(0, Features).Select(_ => new float[layout.RingLength])];
        targets = new float[layout.RingLength];
        weights = new float[layout.RingLength];
        residuals = new float[layout.RingLength];
    }

    /// <summary>Length of history below which nothing is fitted and nothing forecast, in weeks.</summary>
    public const int WeeksMin = 2;

    /// <summary>The unit of all features: mean absolute change from day to day over the last three weeks.</summary>
    public float UnitOf(ReadOnlySpan<float> loads)
    {
        var recent = loads[Math.Max(0, loads.Length - (3 * week))..];
        if (recent.Length <= day) return 1;
        var changes = residuals.AsSpan(0, recent.Length - day);
        TensorPrimitives.Subtract(recent[day..], recent[..^day], changes);
        var absolute = TensorPrimitives.SumOfMagnitudes<float>(changes) / changes.Length;
        var floor = 1e-4f * Math.Abs(SeriesWindow.Mean(recent));
        return Math.Max(absolute + floor, 1e-12f);
    }

    /// <summary>Takes a history to fit to: all its days as examples of one block of leads.</summary>
    /// <param name="loads">All that is known, oldest first; in loads or logarithms.</param>
    /// <param name="block">Days ahead: 0 is the next one.</param>
    /// <returns>Whether there is enough of it.</returns>
    public bool TakeExamples(ReadOnlySpan<float> loads, int block)
    {
        rows = Rows(loads, block, UnitOf(loads));
        return rows >= Math.Min(2 * day, 24);
    }

    /// <summary>Fits coefficients to the examples taken last.</summary>
    /// <param name="ridge">Strength of the prior, relative to the mean square of the features.</param>
    /// <param name="discount">Weight of a day relative to the one after it.</param>
    /// <param name="isRefined">True if the coefficients come from an earlier fit: then two rounds are enough.</param>
    /// <param name="coefficients">In and out.</param>
    public void Fit(double ridge, float discount, bool isRefined, Span<float> coefficients)
    {
        if (!isRefined) Prior.CopyTo(coefficients);
        var weight = 1f;
        for (var row = 0; row < rows; row += day, weight *= discount) weights.AsSpan(row, day).Fill(weight);
        for (var round = isRefined ? 2 : 4; round > 0; round--) Improve(ridge, coefficients);
    }

    /// <summary>Takes a history to forecast from.</summary>
    /// <param name="loads">All that is known at the origin.</param>
    /// <param name="block">Days ahead: 0 is the next one.</param>
    public void TakeOrigin(ReadOnlySpan<float> loads, int block)
    {
        originUnit = UnitOf(loads);
        Describe(loads, block, originUnit, 0);
        loads[^day..].CopyTo(targets);
    }

    /// <summary>Forecasts one day from the origin taken last.</summary>
    /// <param name="coefficients">Of the origin's block.</param>
    /// <param name="into">One day's slots.</param>
    public void Forecast(ReadOnlySpan<float> coefficients, Span<float> into)
    {
        targets.AsSpan(0, day).CopyTo(into);
        for (var feature = 0; feature < Features; feature++)
            TensorPrimitives.MultiplyAdd(features[feature].AsSpan(0, day), coefficients[feature] * originUnit, into, into);
    }

    private int Rows(ReadOnlySpan<float> loads, int block, float unit)
    {
        var row = 0;
        for (var origin = loads.Length - ((block + 1) * day); origin >= WeeksMin * week; origin -= day)
        {
            var known = loads[..origin];
            Describe(known, block, unit, row);
            var target = targets.AsSpan(row, day);
            TensorPrimitives.Subtract(loads.Slice(origin + (block * day), day), known[^day..], target);
            TensorPrimitives.Divide(target, unit, target);
            Cut(target, TargetMax);
            row += day;
        }

        return row;
    }

    /// <summary>The features of one day as seen from the end of what is known, written from a row on.</summary>
    private void Describe(ReadOnlySpan<float> known, int block, float unit, int row)
    {
        var last = known[^day..];
        Difference(0, known.Slice(known.Length - (2 * day), day), last, unit, row);
        var week1 = WeekAgo(known, block, 1);
        var week2 = WeekAgo(known, block, 2);
        var week3 = WeekAgo(known, block, 3);
        Difference(1, week1, last, unit, row);
        Difference(2, week2, last, unit, row);
        Difference(3, week3, last, unit, row);
        Difference(8, WeekAgo(known, block, 4), last, unit, row);

        var threeHours = Math.Max(1, day / 8);
        var now = SeriesWindow.Mean(last);
        var recent = SeriesWindow.Mean(known[^threeHours..]);
        var recentWeekAgo = SeriesWindow.Mean(Before(known, week, threeHours));
        var recentDayAgo = SeriesWindow.Mean(Before(known, day, threeHours));
        Constant(4, (now - SeriesWindow.Mean(Before(known, week, day))) / unit, row);
        Constant(5, (now - SeriesWindow.Mean(known[Math.Max(0, known.Length - week)..])) / unit, row);
        Fading(6, (recent - recentWeekAgo) / unit, block, row);
        Fading(10, (recent - recentDayAgo) / unit, block, row);

        var level = features[7].AsSpan(row, day);
        TensorPrimitives.Subtract(last, now, level);
        TensorPrimitives.Multiply(level, 1 / unit, level);
        Cut(level, FeatureMax);

        var middle = features[9].AsSpan(row, day);
        MedianOfThree.Of(week1, week2, week3, weighted[0].AsSpan(0, day), middle);
        TensorPrimitives.Subtract(middle, last, middle);
        TensorPrimitives.Multiply(middle, 1 / unit, middle);
        Cut(middle, FeatureMax);
    }

    private void Difference(int feature, ReadOnlySpan<float> values, ReadOnlySpan<float> last, float unit, int row)
    {
        var into = features[feature].AsSpan(row, day);
        TensorPrimitives.Subtract(values, last, into);
        TensorPrimitives.Multiply(into, 1 / unit, into);
        Cut(into, FeatureMax);
    }

    private void Constant(int feature, float value, int row) =>
        features[feature].AsSpan(row, day).Fill(Math.Clamp(value, -FeatureMax, FeatureMax));

    private void Fading(int feature, float value, int block, int row)
    {
        var into = features[feature].AsSpan(row, day);
        TensorPrimitives.Multiply(fade.AsSpan(block * day, day), Math.Clamp(value, -FeatureMax, FeatureMax), into);
    }

    /// <summary>The day of the forecast some weeks ago; the oldest known one, if that is too long ago.</summary>
    private ReadOnlySpan<float> WeekAgo(ReadOnlySpan<float> known, int block, int weeks)
    {
        var start = known.Length + (block * day) - (weeks * week);
        while (start < 0) start += week;
        while (start + day > known.Length) start -= day;
        return known.Slice(Math.Max(0, start), day);
    }

    private static ReadOnlySpan<float> Before(ReadOnlySpan<float> known, int ago, int length)
    {
        var end = known.Length - ago;
        return end < length ? known[^length..] : known.Slice(end - length, length);
    }

    private static void Cut(Span<float> values, float limit)
    {
        TensorPrimitives.Min(values, limit, values);
        TensorPrimitives.Max(values, -limit, values);
    }

    private void Improve(double ridge, Span<float> coefficients)
    {
        var residual = residuals.AsSpan(0, rows);
        targets.AsSpan(0, rows).CopyTo(residual);
        for (var feature = 0; feature < Features; feature++)
            TensorPrimitives.MultiplyAdd(features[feature].AsSpan(0, rows), -coefficients[feature], residual, residual);
        TensorPrimitives.Abs(residual, residual);
        TensorPrimitives.Max(residual, ResidualMin, residual);
        TensorPrimitives.Divide(weights.AsSpan(0, rows), residual, residual);

        var trace = 0.0;
        for (var i = 0; i < Features; i++)
        {
            var row = weighted[i].AsSpan(0, rows);
            TensorPrimitives.Multiply(features[i].AsSpan(0, rows), residual, row);
            for (var j = 0; j <= i; j++) normal[(i * Features) + j] = TensorPrimitives.Dot(row, features[j].AsSpan(0, rows));
            solution[i] = TensorPrimitives.Dot(row, targets.AsSpan(0, rows));
            trace += normal[(i * Features) + i];
        }

        var strength = (ridge * trace / Features) + 1e-6;
        for (var i = 0; i < Features; i++)
        {
            normal[(i * Features) + i] += strength;
            solution[i] += strength * Prior[i];
        }

        Solve();
        for (var i = 0; i < Features; i++) coefficients[i] = (float)solution[i];
    }

    /// <summary>Cholesky's method; the ridge keeps the matrix positive definite.</summary>
    private void Solve()
    {
        for (var i = 0; i < Features; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = normal[(i * Features) + j];
                for (var k = 0; k < j; k++) sum -= normal[(i * Features) + k] * normal[(j * Features) + k];
                normal[(i * Features) + j] = i == j ? Math.Sqrt(Math.Max(sum, 1e-12)) : sum / normal[(j * Features) + j];
            }
        }

        for (var i = 0; i < Features; i++)
        {
            for (var k = 0; k < i; k++) solution[i] -= normal[(i * Features) + k] * solution[k];
            solution[i] /= normal[(i * Features) + i];
        }

        for (var i = Features - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < Features; k++) solution[i] -= normal[(k * Features) + i] * solution[k];
            solution[i] /= normal[(i * Features) + i];
        }

        Debug.Assert(solution.All(double.IsFinite), "A ridge keeps the solution finite.");
    }
}
