namespace Foreshard.Profiling;

/// <summary>Exponentially weighted averages of a rate per second. Time before the first access counts as 0.</summary>
/// <param name="Fast">With the time constant <see cref="ProfileOptions.FastTime"/>.</param>
/// <param name="Slow">With the time constant <see cref="ProfileOptions.SlowTime"/>.</param>
internal readonly record struct RateAverages(double Fast, double Slow)
{
    public double Larger => Math.Max(Fast, Slow);
}
