using System.Collections.Immutable;

namespace Foreshard.Schema;

/// <summary>What a partition's database says of its tables; read by an engine, judged by <see cref="SchemaRules"/>.</summary>
internal sealed record Catalogue(ImmutableArray<CatalogueTable> Tables);

/// <summary>One table. Foreshard's own tables are not listed.</summary>
internal sealed record CatalogueTable(string Name)
{
    public ImmutableArray<CatalogueColumn> Columns { get; init; } = [];

    /// <summary>Columns of the primary key in its order; empty: none.</summary>
    public ImmutableArray<string> PrimaryKey { get; init; } = [];

    /// <summary>Indexes and unique constraints, that of the primary key included if the engine has one.</summary>
    public ImmutableArray<CatalogueIndex> Indexes { get; init; } = [];

    public ImmutableArray<CatalogueForeignKey> ForeignKeys { get; init; } = [];

    /// <summary>Why the engine can't move this table whatever is declared (virtual table, unlogged, …); empty: it can.</summary>
    public ImmutableArray<CatalogueObstacle> Obstacles { get; init; } = [];
}

/// <summary>One thing about a table that keeps it from being moved.</summary>
/// <param name="Message">What, and what would go wrong.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record CatalogueObstacle(string Message, string Remedy);

/// <summary>One column.</summary>
/// <param name="Name">As the catalogue spells it.</param>
/// <param name="Type">The declared type; empty if none.</param>
/// <param name="IsNotNull">Whether NULL is refused.</param>
/// <param name="IsGenerated">Whether the database computes it.</param>
/// <param name="HasBinaryCollation">Whether equal means equal bytes.</param>
/// <param name="GeneratesIds">Null, or how the database makes up values that collide after a move: <c>AUTOINCREMENT</c>, <c>rowid</c>, <c>IDENTITY</c>.</param>
/// <param name="Forms">The forms that the column can hold, of those Foreshard knows.</param>
internal sealed record CatalogueColumn(
    string Name, string Type, bool IsNotNull, bool IsGenerated, bool HasBinaryCollation, string? GeneratesIds, ImmutableArray<ValueForm> Forms);

/// <summary>One index.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Columns">Its columns in order; null stands for an expression and for a column compared otherwise than the column itself.</param>
/// <param name="IsUnique">Whether it is unique.</param>
/// <param name="IsPartial">Whether it covers only some rows.</param>
internal sealed record CatalogueIndex(string Name, ImmutableArray<string?> Columns, bool IsUnique, bool IsPartial);

/// <summary>One foreign key.</summary>
/// <param name="Columns">Referencing columns.</param>
/// <param name="ReferencedTable">The table that they point at.</param>
/// <param name="ReferencedColumns">The columns there, in the same order.</param>
/// <param name="OnDelete">Upper case, as <c>NO ACTION</c> or <c>CASCADE</c>.</param>
/// <param name="OnUpdate">Upper case, likewise.</param>
internal sealed record CatalogueForeignKey(
    ImmutableArray<string> Columns, string ReferencedTable, ImmutableArray<string> ReferencedColumns, string OnDelete, string OnUpdate);
