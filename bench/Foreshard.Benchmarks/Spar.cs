namespace Foreshard.Benchmarks;

/// <summary>Sparse periodic auto-regression, as P-Store (Taft et al., SIGMOD 2018) forecasts load: one series at a time.</summary>
/// <remarks>
/// The load is a weighted sum of the loads of the same slot of the last four periods and of how far the last six slots were off the
/// mean of theirs. The weights are fitted for each lead time by least squares on all that is known.
/// </remarks>
internal sealed class Spar(int period)
{
    private const int Periods = 4;
    private const int Recent = 6;
    private const int Features = Periods + Recent;

    private readonly double[] row = new double[Features];
    private readonly double[,] normal = new double[Features, Features];
    private readonly double[] weights = new double[Features];
    private readonly List<double> errors = [];

    /// <summary>Forecasts what comes after the history; not negative.</summary>
    /// <param name="history">What is known, without gaps.</param>
    /// <param name="level">Level of the quantiles, which are those of the errors where the weights were fitted.</param>
    /// <param name="point">The forecasts.</param>
    /// <param name="high">Their quantiles.</param>
    public void Forecast(ReadOnlySpan<float> history, double level, Span<float> point, Span<float> high)
    {
        for (var lead = 0; lead < point.Length; lead++)
        {
            Fit(history, lead);
            errors.Clear();
            for (var slot = First(lead); slot < history.Length; slot++) errors.Add(history[slot] - ValueAt(history, slot, lead));
            errors.Sort();
            point[lead] = ValueAt(history, history.Length + lead, lead);
            high[lead] = Math.Max(0, point[lead] + (float)errors[(int)(level * errors.Count)]);
        }
    }

    /// <summary>The first slot of which all that its forecast needs is known.</summary>
    private int First(int lead) => (Periods * period) + lead + Recent;

    private float ValueAt(ReadOnlySpan<float> history, int slot, int lead)
    {
        Fill(history, slot, lead);
        var sum = 0.0;
        for (var i = 0; i < Features; i++) sum += weights[i] * row[i];
        return (float)Math.Max(0, sum);
    }

    private void Fit(ReadOnlySpan<float> history, int lead)
    {
        Array.Clear(normal);
        Array.Clear(weights);
        for (var slot = First(lead); slot < history.Length; slot++)
        {
            Fill(history, slot, lead);
            for (var i = 0; i < Features; i++)
            {
                for (var j = 0; j <= i; j++) normal[i, j] += row[i] * row[j];
                weights[i] += row[i] * history[slot];
            }
        }

        // Keeps the matrix regular where a series had no load for weeks; too little to change anything else.
        for (var i = 0; i < Features; i++) normal[i, i] += 1e-6;
        Solve();
    }

    /// <summary>What is known of a slot, seen from the slot that is <paramref name="lead"/> and one before.</summary>
    private void Fill(ReadOnlySpan<float> history, int slot, int lead)
    {
        for (var k = 1; k <= Periods; k++) row[k - 1] = history[slot - (k * period)];
        for (var j = 1; j <= Recent; j++)
        {
            var at = slot - lead - j;
            var mean = 0.0;
            for (var k = 1; k <= Periods; k++) mean += history[at - (k * period)];
            row[Periods + j - 1] = history[at] - (mean / Periods);
        }
    }

    /// <summary>Cholesky's method.</summary>
    private void Solve()
    {
        for (var i = 0; i < Features; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = normal[i, j];
                for (var k = 0; k < j; k++) sum -= normal[i, k] * normal[j, k];
                normal[i, j] = i == j ? Math.Sqrt(Math.Max(sum, 1e-12)) : sum / normal[j, j];
            }
        }

        for (var i = 0; i < Features; i++)
        {
            for (var k = 0; k < i; k++) weights[i] -= normal[i, k] * weights[k];
            weights[i] /= normal[i, i];
        }

        for (var i = Features - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < Features; k++) weights[i] -= normal[k, i] * weights[k];
            weights[i] /= normal[i, i];
        }
    }
}
