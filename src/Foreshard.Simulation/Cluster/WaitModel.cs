namespace Foreshard.Simulation.Cluster;

/// <summary>How long accesses wait for a partition that is busy: an M/M/c queue.</summary>
/// <remarks>
/// <para>
/// Why this one: a partition is a few workers (cores, connections, disks) that serve many independent users, so that arrivals are Poisson
/// and what counts is how much is left of the capacity; M/M/c is the simplest queue that has both, and its mean wait has a closed form that
/// also holds for a number of workers that isn't whole. Mean wait by H. Sakasegawa, "An approximation formula Lq ≈ αρ^β/(1−ρ)", Annals of
/// the Institute of Statistical Mathematics 29 (1977): Wq ≈ s/c · ρ^(√(2(c+1))−1) ÷ (1−ρ). In M/M/c, who waits waits an exponential time
/// of rate c(1−ρ)/s, so the chance to wait is ρ^(√(2(c+1))−1).
/// </para>
/// <para>
/// Near ρ = 1 the formula's queue has no end, but a queue needs time to grow. Within an interval it doesn't grow beyond the random walk that
/// it is at ρ = 1 (reflected Brownian motion of variance 2 per served access): mean wait √(4t ÷ πμ), with t the interval and μ the capacity.
/// </para>
/// </remarks>
internal static class WaitModel
{
    /// <summary>Chance that an access waits at all.</summary>
    /// <param name="utilisation">Demand ÷ capacity, 0 or more.</param>
    /// <param name="workers">Above 0; need not be whole.</param>
    public static double WaitChance(double utilisation, double workers) =>
        utilisation >= 1 ? 1 : Math.Pow(utilisation, Math.Sqrt(2 * (workers + 1)) - 1);

    /// <summary>Mean wait, in milliseconds, of an access that waits.</summary>
    /// <param name="utilisation">Demand ÷ capacity, 0 or more.</param>
    /// <param name="capacity">Cost units per second.</param>
    /// <param name="seconds">How long the utilisation lasts.</param>
    public static double MeanWaitMs(double utilisation, double capacity, double seconds)
    {
        var walk = Math.Sqrt(4 * seconds / (Math.PI * capacity)) * 1000;
        return utilisation >= 1 ? walk : Math.Min(walk, 1000 / (capacity * (1 - utilisation)));
    }
}
