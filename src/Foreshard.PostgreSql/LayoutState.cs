using System.Collections.Frozen;
using System.Collections.Immutable;
using Foreshard.Schema;
using Npgsql;
using NpgsqlTypes;

namespace Foreshard.PostgreSql;

/// <summary>A partition's layout with what the database must be asked about its tables. The answers are kept as long as the layout.</summary>
/// <remarks>Safe for concurrent use.</remarks>
internal sealed class LayoutState(StoreLayout layout)
{
    private volatile TableFacts? facts;

    public StoreLayout Layout { get; } = layout;

    public TableFacts? KnownFacts => facts;

    public async ValueTask<TableFacts> FactsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        facts ??= await TableFacts.ReadAsync(connection, Layout, cancellationToken).ConfigureAwait(false);
}

/// <summary>One foreign key: columns, and the table and columns that they point at.</summary>
internal sealed record ForeignKeyFact(ImmutableArray<string> Columns, string Parent, ImmutableArray<string> ParentColumns);

/// <summary>What the database says of a layout's tables. Immutable.</summary>
internal sealed class TableFacts
{
    private readonly string schema;
    private readonly FrozenDictionary<string, uint> oids;
    private readonly FrozenDictionary<(string Table, string Column), string> types;
    private readonly ILookup<string, ForeignKeyFact> foreignKeys;
    private readonly FrozenDictionary<EntityType, CountedOids> ofEntities;

    private TableFacts(
        string schema,
        StoreLayout layout,
        Dictionary<string, uint> oids,
        Dictionary<(string, string), string> types,
        ILookup<string, uint> indexes,
        ILookup<string, ForeignKeyFact> foreignKeys)
    {
        this.schema = schema;
        this.types = types.ToFrozenDictionary();
        this.oids = oids.ToFrozenDictionary(StringComparer.Ordinal);
        this.foreignKeys = foreignKeys;
        ofEntities = layout.Entities.ToFrozenDictionary(
            entity => entity.Type,
            entity => new CountedOids(
                [.. entity.Tables.Select(table => table.Name).Where(oids.ContainsKey).Select(name => oids[name])],
                [.. entity.Tables.SelectMany(table => indexes[table.Name])]));
    }

    public static async ValueTask<TableFacts> ReadAsync(NpgsqlConnection connection, StoreLayout layout, CancellationToken cancellationToken)
    {
        var schema = (string)(await connection.ScalarAsync("SELECT current_schema()", cancellationToken).ConfigureAwait(false))!;
        var oids = await connection.RowsAsync(
            "SELECT relname, oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')",
            row => (Name: row.GetString(0), Oid: row.GetFieldValue<uint>(1)),
            cancellationToken).ConfigureAwait(false);
        var types = await connection.RowsAsync(
            "SELECT c.relname, a.attname, format_type(a.atttypid, NULL) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
            + "WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped",
            row => (Column: (row.GetString(0), row.GetString(1)), Type: row.GetString(2)),
            cancellationToken).ConfigureAwait(false);
        var indexes = await connection.RowsAsync(
            "SELECT c.relname, i.indexrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = current_schema()::regnamespace",
            row => (Table: row.GetString(0), Oid: row.GetFieldValue<uint>(1)),
            cancellationToken).ConfigureAwait(false);
        var foreignKeys = await PostgresCatalogue.ReadForeignKeysAsync(connection, cancellationToken).ConfigureAwait(false);
        return new TableFacts(
            schema,
            layout,
            oids.ToDictionary(table => table.Name, table => table.Oid, StringComparer.Ordinal),
            types.ToDictionary(one => one.Column, one => one.Type),
            indexes.ToLookup(index => index.Table, index => index.Oid, StringComparer.Ordinal),
            foreignKeys.ToLookup(
                key => key.Table,
                key => new ForeignKeyFact(key.ForeignKey.Columns, key.ForeignKey.ReferencedTable, key.ForeignKey.ReferencedColumns),
                StringComparer.Ordinal));
    }

    /// <summary>The table's name with its schema, for statements that must not meet a view of the same name.</summary>
    public string NameOf(TableLayout table) => NameOf(table.Name);

    public string NameOf(string table) => $"{Sql.Name(schema)}.{Sql.Name(table)}";

    public bool Has(TableLayout table) => oids.ContainsKey(table.Name);

    /// <summary>Where the statistics count what is read and written of an entity type.</summary>
    public CountedOids OidsOf(EntityType type) => ofEntities.GetValueOrDefault(type, CountedOids.None);

    public string TypeOf(TableLayout table, string column) => types[(table.Name, column)];

    public IEnumerable<ForeignKeyFact> ForeignKeysOf(string table) => foreignKeys[table];
}

/// <summary>What the statistics count rows by: those that indexes lead to are counted with the indexes.</summary>
internal sealed record CountedOids(uint[] Tables, uint[] Indexes)
{
    public static CountedOids None { get; } = new([], []);

    public void AddTo(NpgsqlParameterCollection parameters)
    {
        foreach (var oids in (ReadOnlySpan<uint[]>)[Tables, Indexes])
            parameters.Add(new NpgsqlParameter<uint[]> { TypedValue = oids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid });
    }
}
