using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Foreshard.Etcd.Tests;

/// <summary>etcd's own protocol, for what a mapping store never does.</summary>
internal sealed class RawEtcd(string endpoint, HttpMessageHandler? handler = null) : IDisposable
{
    private readonly GrpcChannel channel = GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions { HttpHandler = handler });

    public KV.KVClient KV => new(channel);

    public Auth.AuthClient Auth => new(channel);

    public static async Task PutAsync(EtcdOptions options, string name, string value)
    {
        using var etcd = new RawEtcd(options.Endpoints[0]);
        await etcd.KV.PutAsync(new PutRequest { Key = new EtcdKeys(options.Store).Of(name), Value = ByteString.CopyFromUtf8(value) });
    }

    public static async Task DeleteAsync(EtcdOptions options, string name)
    {
        using var etcd = new RawEtcd(options.Endpoints[0]);
        await etcd.KV.DeleteRangeAsync(new DeleteRangeRequest { Key = new EtcdKeys(options.Store).Of(name) });
    }

    /// <summary>The names of the store's keys.</summary>
    public static async Task<List<string>> KeysAsync(EtcdOptions options)
    {
        using var etcd = new RawEtcd(options.Endpoints[0]);
        var prefix = new EtcdKeys(options.Store).Of("");
        var answer = await etcd.KV.RangeAsync(new RangeRequest { Key = prefix, RangeEnd = EtcdKeys.EndOf(prefix), KeysOnly = true });
        return [.. answer.Kvs.Select(pair => pair.Key.ToStringUtf8()[prefix.Length..])];
    }

    /// <summary>Throws away etcd's history but for the last revisions.</summary>
    public static async Task CompactAsync(string endpoint, int keep = 0)
    {
        using var etcd = new RawEtcd(endpoint);
        var now = await etcd.KV.RangeAsync(new RangeRequest { Key = ByteString.CopyFromUtf8("/"), CountOnly = true });
        try
        {
            await etcd.KV.CompactAsync(new CompactionRequest { Revision = Math.Max(1, now.Header.Revision - keep), Physical = true });
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.OutOfRange)
        {
            // Another test on the same server has compacted further since.
        }
    }

    /// <summary>The number of the endpoint whose node leads; -1: none does.</summary>
    public static async Task<int> LeaderAsync(IReadOnlyList<string> endpoints)
    {
        for (var i = 0; i < endpoints.Count; i++)
        {
            try
            {
                using var etcd = new RawEtcd(endpoints[i]);
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
                var status = await new Maintenance.MaintenanceClient(etcd.channel).StatusAsync(new StatusRequest(), cancellationToken: limit.Token);
                if (status.Leader == status.Header.MemberId) return i;
            }
            catch (Grpc.Core.RpcException)
            {
                // Down; another leads, if any.
            }
        }

        return -1;
    }

    public void Dispose() => channel.Dispose();
}
