using System.Collections.Immutable;

namespace Foreshard.Schema;

/// <summary>The entity types and reference tables of a store, as the application declares them.</summary>
/// <remarks>
/// Immutable and safe for concurrent use. Holds only what can't be read from the database; tables, keys and foreign keys come from its
/// catalogue. <c>docs/schema.md</c> has the file format and every rule.
/// </remarks>
public sealed class StoreSchema
{
    private readonly Dictionary<string, EntityDeclaration> byName;

    internal StoreSchema(ImmutableArray<EntityDeclaration> entityTypes, ImmutableArray<string> references)
    {
        EntityTypes = entityTypes;
        References = references;
        byName = entityTypes.ToDictionary(declaration => declaration.Type.Name, StringComparer.Ordinal);
    }

    /// <summary>What a store holds of which nobody has said it yet.</summary>
    internal static StoreSchema None { get; } = new([], []);

    /// <summary>The declared types, in the order in which they were declared.</summary>
    public ImmutableArray<EntityDeclaration> EntityTypes { get; }

    /// <summary>Tables whose rows are the same on every partition, in the order in which they were declared.</summary>
    public ImmutableArray<string> References { get; }

    /// <summary>The declared type of that name.</summary>
    /// <exception cref="KeyNotFoundException">No such type is declared.</exception>
    public EntityType this[string name] => byName.TryGetValue(name, out var declaration)
        ? declaration.Type
        : throw new KeyNotFoundException(
            $"No entity type '{name}' is declared; there are: {string.Join(", ", EntityTypes.Select(type => type.Type.Name))}.");

    /// <summary>Declares a schema in code.</summary>
    /// <exception cref="SchemaException">The declaration contradicts itself or lacks something; lists all that is wrong with it.</exception>
    public static StoreSchema Define(Action<StoreSchemaBuilder> define)
    {
        ArgumentNullException.ThrowIfNull(define);
        var builder = new StoreSchemaBuilder();
        define(builder);
        return builder.Build();
    }

    /// <summary>Reads a schema in the format of <c>foreshard.json</c>. Comments and trailing commas are allowed.</summary>
    /// <exception cref="SchemaException">The text is no schema; lists all that is wrong with it, each with its JSON path.</exception>
    public static StoreSchema FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return StoreSchemaJson.Read(json);
    }

    /// <summary>Reads a schema from a file in UTF-8, by convention <c>foreshard.json</c>.</summary>
    /// <inheritdoc cref="FromJson" path="/exception"/>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static async Task<StoreSchema> LoadAsync(string path, CancellationToken cancellationToken = default) =>
        FromJson(await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false));

    /// <summary>The schema as <see cref="FromJson"/> reads it; the same text for the same declarations.</summary>
    public string ToJson() => StoreSchemaJson.Write(this);
}
