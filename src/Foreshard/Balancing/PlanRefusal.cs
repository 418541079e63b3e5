namespace Foreshard.Balancing;

/// <summary>Something that was looked at and not done.</summary>
/// <param name="Unit">Which unit.</param>
/// <param name="Entity">Whose; the default value of a bucket.</param>
/// <param name="Partition">Where it is.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Because">Why not, in words, with figures.</param>
internal sealed record PlanRefusal(UnitId Unit, EntityKey Entity, PartitionId Partition, RefusalReason Reason, string Because);
