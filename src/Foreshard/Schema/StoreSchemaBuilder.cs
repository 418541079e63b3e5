using System.Collections.Immutable;

namespace Foreshard.Schema;

/// <summary>Collects the declarations of a store; see <see cref="StoreSchema.Define"/>.</summary>
public sealed class StoreSchemaBuilder
{
    private readonly ImmutableArray<EntityDeclaration>.Builder entities = ImmutableArray.CreateBuilder<EntityDeclaration>();
    private readonly ImmutableArray<string>.Builder references = ImmutableArray.CreateBuilder<string>();

    internal StoreSchemaBuilder()
    {
    }

    /// <summary>Declares an entity type.</summary>
    /// <exception cref="ArgumentException">The name can't name an entity type.</exception>
    public StoreSchemaBuilder Entity(string name, KeyKind keyKind, Action<EntityTypeBuilder> define)
    {
        ArgumentNullException.ThrowIfNull(define);
        var builder = new EntityTypeBuilder(EntityType.Of(name, keyKind));
        define(builder);
        entities.Add(builder.Build());
        return this;
    }

    /// <summary>Declares tables without a key column whose rows are the same on every partition.</summary>
    public StoreSchemaBuilder Reference(params ReadOnlySpan<string> tables)
    {
        foreach (var table in tables)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(table, nameof(tables));
            references.Add(table);
        }

        return this;
    }

    internal StoreSchema Build()
    {
        var problems = DeclarationRules.Check(entities, references).ToList();
        return problems.Count == 0 ? new(entities.ToImmutable(), references.ToImmutable()) : throw new SchemaException(problems);
    }
}
