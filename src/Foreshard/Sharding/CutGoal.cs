namespace Foreshard.Sharding;

/// <summary>What a search for cuts minimises, and the limits that it keeps.</summary>
/// <param name="Parts">How many parts.</param>
/// <param name="Balance">What imbalance counts.</param>
/// <param name="Straddling">What straddling reads count.</param>
/// <param name="Bytes">What bytes that would leave count.</param>
/// <param name="Regions">What mixed regions count.</param>
/// <param name="LargestMax">Largest share of the load that a part may keep.</param>
/// <param name="StraddlingMax">Largest share of the reads that may straddle.</param>
internal readonly record struct CutGoal(
    int Parts, double Balance, double Straddling, double Bytes, double Regions, double LargestMax, double StraddlingMax)
{
    /// <summary>Sums of shares that differ by less are the same: they differ by the order of adding.</summary>
    public const double Tolerance = 1e-9;

    /// <summary>What all but the one thing counts that a search is for: enough to choose among equals.</summary>
    private const double Trifle = 1e-6;

    /// <summary>The best cut of those that the options allow.</summary>
    public static CutGoal Best(int parts, CutOptions options) => new(
        parts, options.Balance, options.Straddling, options.Bytes, options.Regions, options.LargestShareOf(parts), options.StraddlingShare);

    /// <summary>The most even cut of all.</summary>
    public static CutGoal MostEven(int parts) => new(parts, 1, Trifle, Trifle, Trifle, 1, double.PositiveInfinity);

    /// <summary>The cut that the fewest reads straddle of those that divide the load.</summary>
    public static CutGoal LeastStraddling(int parts, CutOptions options) =>
        new(parts, Trifle, 1, Trifle, Trifle, options.LargestShareOf(parts), double.PositiveInfinity);

    /// <summary>How far the largest share is above an even one: 0 if it isn't, 1 if it is everything.</summary>
    public static double Imbalance(int parts, double largest) => Math.Clamp((largest - (1.0 / parts)) / (1 - (1.0 / parts)), 0, 1);

    /// <summary>By how much the limits are broken; 0 if they are kept.</summary>
    public double Excess(double largest, double straddling) =>
        Above(largest, LargestMax) + Above(Math.Min(1, straddling), StraddlingMax);

    /// <summary>The weighted sum; the lower the better.</summary>
    /// <param name="largest">Share of the load of the heaviest part.</param>
    /// <param name="straddling">Share of the reads that straddle.</param>
    /// <param name="leaving">Share of the bytes that aren't in the largest part.</param>
    /// <param name="mixed">How much of the mixing of regions is left, 0 to 1.</param>
    public double Score(double largest, double straddling, double leaving, double mixed) =>
        (Balance * Imbalance(Parts, largest)) + (Straddling * Math.Min(1, straddling)) + (Bytes * leaving) + (Regions * mixed);

    private static double Above(double value, double limit) => value > limit + Tolerance ? value - limit : 0;
}
