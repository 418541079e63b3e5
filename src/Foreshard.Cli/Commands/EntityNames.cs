using Foreshard.Sessions;

namespace Foreshard.Cli.Commands;

/// <summary>Entities and groups as they are written on the command line.</summary>
internal static class EntityNames
{
    /// <exception cref="UsageException">The text names no type of the store, or is no entity at all.</exception>
    /// <exception cref="FormatException">The key is none of its type.</exception>
    public static EntityKey Parse(EntityStore store, string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0) throw new UsageException($"'{text}' is no entity: write its type and its key, as customer/42.");
        var name = text[..slash];
        var known = store.Schema.EntityTypes.Select(declared => declared.Type).ToList();
        var type = known.FirstOrDefault(type => string.Equals(type.Name, name, StringComparison.Ordinal));
        return type is not null
            ? type.Parse(text[(slash + 1)..])
            : throw new UsageException(known.Count == 0
                ? $"The store declares no entity types, so there is no '{text}'."
                : $"The store declares no entity type '{name}'; there are: {string.Join(", ", known)}.");
    }

    /// <exception cref="UsageException">Entities of that type have no groups.</exception>
    /// <exception cref="FormatException">The text is no group of the kind that the type declares.</exception>
    public static GroupKey ParseGroup(EntityStore store, EntityType type, string? text)
    {
        if (text is null) return default;
        var group = store.Schema.EntityTypes.Single(declared => declared.Type == type).Group
            ?? throw new UsageException($"'{type}' declares no group column, so its entities have no group '{text}'.");
        return GroupKey.Parse(group.Kind, text);
    }
}
