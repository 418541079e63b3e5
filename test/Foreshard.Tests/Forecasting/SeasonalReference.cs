using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

/// <summary>What <see cref="SeasonalMembers"/> computes, slot by slot in doubles, the straight way.</summary>
internal sealed class SeasonalReference(double[] loads, int day, double unit, double[] population, int phase)
{
    private readonly int week = 7 * day;
    private readonly double mean = loads[Math.Max(0, loads.Length - (28 * day))..].Average();

    private int End => loads.Length;

    /// <summary>One day's slots; null if the series is too young.</summary>
    public double[]? Forecast(Member member, int block)
    {
        var first = End + (block * day);
        return member switch
        {
            Member.Day => Day(slot => loads[^(day - slot)]),
            Member.Week => SameOf(first, 1),
            Member.Median => MedianOf(first),
            Member.MedianByWeek => Leveled(MedianOf(first), day * 7, MedianOf, 0.995, block),
            Member.TwoWeeksByDay => Leveled(SameOf(first, 2), day, at => SameOf(at, 2, CountAt(day, 2)), 0.97, block),
            Member.FourWeeksByDay => Leveled(SameOf(first, 4), day, at => SameOf(at, 4, CountAt(day, 4)), 0.97, block),
            Member.FourWeeksByThreeDays => Leveled(SameOf(first, 4), 3 * day, at => SameOf(at, 4, CountAt(3 * day, 4)), 0.995, block),
            Member.Similar => Similar(block),
            Member.SimilarByDay => SimilarLeveled(block, 1, 0),
            _ => SimilarLeveled(block, 7, 5 * unit),
        };
    }

    private double[] Day(Func<int, double> slot) => [.. Enumerable.Range(0, day).Select(slot)];

    /// <summary>Weeks that are known before the first of the last slots.</summary>
    private int CountAt(int slots, int weeks) => Math.Min(weeks, (End - Math.Min(slots, (End - week) / day * day)) / week);

    private double[]? SameOf(int first, int weeks) => SameOf(first, weeks, Math.Min(weeks, first / week));

    private double[]? SameOf(int first, int weeks, int known)
    {
        var count = Math.Min(weeks, known);
        return count == 0 ? null : Day(slot => Enumerable.Range(1, count).Average(back => loads[first - (back * week) + slot]));
    }

    private double[]? MedianOf(int first)
    {
        var count = Math.Min(4, first / week);
        return count == 0 ? null : Day(slot => MedianOf(Enumerable.Range(1, count).Select(back => loads[first - (back * week) + slot])));
    }

    private static double MedianOf(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Times what came in the last slots by what the rule would have said of them, fading with the lead.</summary>
    private double[]? Leveled(double[]? rule, int slots, Func<int, double[]?> ruleAt, double perHour, int block)
    {
        slots = Math.Min(slots, (End - week) / day * day);
        if (rule is null || slots <= 0) return rule;
        var expected = 0.0;
        for (var first = End - slots; first < End; first += day) expected += ruleAt(first)!.Sum();
        var prior = 0.1 * slots * mean;
        if (expected + prior <= 0) return rule;
        var level = Math.Clamp((loads[^slots..].Sum() + prior) / (expected + prior), 0.1, 10);
        return Day(slot => rule[slot] * Math.Pow(level, Math.Pow(perHour, ((block * day) + slot + 1) * 24.0 / day)));
    }

    /// <summary>Mean of the days known of one of the seven that end at the origin, newer ones weighing more.</summary>
    private (double[] Mean, double Weight) DayOf(int weekday)
    {
        var (sum, total, weight) = (new double[day], 0.0, 1.0);
        for (var first = End - week + (weekday * day); first >= 0; first -= week, weight *= 0.9)
        {
            for (var slot = 0; slot < day; slot++) sum[slot] += weight * loads[first + slot];
            total += weight;
        }

        return (total > 0 ? [.. sum.Select(value => value / total)] : sum, total);
    }

    private double[] PopulationOf(int weekday) => Day(slot => population[(phase + (weekday * day) + slot) % week]);

    private double[] ShapeOf(int weekday)
    {
        var (own, weight) = DayOf(weekday);
        if (population.Length == 0 || (unit <= 0 && DayOf(0).Weight > 0)) return own;
        var events = weight * mean / Math.Max(unit, 1e-9);
        var share = unit > 0 ? events / (events + 10) : weight > 0 ? 1 : 0;
        var common = PopulationOf(weekday);
        return Day(slot => (share * own[slot]) + ((1 - share) * mean * common[slot]));
    }

    private double LikenessOf(int weekday, int target)
    {
        if (weekday == target || mean <= 0 || (DayOf(target).Weight == 0 && population.Length == 0)) return 1;
        var distance = Math.Sqrt(ShapeOf(weekday).Zip(ShapeOf(target)).Average(pair => Math.Pow(pair.First - pair.Second, 2)));
        return Math.Max(1e-6, Math.Exp(-Math.Pow(distance / (0.4 * mean), 2)));
    }

    private (double[] Mean, double Weight) Alike(int target)
    {
        var (sum, total) = (new double[day], 0.0);
        for (var weekday = 0; weekday < 7; weekday++)
        {
            var (own, known) = DayOf(weekday);
            if (known == 0) continue;
            var weight = known * LikenessOf(weekday, target);
            for (var slot = 0; slot < day; slot++) sum[slot] += weight * own[slot];
            total += weight;
        }

        return (total > 0 ? [.. sum.Select(value => value / total)] : sum, total);
    }

    private double[] Similar(int block)
    {
        var (values, total) = Alike(block);
        if (unit <= 0) return values;
        if (population.Length > 0)
        {
            var common = PopulationOf(block);
            values = Day(slot => ((total * values[slot]) + (0.3 * mean * common[slot])) / (total + 0.3));
        }

        return day < 8 ? values : Day(slot => (0.9 * values[slot]) + (0.05 * (values[Math.Max(0, slot - 1)] + values[Math.Min(day - 1, slot + 1)])));
    }

    private double[] SimilarLeveled(int block, int days, double prior)
    {
        days = Math.Min(days, End / day);
        var expected = Enumerable.Range(1, days).Sum(back => Alike(7 - back).Mean.Sum());
        var few = Math.Max(prior, 0.01 * mean * day);
        var level = expected + few <= 0 ? 1 : Math.Clamp((loads[^(days * day)..].Sum() + few) / (expected + few), 0.1, 10);
        return [.. Similar(block).Select(value => value * level)];
    }
}
