namespace Foreshard.Simulation.Workloads;

/// <summary>What one access of a key is like, on average.</summary>
/// <param name="Cost">Cost units.</param>
/// <param name="Writes">Rows written.</param>
/// <param name="Bytes">Bytes to and from the client.</param>
internal readonly record struct AccessShape(double Cost, double Writes, double Bytes)
{
    /// <summary>A point read.</summary>
    public static AccessShape Read { get; } = new(1, 0, 0);
}
