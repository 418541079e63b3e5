using System.Collections.Immutable;
using Etcdserverpb;
using Foreshard.Mapping;
using Grpc.Core;

namespace Foreshard.Etcd;

/// <summary>What one node says of itself.</summary>
/// <param name="Address">Where it was asked.</param>
/// <param name="Failure">Why it said nothing; null if it did. All else means nothing then.</param>
/// <param name="Version">Its version, as <c>3.4.23</c>.</param>
/// <param name="Cluster">Number of the cluster that it is of.</param>
/// <param name="HasLeader">Whether it knows a leader.</param>
/// <param name="Bytes">Size of its database file.</param>
/// <param name="BytesInUse">How much of that isn't free space.</param>
/// <param name="Errors">Alarms, in etcd's words.</param>
internal sealed record EtcdNodeState(
    string Address, string? Failure, string Version, ulong Cluster, bool HasLeader, long Bytes, long BytesInUse, ImmutableArray<string> Errors);

/// <summary>What was found of a cluster and of a store on it.</summary>
/// <param name="Nodes">Every node that the settings name.</param>
/// <param name="Members">How many nodes the cluster has; null if none of them said.</param>
/// <param name="Failure">Why the cluster as a whole doesn't answer, or doesn't let the store be read or written; null if it does.</param>
/// <param name="HasStore">Whether there is a store of that name; null if that can't be told.</param>
internal sealed record EtcdState(ImmutableArray<EtcdNodeState> Nodes, int? Members, string? Failure, bool? HasStore);

/// <summary>Looks a cluster over: each node by itself, and all of them together. Writes nothing.</summary>
internal static class EtcdSurvey
{
    /// <exception cref="ArgumentException">The settings can't be used.</exception>
    public static async Task<EtcdState> LookAsync(EtcdOptions options, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        options.Check();
        var nodes = await Task.WhenAll(options.Nodes.Select(address => LookAsync(options, address, timeProvider, cancellationToken))).ConfigureAwait(false);
        using var connection = new EtcdConnection(options, timeProvider);
        int? members = null;
        try
        {
            members = (await connection.RepeatAsync(
                (endpoint, call) => endpoint.Cluster.MemberListAsync(new MemberListRequest(), call).ResponseAsync, connection.NewDeadline(), cancellationToken)
                .ConfigureAwait(false)).Members.Count;
            return new EtcdState([.. nodes], members, null, await HasStoreAsync(connection, options.Store, cancellationToken).ConfigureAwait(false));
        }
        catch (MappingStoreException exception)
        {
            return new EtcdState([.. nodes], members, exception.Message, null);
        }
    }

    /// <summary>
    /// A transaction that can't come true: it needs a leader and a majority, and the rights that reading and writing the store need, and does nothing.
    /// </summary>
    private static async Task<bool> HasStoreAsync(EtcdConnection connection, string store, CancellationToken cancellationToken)
    {
        var keys = new EtcdKeys(store);
        var request = new TxnRequest
        {
            Compare = { EtcdValues.ExistsSince(keys.Of("doctor"), -1) },
            Success = { EtcdValues.Put(keys.Of("doctor"), EtcdValues.Number(0)) },
            Failure = { EtcdValues.Get(keys.Format) },
        };
        var answer = await new EtcdTable(connection, keys).TxnAsync(request, connection.NewDeadline(), cancellationToken).ConfigureAwait(false);
        return answer.Read(0) is not null;
    }

    private static async Task<EtcdNodeState> LookAsync(EtcdOptions options, string address, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var connection = new EtcdConnection(options.Only(address), timeProvider);
        try
        {
            var state = await connection.OnceAsync(
                (endpoint, call) => endpoint.Maintenance.StatusAsync(new StatusRequest(), call).ResponseAsync, connection.NewDeadline())
                .WaitAsync(cancellationToken).ConfigureAwait(false);
            return new EtcdNodeState(
                address, null, state.Version, state.Header.ClusterId, state.Leader != 0, state.DbSize, state.DbSizeInUse, [.. state.Errors]);
        }
        catch (Exception exception) when (exception is MappingStoreException or RpcException)
        {
            return new EtcdNodeState(
                address, EtcdErrors.DetailOf(exception is MappingStoreException { InnerException: { } cause } ? cause : exception), "", 0, false, 0, 0, []);
        }
    }
}
