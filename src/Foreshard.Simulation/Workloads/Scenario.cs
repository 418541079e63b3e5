using Foreshard.Simulation.Runs;

namespace Foreshard.Simulation.Workloads;

/// <summary>A made-up case: what comes, and the fleet that takes it.</summary>
/// <param name="StartUtc">Begin.</param>
/// <param name="Days">How long.</param>
/// <param name="Entities">What comes.</param>
/// <param name="Options">The fleet.</param>
internal sealed record Scenario(DateTime StartUtc, int Days, IReadOnlyList<WorkloadEntity> Entities, SimulationOptions Options)
{
    /// <summary>What comes, noise included.</summary>
    public TrafficTrace Trace() => WorkloadGenerator.Generate(StartUtc, Days, Entities, Options.Seed);
}
