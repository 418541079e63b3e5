using Foreshard.Balancing;

namespace Foreshard.Simulation.Cluster;

/// <summary>A step that a virtual cluster has taken.</summary>
/// <param name="Step">As it was planned.</param>
/// <param name="Unit">The unit that moved; of a re-unit, the first unit that it made.</param>
/// <param name="Nodes">What was in it.</param>
/// <param name="From">Partition, from 0 on.</param>
/// <param name="To">Partition, from 0 on.</param>
/// <param name="StartUtc">Begin.</param>
/// <param name="EndUtc">End.</param>
/// <param name="Bytes">What it carried.</param>
/// <param name="WasDraining">Whether it left a partition that is to be emptied.</param>
internal sealed record CompletedStep(
    PlanStep Step,
    UnitId Unit,
    IReadOnlyList<int> Nodes,
    int From,
    int To,
    DateTime StartUtc,
    DateTime EndUtc,
    double Bytes,
    bool WasDraining);
