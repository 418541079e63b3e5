using Foreshard.Cli.Output;
using Foreshard.Etcd;

namespace Foreshard.Cli.Fleets;

/// <summary>Judges what a survey of etcd found. Pure.</summary>
internal static class EtcdDoctor
{
    private const string Cluster = "etcd";

    /// <summary>etcd's space quota unless it was told otherwise.</summary>
    private const long UsualQuota = 2L * 1024 * 1024 * 1024;

    private static readonly Version Oldest = new(3, 4);

    public static IEnumerable<Diagnosis> Judge(EtcdState state, string store)
    {
        foreach (var node in state.Nodes.SelectMany(OfNode)) yield return node;
        foreach (var cluster in OfCluster(state)) yield return cluster;
        yield return state switch
        {
            { Failure: { } failure } => Diagnosis.Problem(
                Cluster, "quorum", failure, "Sessions go on, moves wait. Start the nodes that are away, or mend what the message names."),
            { HasStore: false } => Diagnosis.Warning(
                Cluster, "store", $"there is no store '{store}'", "Make it with 'foreshard init', or name another with --store."),
            _ => Diagnosis.Ok(Cluster, "store", $"the store '{store}' can be read and written"),
        };
    }

    private static IEnumerable<Diagnosis> OfNode(EtcdNodeState node)
    {
        if (node.Failure is { } failure)
        {
            yield return Diagnosis.Problem(
                node.Address, "reachable", failure, "Look whether the node runs and can be reached from here; if it is gone for good, replace it.");
            yield break;
        }

        yield return Version.TryParse(node.Version.Split('-')[0], out var version) && version >= Oldest
            ? Diagnosis.Ok(node.Address, "version", node.Version)
            : Diagnosis.Problem(node.Address, "version", node.Version, $"Foreshard needs etcd {Oldest} or newer: upgrade the node.");
        if (!node.HasLeader) yield return Diagnosis.Problem(node.Address, "leader", "it knows no leader", "Look at its connections to the other nodes.");
        foreach (var alarm in node.Errors)
            yield return Diagnosis.Problem(
                node.Address, "alarm", alarm, "Compact and defragment etcd or raise --quota-backend-bytes, then 'etcdctl alarm disarm'.");
        var size = $"{Words.Bytes(node.Bytes)}, {Words.Bytes(node.BytesInUse)} in use";
        yield return node.Bytes <= UsualQuota * 3 / 4
            ? Diagnosis.Ok(node.Address, "size", size)
            : Diagnosis.Warning(
                node.Address, "size", size, $"Unless told otherwise etcd stops taking changes at {Words.Bytes(UsualQuota)}: defragment it, or raise "
                    + "--quota-backend-bytes.");
    }

    private static IEnumerable<Diagnosis> OfCluster(EtcdState state)
    {
        var reached = state.Nodes.Where(node => node.Failure is null).ToList();
        if (reached.Select(node => node.Cluster).Distinct().Count() > 1)
        {
            yield return Diagnosis.Problem(
                Cluster, "cluster", "the nodes are of different clusters: each has a table of its own", "Name the nodes of one cluster only. Nothing may "
                    + "move until then.");
        }

        if (state.Members is not { } members) yield break;
        yield return members switch
        {
            1 => Diagnosis.Warning(Cluster, "nodes", "one node", "When it is away nothing can move: three nodes survive the loss of one."),
            _ when members % 2 == 0 => Diagnosis.Warning(
                Cluster, "nodes", $"{members} nodes", $"They survive the loss of no more than {members - 1} would: add one, or take one away."),
            _ => Diagnosis.Ok(Cluster, "nodes", $"{members} nodes, {reached.Count} of them reached"),
        };
        if (state.Nodes.Length < members)
        {
            yield return Diagnosis.Warning(
                Cluster, "endpoints", $"{state.Nodes.Length} of {members} nodes are named", "Name all of them: while one doesn't answer, the next is asked.");
        }
    }
}
