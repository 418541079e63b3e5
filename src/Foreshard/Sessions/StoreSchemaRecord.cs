using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Foreshard.Mapping;
using Foreshard.Schema;

namespace Foreshard.Sessions;

/// <summary>A schema script as the mapping store keeps it, so that every partition gets it, also one that is added later.</summary>
internal sealed record SchemaScript(long Version, string Sql);

/// <summary>A write of reference tables, likewise.</summary>
internal sealed record ReferenceRecord(string Sql, IReadOnlyDictionary<string, JsonElement> Arguments);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SchemaScript))]
[JsonSerializable(typeof(ReferenceRecord))]
internal sealed partial class StoreJson : JsonSerializerContext;

/// <summary>The declared schema and its scripts in the mapping store, so that a store can be opened without the application's code.</summary>
internal static class StoreSchemaRecord
{
    private const string DeclarationKey = "schema/declaration";
    private const string ScriptPrefix = "schema/script/";

    /// <summary>The declaration that the store's tables were last found to obey; null: none yet.</summary>
    public static async ValueTask<StoreSchema?> ReadDeclarationAsync(IMappingStore store, CancellationToken cancellationToken) =>
        (await store.ReadRecordsAsync(DeclarationKey, cancellationToken).ConfigureAwait(false)).SingleOrDefault() is { } kept
            ? StoreSchema.FromJson(kept.Value)
            : null;

    /// <summary>Keeps a declaration that the tables obey.</summary>
    public static async ValueTask KeepDeclarationAsync(IMappingStore store, StoreSchema declaration, CancellationToken cancellationToken)
    {
        var kept = (await store.ReadRecordsAsync(DeclarationKey, cancellationToken).ConfigureAwait(false)).SingleOrDefault();
        var json = declaration.ToJson();
        if (json == kept?.Value) return;
        var write = new RecordWrite(DeclarationKey, kept?.Revision ?? 0, json);
        await store.CommitAsync(new MappingChange { Records = [write] }, cancellationToken).ConfigureAwait(false);
    }

    public static async ValueTask<IReadOnlyList<SchemaScript>> ReadScriptsAsync(IMappingStore store, CancellationToken cancellationToken) =>
    [
        .. (await store.ReadRecordsAsync(ScriptPrefix, cancellationToken).ConfigureAwait(false))
            .Select(record => JsonSerializer.Deserialize(record.Value, StoreJson.Default.SchemaScript)!)
            .OrderBy(script => script.Version),
    ];

    public static async ValueTask AddScriptAsync(IMappingStore store, SchemaScript script, CancellationToken cancellationToken)
    {
        var key = KeyOf(script.Version);
        await store.CommitAsync(
            new MappingChange { Records = [new RecordWrite(key, 0, JsonSerializer.Serialize(script, StoreJson.Default.SchemaScript))] }, cancellationToken)
            .ConfigureAwait(false);
    }

    private static string KeyOf(long version) => ScriptPrefix + version.ToString("D12", CultureInfo.InvariantCulture);
}
