using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Foreshard.Schema;

/// <summary>The names of the JSON format, and how a schema is written in it.</summary>
internal static class StoreSchemaJson
{
    public const string Entities = "entities";
    public const string References = "references";

    /// <summary>How a fleet is reached: the command's business, which may stand in the same file.</summary>
    public const string Fleet = "fleet";

    public const string Key = "key";
    public const string Root = "root";
    public const string RootKey = "rootKey";
    public const string KeyColumn = "keyColumn";
    public const string Group = "group";
    public const string GroupBy = "by";
    public const string Column = "column";
    public const string Splittable = "splittable";
    public const string Tables = "tables";
    public const string GroupColumn = "groupColumn";
    public const string Core = "core";
    public const string UniqueIds = "uniqueIds";

    public static readonly ImmutableArray<(string Name, KeyKind Kind)> KeyKinds =
        [("integer", KeyKind.Integer), ("uuid", KeyKind.Uuid), ("text", KeyKind.Text)];

    public static readonly ImmutableArray<(string Name, GroupKind Kind)> GroupKinds =
        [("segment", GroupKind.Segment), ("integer", GroupKind.Integer), ("date", GroupKind.Date), ("time", GroupKind.Time)];

    // Files are read by people, never put into a web page: letters of all alphabets stay as they are.
    private static readonly JsonWriterOptions Layout = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static StoreSchema Read(string json) => new StoreSchemaJsonReader().Read(json);

    public static string Write(StoreSchema schema)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Layout))
        {
            writer.WriteStartObject();
            writer.WriteStartObject(Entities);
            foreach (var entity in schema.EntityTypes) Write(writer, entity);
            writer.WriteEndObject();
            if (schema.References.Length > 0)
            {
                writer.WriteStartArray(References);
                foreach (var table in schema.References) writer.WriteStringValue(table);
                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, EntityDeclaration entity)
    {
        writer.WriteStartObject(entity.Type.Name);
        writer.WriteString(Key, KeyKinds.First(known => known.Kind == entity.Type.KeyKind).Name);
        writer.WriteString(Root, entity.RootTable);
        if (entity.RootKeyColumn != entity.KeyColumn) writer.WriteString(RootKey, entity.RootKeyColumn);
        writer.WriteString(KeyColumn, entity.KeyColumn);
        if (entity.Group is { } group)
        {
            writer.WriteStartObject(Group);
            writer.WriteString(Column, group.Column);
            writer.WriteString(GroupBy, GroupKinds.First(known => known.Kind == group.Kind).Name);
            writer.WriteEndObject();
        }

        if (entity.IsSplittable) writer.WriteBoolean(Splittable, true);
        if (entity.Tables.Length > 0)
        {
            writer.WriteStartObject(Tables);
            foreach (var table in entity.Tables) Write(writer, table);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, TableDeclaration table)
    {
        writer.WriteStartObject(table.Name);
        if (table.KeyColumn is { } keyColumn) writer.WriteString(KeyColumn, keyColumn);
        if (table.GroupColumn is { } groupColumn) writer.WriteString(GroupColumn, groupColumn);
        if (table.IsCore) writer.WriteBoolean(Core, true);
        if (table.HasUniqueIds) writer.WriteBoolean(UniqueIds, true);
        writer.WriteEndObject();
    }
}
