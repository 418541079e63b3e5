using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Sharding;

namespace Foreshard.Simulation.Runs;

/// <summary>Where outlooks come from: the one thing that policies differ in.</summary>
internal interface IForesight
{
    /// <summary>Whether something comes that the last look didn't expect, so that a plan is needed at once.</summary>
    bool SeesSurge { get; }

    /// <summary>What is expected of each entity from now on.</summary>
    IReadOnlyList<EntityOutlook> Look(PlanHorizon horizon);

    /// <summary>What entities without an outlook of their own add to the units of a map, as of the last look.</summary>
    IReadOnlyList<ColdLoad> ColdOf(MappingSnapshot mapping);
}
