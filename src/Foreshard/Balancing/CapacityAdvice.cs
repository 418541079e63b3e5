namespace Foreshard.Balancing;

/// <summary>What the fleet lacks.</summary>
/// <param name="Partitions">How many partitions, like the largest that there are; 0 if no number of them would help.</param>
/// <param name="ByUtc">When they are needed: by then the first partition is forecast to be asked for more than it can serve well.</param>
/// <param name="Because">What will be short, in words, with figures.</param>
internal sealed record CapacityAdvice(int Partitions, DateTime ByUtc, string Because);
