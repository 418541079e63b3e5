using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Foreshard.Cli.Fleets;

/// <summary>The section <c>fleet</c> of a <c>foreshard.json</c>, which may say beside it what the store holds.</summary>
internal static class FleetFile
{
    public const string Name = "foreshard.json";

    private const string Section = "fleet";

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>What is misspelt is said, and what isn't said keeps its default.</summary>
    private static readonly JsonSerializerOptions Strict = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
    };

    /// <summary>Reads the section. Files that it names lie beside it, unless they are named from the root.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UsageException">It isn't there, has no such section, or says what nobody understands.</exception>
    public static FleetSettings Read(string path)
    {
        try
        {
            var section = JsonNode.Parse(File.ReadAllText(path), documentOptions: Lenient) is JsonObject file && file[Section] is JsonObject found
                ? found
                : throw new UsageException($"'{path}' has no section \"{Section}\", which says how a fleet is reached: docs/fleet.md shows one.");
            if (Secret(section) is { } secret)
            {
                throw new UsageException($"'{path}' holds a password ({secret}). It was not used: such files are copied and checked in. Take it out, "
                    + "and give it by "
                    + "FORESHARD_ETCD_PASSWORD, PGPASSWORD or a password file.");
            }

            return Beside(section.Deserialize<FleetSettings>(Strict)!, Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (JsonException exception)
        {
            throw new UsageException($"'{path}' can't be read as the settings of a fleet: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The settings of the fleet can't be read: {exception.Message}");
        }
    }

    /// <summary>Writes a file that holds the section and keeps whatever else it held.</summary>
    public static void Write(string path, FleetSettings settings)
    {
        var file = File.Exists(path) && JsonNode.Parse(File.ReadAllText(path), documentOptions: Lenient) is JsonObject known ? known : [];
        file[Section] = JsonSerializer.SerializeToNode(settings, Strict);
        File.WriteAllText(path, file.ToJsonString(Strict) + "\n");
    }

    private static FleetSettings Beside(FleetSettings settings, string folder) => settings with
    {
        Etcd = settings.Etcd with
        {
            CaFile = In(settings.Etcd.CaFile, folder),
            CertificateFile = In(settings.Etcd.CertificateFile, folder),
            KeyFile = In(settings.Etcd.KeyFile, folder),
        },
    };

    private static string? In(string? file, string folder) => file is null ? null : Path.Combine(folder, file);

    /// <summary>The path of a property that is named like a password; null if there is none.</summary>
    private static string? Secret(JsonObject section) => section
        .Select(property => property switch
        {
            (var name, JsonObject inner) => Secret(inner) is { } deeper ? $"{name}.{deeper}" : null,
            (var name, _) when name.Equals("password", StringComparison.OrdinalIgnoreCase) => name,
            _ => null,
        })
        .FirstOrDefault(found => found is not null);
}
