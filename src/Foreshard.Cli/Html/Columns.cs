namespace Foreshard.Cli.Html;

/// <summary>Many values over time as the few columns that a drawing has room for.</summary>
internal static class Columns
{
    /// <summary>The largest value of each column: a peak must not be drawn away. NaN where all values are.</summary>
    /// <param name="values">In order; NaN: not known.</param>
    /// <param name="most">How many columns there may be.</param>
    public static float[] Largest(IReadOnlyList<float> values, int most) => Reduce(values, most, part => part.Max());

    /// <summary>The mean of each column; NaN where all values are.</summary>
    /// <inheritdoc cref="Largest"/>
    public static float[] Mean(IReadOnlyList<float> values, int most) => Reduce(values, most, part => part.Average());

    private static float[] Reduce(IReadOnlyList<float> values, int most, Func<IEnumerable<float>, float> reduce)
    {
        var columns = new float[Math.Min(most, values.Count)];
        for (var column = 0; column < columns.Length; column++)
        {
            var (from, to) = ((long)column * values.Count / columns.Length, (column + 1L) * values.Count / columns.Length);
            var part = new List<float>();
            for (var at = from; at < to; at++)
            {
                if (!float.IsNaN(values[(int)at])) part.Add(values[(int)at]);
            }

            columns[column] = part.Count == 0 ? float.NaN : reduce(part);
        }

        return columns;
    }
}
