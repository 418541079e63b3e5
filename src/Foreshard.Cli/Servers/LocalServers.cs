using System.Text.Json;
using System.Text.Json.Serialization;

namespace Foreshard.Cli.Servers;

/// <summary>Which servers a local fleet has, and on which ports: the file <c>servers.json</c> in its folder.</summary>
/// <param name="Etcd">The nodes of etcd.</param>
/// <param name="Partitions">The PostgreSQL servers, one a partition.</param>
internal sealed record LocalServers(IReadOnlyList<LocalServers.Node> Etcd, IReadOnlyList<LocalServers.Partition> Partitions)
{
    public const string FileName = "servers.json";

    /// <summary>A node of etcd.</summary>
    /// <param name="Name">Its name and that of its folder.</param>
    /// <param name="Port">Where clients connect.</param>
    /// <param name="PeerPort">Where the other nodes connect.</param>
    internal sealed record Node(string Name, int Port, int PeerPort);

    /// <summary>A PostgreSQL server.</summary>
    /// <param name="Name">The partition's name and that of its folder.</param>
    /// <param name="Port">Where it listens.</param>
    internal sealed record Partition(string Name, int Port);

    /// <summary>What is recorded in a folder; null if there is no fleet.</summary>
    /// <exception cref="LocalServerException">The file can't be read.</exception>
    public static LocalServers? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), ServersJson.Default.LocalServers)
                ?? throw new JsonException("it is empty");
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new LocalServerException(
                $"'{path}', which says which servers the fleet has, can't be read: {exception.Message} Nothing was started.", exception);
        }
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    public void Write(string folder)
    {
        var path = Path.Combine(folder, FileName);
        File.WriteAllText(path + ".new", JsonSerializer.Serialize(this, ServersJson.Default.LocalServers) + "\n");
        File.Move(path + ".new", path, overwrite: true);
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LocalServers))]
internal sealed partial class ServersJson : JsonSerializerContext;
