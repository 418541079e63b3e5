using System.Collections.Immutable;
using System.Text.Json;

namespace Foreshard.Schema;

/// <summary>Reads the JSON format and collects all that is wrong with it, each with its path. For one text.</summary>
/// <remarks>
/// Walks the document instead of binding it to objects: a binder stops at the first error, and the whole list is the point.
/// </remarks>
internal sealed class StoreSchemaJsonReader
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private readonly List<SchemaProblem> problems = [];
    private readonly StoreSchemaBuilder schema = new();

    private delegate void ReadProperty(string name, JsonElement value, string path);

    /// <exception cref="SchemaException">The text is no schema.</exception>
    public StoreSchema Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Lenient);
            Object(document.RootElement, "$", ReadTop, StoreSchemaJson.Entities);
        }
        catch (JsonException exception)
        {
            var line = (exception.LineNumber + 1) ?? 1;
            Report($"line {line}", $"not JSON: {exception.Message}", "Correct the text there.");
        }

        return problems.Count == 0 ? schema.Build() : throw new SchemaException(problems);
    }

    private void ReadTop(string name, JsonElement value, string path)
    {
        switch (name)
        {
            case "$schema":
            case StoreSchemaJson.Fleet:
                break;
            case StoreSchemaJson.Entities:
                Object(value, path, ReadEntity);
                break;
            case StoreSchemaJson.References when value.ValueKind == JsonValueKind.Array:
                foreach (var (index, table) in value.EnumerateArray().Index())
                {
                    if (Text(table, $"{path}[{index}]") is { } reference) schema.Reference(reference);
                }

                break;
            case StoreSchemaJson.References:
                WrongKind(value, path, "an array of table names");
                break;
            default:
                Unknown(path, "$schema", StoreSchemaJson.Entities, StoreSchemaJson.References, StoreSchemaJson.Fleet);
                break;
        }
    }

    private void ReadEntity(string name, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            WrongKind(value, path, "an object");
            return;
        }

        var keyKind = value.TryGetProperty(StoreSchemaJson.Key, out var key)
            ? Choice(key, $"{path}.{StoreSchemaJson.Key}", StoreSchemaJson.KeyKinds)
            : null;
        try
        {
            schema.Entity(name, keyKind ?? KeyKind.Integer, entity => Object(
                value, path, (property, inner, at) => ReadEntityProperty(entity, property, inner, at),
                StoreSchemaJson.Key, StoreSchemaJson.Root, StoreSchemaJson.KeyColumn));
        }
        catch (ArgumentException exception) when (exception.ParamName == "name")
        {
            Report(path, exception.Message, "Choose another name.");
        }
    }

    private void ReadEntityProperty(EntityTypeBuilder entity, string name, JsonElement value, string path)
    {
        switch (name)
        {
            case StoreSchemaJson.Key:
                break; // Read before the others: it makes the type.
            case StoreSchemaJson.Root:
                if (Text(value, path) is { } root) entity.Root(root);
                break;
            case StoreSchemaJson.RootKey:
                if (Text(value, path) is { } rootKey) entity.RootKey(rootKey);
                break;
            case StoreSchemaJson.KeyColumn:
                if (Text(value, path) is { } keyColumn) entity.KeyColumn(keyColumn);
                break;
            case StoreSchemaJson.Splittable:
                if (Flag(value, path)) entity.Splittable();
                break;
            case StoreSchemaJson.Group:
                ReadGroup(entity, value, path);
                break;
            case StoreSchemaJson.Tables:
                Object(value, path, (table, inner, at) => entity.Table(table, builder => Object(
                    inner, at, (property, said, where) => ReadTableProperty(builder, property, said, where))));
                break;
            default:
                Unknown(
                    path, StoreSchemaJson.Key, StoreSchemaJson.Root, StoreSchemaJson.RootKey, StoreSchemaJson.KeyColumn,
                    StoreSchemaJson.Group, StoreSchemaJson.Splittable, StoreSchemaJson.Tables);
                break;
        }
    }

    private void ReadGroup(EntityTypeBuilder entity, JsonElement value, string path)
    {
        string? column = null;
        GroupKind? kind = null;
        Object(value, path, Read, StoreSchemaJson.Column, StoreSchemaJson.GroupBy);
        if (column is not null && kind is { } known) entity.GroupBy(column, known);

        void Read(string name, JsonElement inner, string at)
        {
            if (name == StoreSchemaJson.Column) column = Text(inner, at);
            else if (name == StoreSchemaJson.GroupBy) kind = Choice(inner, at, StoreSchemaJson.GroupKinds);
            else Unknown(at, StoreSchemaJson.Column, StoreSchemaJson.GroupBy);
        }
    }

    private void ReadTableProperty(TableBuilder table, string name, JsonElement value, string path)
    {
        switch (name)
        {
            case StoreSchemaJson.KeyColumn:
                if (Text(value, path) is { } keyColumn) table.KeyColumn(keyColumn);
                break;
            case StoreSchemaJson.GroupColumn:
                if (Text(value, path) is { } groupColumn) table.GroupColumn(groupColumn);
                break;
            case StoreSchemaJson.Core:
                if (Flag(value, path)) table.Core();
                break;
            case StoreSchemaJson.UniqueIds:
                if (Flag(value, path)) table.UniqueIds();
                break;
            default:
                Unknown(path, StoreSchemaJson.KeyColumn, StoreSchemaJson.GroupColumn, StoreSchemaJson.Core, StoreSchemaJson.UniqueIds);
                break;
        }
    }

    private void Object(JsonElement value, string path, ReadProperty read, params ReadOnlySpan<string> required)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            WrongKind(value, path, "an object");
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            var at = $"{path}.{property.Name}";
            if (string.IsNullOrWhiteSpace(property.Name)) Report(at, "a name is empty", "Write the name, or take the property out.");
            else if (seen.Add(property.Name)) read(property.Name, property.Value, at);
            else Report(at, "stands here twice", "Keep one of the two.");
        }

        foreach (var name in required)
        {
            if (!seen.Contains(name)) Report(path, $"\"{name}\" is missing", "Add it.");
        }
    }

    private string? Text(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String) WrongKind(value, path, "text");
        else if (string.IsNullOrWhiteSpace(value.GetString())) Report(path, "the name is empty", "Write the name.");
        else return value.GetString();
        return null;
    }

    private bool Flag(JsonElement value, string path)
    {
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) WrongKind(value, path, "true or false");
        return value.ValueKind == JsonValueKind.True;
    }

    private T? Choice<T>(JsonElement value, string path, ImmutableArray<(string Name, T Kind)> choices)
        where T : struct
    {
        var names = string.Join(", ", choices.Select(choice => $"\"{choice.Name}\""));
        if (value.ValueKind != JsonValueKind.String)
        {
            WrongKind(value, path, "one of " + names);
            return null;
        }

        foreach (var (name, kind) in choices)
        {
            if (value.ValueEquals(name)) return kind;
        }

        Report(path, $"\"{value.GetString()}\" is not known here", $"Write one of {names}.");
        return null;
    }

    private void Unknown(string path, params ReadOnlySpan<string?> known) =>
        Report(path, "no such property", $"There are: {string.Join(", ", known)}.");

    private void WrongKind(JsonElement value, string path, string wanted) =>
        Report(path, $"{wanted} expected, not {value.ValueKind}", $"Write {wanted}.");

    private void Report(string path, string message, string remedy) =>
        problems.Add(new(RuleNames.SchemaFile, "", "", $"{path}: {message}.", remedy));
}
