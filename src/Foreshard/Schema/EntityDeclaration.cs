using System.Collections.Immutable;

namespace Foreshard.Schema;

/// <summary>What the application declares of an entity type: nothing that can be read from the catalogue.</summary>
/// <remarks>Names of tables and columns are compared without regard to case.</remarks>
/// <param name="Type">The type's name and what its keys are.</param>
/// <param name="RootTable">The table with one row per entity.</param>
/// <param name="RootKeyColumn">The root table's column that holds the key; often the same as <paramref name="KeyColumn"/>.</param>
/// <param name="KeyColumn">The column that holds the key in member tables. Every table that has it is a member.</param>
/// <param name="Group">The group column; null: entities of this type have no groups.</param>
/// <param name="IsSplittable">Whether entities may be split along their groups.</param>
/// <param name="Tables">Member tables of which more must be said; in the order in which they were declared.</param>
public sealed record EntityDeclaration(
    EntityType Type,
    string RootTable,
    string RootKeyColumn,
    string KeyColumn,
    GroupDeclaration? Group,
    bool IsSplittable,
    ImmutableArray<TableDeclaration> Tables);

/// <summary>The column that says which group of its entity a row belongs to.</summary>
/// <param name="Column">Its name. Every member table but the root that has it holds grouped rows.</param>
/// <param name="Kind">Segments, or what the line is that intervals are cut from.</param>
public sealed record GroupDeclaration(string Column, GroupKind Kind);

/// <summary>What must be said of one member table.</summary>
/// <param name="Name">The table.</param>
/// <param name="KeyColumn">The column that holds the key here; null: the type's key column (in the root table, its own).</param>
/// <param name="GroupColumn">The column that holds the group here; null: the type's group column, if the table has it.</param>
/// <param name="IsCore">Whether the rows belong to the entity as a whole although the table has the group column.</param>
/// <param name="HasUniqueIds">
/// The application's promise that values of the primary key and of unique constraints are unique in the whole store, though
/// they don't hold the key: ids from <see cref="Foreshard.UniqueIds"/>, UUIDs.
/// </param>
public sealed record TableDeclaration(string Name, string? KeyColumn, string? GroupColumn, bool IsCore, bool HasUniqueIds);
