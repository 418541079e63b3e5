namespace Foreshard.Sharding;

/// <summary>A tie between two groups of an entity; which one comes first says nothing.</summary>
/// <param name="First">One group.</param>
/// <param name="Second">The other one.</param>
/// <param name="Relation">What ties them.</param>
/// <param name="Share">Of <see cref="GroupRelation.ReadTogether"/>: share of the entity's reads that read both; 0 to 1.</param>
internal readonly record struct GroupEdge(GroupKey First, GroupKey Second, GroupRelation Relation, double Share = 0);
