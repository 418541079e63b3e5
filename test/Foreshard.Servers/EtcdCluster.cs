using System.Text.Json;
using Foreshard.Cli.Servers;

namespace Foreshard.Servers;

/// <summary>A private cluster of etcd nodes. Not safe for concurrent use.</summary>
public sealed class EtcdCluster : IDisposable
{
    private EtcdCluster(IReadOnlyList<EtcdServer> nodes) => Nodes = nodes;

    public IReadOnlyList<EtcdServer> Nodes { get; }

    public IReadOnlyList<string> Endpoints => [.. Nodes.Select(node => node.Endpoint)];

    /// <summary>A cluster whose nodes have found each other.</summary>
    public static async Task<EtcdCluster> StartAsync(int nodes)
    {
        var ports = LoopbackPorts.TakeFree(2 * nodes);
        var names = Enumerable.Range(0, nodes).Select(i => $"n{i + 1}").ToList();
        var members = EtcdArguments.ClusterOf(names.Select((name, i) => (name, ports[nodes + i])));
        var cluster = new EtcdCluster([.. names.Select((name, i) => EtcdServer.OfCluster(name, ports[i], ports[nodes + i], members))]);
        await EtcdServer.OrDispose(cluster, async () =>
        {
            foreach (var node in cluster.Nodes) node.Start();
            foreach (var node in cluster.Nodes) await node.WaitAsync();
        });
        return cluster;
    }

    /// <summary>The node that leads; null while none does.</summary>
    public async Task<EtcdServer?> LeaderAsync()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        foreach (var node in Nodes.Where(node => node.IsRunning))
        {
            try
            {
                using var empty = new StringContent("{}");
                using var answer = await http.PostAsync(new Uri(node.Endpoint + "/v3/maintenance/status"), empty);
                using var status = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
                var member = status.RootElement.GetProperty("header").GetProperty("member_id").GetString();
                if (status.RootElement.TryGetProperty("leader", out var leader) && leader.GetString() == member) return node;
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                // Another node is asked.
            }
        }

        return null;
    }

    public void Dispose()
    {
        foreach (var node in Nodes) node.Dispose();
    }
}
