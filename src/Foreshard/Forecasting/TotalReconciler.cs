using System.Numerics.Tensors;

namespace Foreshard.Forecasting;

/// <summary>Makes the forecast of a total and the forecasts of its parts agree, in the mean: the total is believed as far as it was better.</summary>
/// <remarks>
/// The sum of the parts' forecasts and the total's own forecast are two opinions of the same thing whose errors go together: mixing
/// them in equal parts gains nothing (measured on bike share), and the total's own is the better one where the parts hardly know
/// themselves. The parts are scaled to the mixture. For one thread.
/// </remarks>
internal sealed class TotalReconciler
{
    /// <summary>Weight of a day's errors relative to the next day's.</summary>
    private const double Discount = 0.9;

    /// <summary>Days until which the sum of the parts alone is believed.</summary>
    private const int DaysMin = 3;

    /// <summary>Parts are never scaled by more than that.</summary>
    private const float FactorMax = 2;

    private double sumError;
    private double totalError;
    private int days;

    /// <summary>Weight of the total's own forecast, 0 to 1: the share of the sum's squared error that the total avoids.</summary>
    public float Trust => days < DaysMin || sumError <= totalError ? 0 : (float)(1 - (totalError / sumError));

    /// <summary>Learns from forecasts made some time ago.</summary>
    /// <param name="sum">Sum of the means of the parts, as forecast.</param>
    /// <param name="total">Mean of the total, as forecast by itself.</param>
    /// <param name="actual">What came.</param>
    public void Learn(ReadOnlySpan<float> sum, ReadOnlySpan<float> total, ReadOnlySpan<float> actual)
    {
        sumError = (Discount * sumError) + Squares(sum, actual);
        totalError = (Discount * totalError) + Squares(total, actual);
        days++;
    }

    /// <summary>Scales the parts, means and quantiles, and sets the mean of the total to their sum.</summary>
    /// <param name="total">The total's own forecast.</param>
    /// <param name="parts">The forecasts of its parts, of the same slots.</param>
    /// <param name="levels">Number of quantiles.</param>
    public void Apply(Forecast total, IReadOnlyList<Forecast> parts, int levels)
    {
        var sum = SumOf(total.Count, parts);
        var trust = Trust;
        for (var i = 0; i < sum.Length; i++)
        {
            var mixed = (trust * total.Mean[i]) + ((1 - trust) * sum[i]);
            var factor = sum[i] > 0 ? Math.Clamp(mixed / sum[i], 1 / FactorMax, FactorMax) : 1;
            foreach (var part in parts)
            {
                part.Mean[i] *= factor;
                for (var level = 0; level < levels; level++) part.Quantile(level)[i] *= factor;
            }
        }

        SumOf(total.Count, parts).CopyTo(total.Mean);
    }

    /// <summary>Sum of the means of forecasts of the same slots.</summary>
    public static float[] SumOf(int count, IReadOnlyList<Forecast> parts)
    {
        var sum = new float[count];
        foreach (var part in parts) TensorPrimitives.Add(sum, part.Mean, sum);
        return sum;
    }

    private static double Squares(ReadOnlySpan<float> forecast, ReadOnlySpan<float> actual)
    {
        var distance = TensorPrimitives.Distance(forecast, actual);
        return distance * distance;
    }
}
