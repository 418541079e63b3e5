namespace Foreshard.Simulation.AccessLogs;

/// <summary>What a column of an access log can tell.</summary>
internal enum LogColumn
{
    /// <summary>When; required.</summary>
    Time,

    /// <summary>The key of the entity; required.</summary>
    Entity,

    /// <summary>The name of the entity's type.</summary>
    EntityType,

    /// <summary>The group of the entity.</summary>
    Group,

    /// <summary>The application's label for the user.</summary>
    Segment,

    /// <summary>Where the router was.</summary>
    Region,

    /// <summary>How many point reads or rows read.</summary>
    Reads,

    /// <summary>How many rows written.</summary>
    Writes,

    /// <summary>In words whether it was a read or a write.</summary>
    Operation,

    /// <summary>In cost units.</summary>
    Cost,

    /// <summary>Bytes to and from the client.</summary>
    Bytes,

    /// <summary>The other entities of the same transaction.</summary>
    Partners,

    /// <summary>The id of the request, by which duplicates are known.</summary>
    Id,
}
