namespace Foreshard.Tests.Forecasting;

/// <summary>The regression of <see cref="Foreshard.Forecasting.OwnModel"/> in doubles, row by row, solved by Gauss's elimination.</summary>
internal sealed class OwnModelReference(double[] loads, int day, int block)
{
    private const int Features = 11;
    private readonly int week = 7 * day;
    private readonly double unit = UnitOf(loads, day);

    /// <summary>Coefficients after some rounds from the prior on.</summary>
    public double[] Fit(double ridge, double discount, int rounds, double[] start)
    {
        var rows = new List<(double[] Row, double Target, double Weight)>();
        var weight = 1.0;
        for (var origin = loads.Length - ((block + 1) * day); origin >= 2 * week; origin -= day, weight *= discount)
        {
            for (var slot = 0; slot < day; slot++)
            {
                var target = (loads[origin + (block * day) + slot] - loads[origin - day + slot]) / unit;
                rows.Add((Describe(loads[..origin], slot), Math.Clamp(target, -30, 30), weight));
            }
        }

        var coefficients = start;
        for (var round = 0; round < rounds; round++) coefficients = Improve(rows, ridge, coefficients);
        return coefficients;
    }

    /// <summary>One day from the end of what is known.</summary>
    public double[] Forecast(double[] coefficients) =>
    [
        .. Enumerable.Range(0, day).Select(slot => loads[loads.Length - day + slot]
            + (unit * coefficients.Zip(Describe(loads, slot), (coefficient, feature) => coefficient * feature).Sum())),
    ];

    public static double[] Prior()
    {
        var prior = new double[Features];
        (prior[1], prior[2]) = (0.4, 0.3);
        return prior;
    }

    private static double UnitOf(double[] loads, int day)
    {
        var recent = loads[Math.Max(0, loads.Length - (21 * day))..];
        return recent.Skip(day).Zip(recent, (now, before) => Math.Abs(now - before)).Average() + (1e-4 * Math.Abs(recent.Average()));
    }

    private double[] Describe(double[] known, int slot)
    {
        var last = known[known.Length - day + slot];
        double WeekAgo(int weeks)
        {
            var first = known.Length + (block * day) - (weeks * week);
            while (first < 0) first += week;
            while (first + day > known.Length) first -= day;
            return known[first + slot];
        }

        double MeanBefore(int ago, int length) => known[(known.Length - ago - length)..(known.Length - ago)].Average();

        var hours = Math.Max(1, day / 8);
        var today = MeanBefore(0, day);
        var fade = Math.Pow(0.9, ((block * day) + slot) * 24.0 / day);
        double[] weeks = [WeekAgo(1), WeekAgo(2), WeekAgo(3)];
        double[] row =
        [
            known[known.Length - (2 * day) + slot] - last, weeks[0] - last, weeks[1] - last, weeks[2] - last,
            today - MeanBefore(week, day), today - MeanBefore(0, week), MeanBefore(0, hours) - MeanBefore(week, hours),
            last - today, WeekAgo(4) - last, weeks.Order().ElementAt(1) - last, MeanBefore(0, hours) - MeanBefore(day, hours),
        ];
        for (var i = 0; i < Features; i++) row[i] = Math.Clamp(row[i] / unit, -20, 20);
        row[6] *= fade;
        row[10] *= fade;
        return row;
    }

    private static double[] Improve(List<(double[] Row, double Target, double Weight)> rows, double ridge, double[] coefficients)
    {
        var matrix = new double[Features, Features];
        var right = new double[Features];
        foreach (var (row, target, weight) in rows)
        {
            var residual = Math.Abs(target - row.Zip(coefficients, (feature, coefficient) => feature * coefficient).Sum());
            var influence = weight / Math.Max(residual, 0.02);
            for (var i = 0; i < Features; i++)
            {
                right[i] += influence * row[i] * target;
                for (var j = 0; j < Features; j++) matrix[i, j] += influence * row[i] * row[j];
            }
        }

        var strength = (ridge * Enumerable.Range(0, Features).Average(i => matrix[i, i])) + 1e-6;
        for (var i = 0; i < Features; i++)
        {
            matrix[i, i] += strength;
            right[i] += strength * Prior()[i];
        }

        return Solve(matrix, right);
    }

    private static double[] Solve(double[,] matrix, double[] right)
    {
        for (var pivot = 0; pivot < Features; pivot++)
        {
            for (var i = 0; i < Features; i++)
            {
                if (i == pivot) continue;
                var factor = matrix[i, pivot] / matrix[pivot, pivot];
                for (var j = 0; j < Features; j++) matrix[i, j] -= factor * matrix[pivot, j];
                right[i] -= factor * right[pivot];
            }
        }

        return [.. right.Select((value, i) => value / matrix[i, i])];
    }
}
