namespace Foreshard.Simulation.Cluster;

/// <summary>What a partition of a virtual fleet does at the moment.</summary>
internal enum MemberState
{
    /// <summary>Holds nothing and costs nothing.</summary>
    Asleep,

    /// <summary>On its way up: costs, takes nothing yet.</summary>
    Waking,

    /// <summary>Serves.</summary>
    Active,

    /// <summary>Serves, takes nothing, and sleeps once it is empty.</summary>
    Draining,
}
