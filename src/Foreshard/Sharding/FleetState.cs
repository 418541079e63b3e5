namespace Foreshard.Sharding;

/// <summary>What plans may do with a partition.</summary>
internal enum FleetState
{
    /// <summary>It holds units and takes more.</summary>
    Active,

    /// <summary>It holds units, and all of them have to leave: it is to be removed, to sleep, or was lost from the fleet.</summary>
    Draining,
}
