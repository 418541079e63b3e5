using System.Collections.Immutable;

namespace Foreshard.Schema;

/// <summary>What a table is to its entity.</summary>
internal enum TableRole : byte
{
    /// <summary>One row per entity.</summary>
    Root,

    /// <summary>Rows of the entity as a whole.</summary>
    Core,

    /// <summary>Rows that belong to a group.</summary>
    Grouped,
}

/// <summary>How a column holds a value that may be written in more than one way. Each column has one canonical form.</summary>
internal enum ValueForm : byte
{
    /// <summary>A 64-bit integer.</summary>
    Integer,

    /// <summary>Text, compared by its bytes.</summary>
    Text,

    /// <summary>A UUID as the engine's own type, or as the driver's text for it (SQLite: upper-case with hyphens).</summary>
    Uuid,

    /// <summary>A UUID as 16 bytes, as the driver writes them (SQLite: <see cref="Guid.ToByteArray()"/>).</summary>
    UuidBytes,

    /// <summary>A day, as the driver writes it (SQLite: <c>2026-03-01</c>).</summary>
    Date,

    /// <summary>A moment in UTC, as the driver writes it (SQLite: <c>2026-03-01 12:30:00.25</c>, no zeros at the end).</summary>
    Time,
}

/// <summary>The declared types and the catalogue put together and found to obey every rule: all that moves and sessions go by.</summary>
/// <remarks>Immutable. Made by <see cref="SchemaRules"/> only.</remarks>
internal sealed record StoreLayout(ImmutableArray<EntityLayout> Entities, ImmutableArray<TableLayout> References)
{
    /// <summary>The layout of an entity type; null if the type is not declared.</summary>
    public EntityLayout? Of(EntityType type)
    {
        foreach (var entity in Entities)
        {
            if (ReferenceEquals(entity.Type, type)) return entity;
        }

        return null;
    }

    /// <summary>Every table, members and references.</summary>
    public IEnumerable<TableLayout> Tables => Entities.SelectMany(entity => entity.Tables).Concat(References);
}

/// <summary>One entity type's tables.</summary>
/// <param name="Type">The type.</param>
/// <param name="IsSplittable">Whether its entities may be split; its group rules then hold from the first day.</param>
/// <param name="GroupKind">What its groups are; null if it declares no group column.</param>
/// <param name="Tables">Member tables, parents before the tables whose foreign keys point at them; the root table among them.</param>
internal sealed record EntityLayout(EntityType Type, bool IsSplittable, GroupKind? GroupKind, ImmutableArray<TableLayout> Tables)
{
    public TableLayout Root => Tables.First(table => table.Role == TableRole.Root);
}

/// <summary>One table as moves and sessions see it.</summary>
/// <param name="Ordinal">Its number among all tables of the store, by name: what triggers and functions call it by.</param>
/// <param name="Name">As the catalogue spells it.</param>
/// <param name="Owner">The entity type that it belongs to; null for reference tables.</param>
/// <param name="Role">What it is to its entity; meaningless for reference tables.</param>
/// <param name="KeyColumn">The column that holds the entity's key; empty for reference tables.</param>
/// <param name="KeyForm">How that column holds keys.</param>
/// <param name="GroupColumn">The group column; null unless <see cref="TableRole.Grouped"/>.</param>
/// <param name="GroupForm">How that column holds groups.</param>
/// <param name="Columns">Stored columns in catalogue order, generated ones left out: what a copy carries.</param>
/// <param name="PrimaryKey">Columns of the primary key, in its order.</param>
/// <param name="UniqueKeys">Column lists of all other unique constraints and unique indexes.</param>
internal sealed record TableLayout(
    int Ordinal,
    string Name,
    EntityType? Owner,
    TableRole Role,
    string KeyColumn,
    ValueForm KeyForm,
    string? GroupColumn,
    ValueForm GroupForm,
    ImmutableArray<string> Columns,
    ImmutableArray<string> PrimaryKey,
    ImmutableArray<ImmutableArray<string>> UniqueKeys);
