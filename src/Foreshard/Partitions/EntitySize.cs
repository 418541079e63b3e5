namespace Foreshard.Partitions;

/// <summary>How much one group of an entity is on one partition.</summary>
/// <param name="Entity">Whose rows.</param>
/// <param name="Group">
/// Which group: a segment or a day; none for core rows, and for grouped rows whose groups are too many to be told one by one.
/// </param>
/// <param name="IsCore">Whether they are core rows: of a split entity, copies are counted where they lie.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Bytes">Bytes of their values, estimated; indexes not counted.</param>
internal readonly record struct EntitySize(EntityKey Entity, GroupKey Group, bool IsCore, long Rows, double Bytes);
