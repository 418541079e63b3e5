namespace Foreshard.Simulation.Runs;

/// <summary>A fleet whose partitions sleep when they aren't needed.</summary>
/// <param name="Min">Fewest partitions awake; at least 1.</param>
/// <param name="Max">Most partitions awake.</param>
/// <param name="WakeDelay">From the wish for one more to its first move in.</param>
internal sealed record ElasticFleet(int Min, int Max, TimeSpan WakeDelay);
