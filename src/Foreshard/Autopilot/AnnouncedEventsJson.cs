using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Foreshard.Autopilot;

/// <summary>A file of announced events.</summary>
internal sealed record AnnouncedEventsFile
{
    /// <summary>Of the format.</summary>
    public required int Version { get; init; }

    /// <summary>The number that the next event gets.</summary>
    public required int NextId { get; init; }

    public required IReadOnlyList<AnnouncedEvent> Events { get; init; }
}

[JsonSerializable(typeof(AnnouncedEventsFile))]
internal sealed partial class AnnouncedEventsJson : JsonSerializerContext
{
    /// <summary>How files are written and read: a property that isn't known may be a mistyped one, so it isn't passed over.</summary>
    public static AnnouncedEventsJson Strict { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        RespectNullableAnnotations = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
