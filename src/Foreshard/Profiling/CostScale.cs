namespace Foreshard.Profiling;

/// <summary>Cost as a whole number of 1/65536 units, so that sums don't depend on the order in which threads added.</summary>
internal static class CostScale
{
    public const double PerUnit = 65536;

    /// <summary>The nearest whole number of parts; 0 for what is negative or no number, the largest for what is beyond it.</summary>
    public static long ToParts(double cost) => Whole(cost * PerUnit);

    /// <summary>The nearest whole number; 0 for what is negative or no number, the largest for what is beyond it.</summary>
    public static long Whole(double value)
    {
        // A checked conversion is a call; this one stops at the ends by itself, and what is no number is 0.
        return Math.Max(0, unchecked((long)(value + 0.5)));
    }

    public static double ToCost(long parts) => parts / PerUnit;

    /// <summary>The sum of two counts that are not negative; the largest number if it is beyond that: a wrapped counter is a lie.</summary>
    public static long Add(long left, long right)
    {
        var sum = unchecked(left + right);
        return sum >= 0 ? sum : long.MaxValue;
    }
}
