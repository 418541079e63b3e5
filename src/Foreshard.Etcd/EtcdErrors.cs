using Foreshard.Mapping;
using Grpc.Core;

namespace Foreshard.Etcd;

/// <summary>What a node's answers mean for the mapping store.</summary>
internal static class EtcdErrors
{
    /// <summary>Whether the node has refused the request for good, so that neither time nor another node would change that.</summary>
    public static bool IsFinal(RpcException error) => error.StatusCode switch
    {
        StatusCode.InvalidArgument or StatusCode.PermissionDenied or StatusCode.NotFound or StatusCode.FailedPrecondition
            or StatusCode.OutOfRange or StatusCode.Unimplemented or StatusCode.AlreadyExists => true,
        StatusCode.Unauthenticated => true,
        StatusCode.ResourceExhausted => !error.Status.Detail.Contains("too many requests", StringComparison.Ordinal),
        _ => false,
    };

    /// <summary>Whether the token of the log-in is no longer known: log in again. The request was not carried out.</summary>
    public static bool IsLogInOver(RpcException error) =>
        error.StatusCode == StatusCode.Unauthenticated
        || error.Status.Detail.Contains("invalid auth token", StringComparison.Ordinal)
        || error.Status.Detail.Contains("revision of auth store is old", StringComparison.Ordinal);

    /// <summary>Whether a read at a revision came too late: etcd has thrown that revision away.</summary>
    public static bool IsCompacted(RpcException error) =>
        error.StatusCode == StatusCode.OutOfRange && error.Status.Detail.Contains("compacted", StringComparison.Ordinal);

    /// <summary>The cluster did not answer in time; what was asked has changed nothing.</summary>
    public static MappingStoreException NoAnswer(string store, TimeSpan timeout, IEnumerable<string> details, Exception? inner) => new(
        $"The mapping store {store} on etcd gave no answer within {timeout.TotalSeconds:0.#} s "
            + $"({string.Join("; ", details.DefaultIfEmpty("others were faster each time"))}). Nothing was changed and nothing is lost: "
            + "sessions go on with the places they know, moves wait and go on by themselves. etcd needs more than half of its nodes: "
            + "see which run with 'etcdctl endpoint status --cluster' and start the others.",
        inner: inner);

    /// <summary>A change was sent, and nothing can be learned about it.</summary>
    public static MappingStoreException UnknownOutcome(string store, TimeSpan timeout, Exception inner) => new(
        $"The mapping store {store} on etcd did not say within {2 * timeout.TotalSeconds:0.#} s whether a change was committed ({DetailOf(inner)}). "
            + "Nothing is lost, and it was committed as a whole or not at all: read the table before you decide anything, which waits until that is "
            + "certain. etcd needs more than half of its nodes: see which run with 'etcdctl endpoint status --cluster' and start the others.",
        isOutcomeUnknown: true,
        inner);

    /// <summary>A node refused the request for good; it has changed nothing.</summary>
    public static MappingStoreException Refused(string store, string address, RpcException error) => new(
        $"The mapping store {store} on etcd ({address}) {What(error)} Nothing was changed and nothing is lost. (etcd: {error.Status.Detail})", inner: error);

    /// <summary>What is under the store's keys makes no sense.</summary>
    public static MappingStoreException Unreadable(string store, Exception error) => new(
        $"The mapping store {store} on etcd can't be read: {error.Message}. Nothing was changed. If somebody wrote there by hand, restore etcd from a "
            + "snapshot, or make the table anew from the partitions: docs/etcd.md, 'When the table is lost'.",
        inner: error);

    /// <summary>What the node said, or why the connection to it failed.</summary>
    public static string DetailOf(Exception error) => error switch
    {
        RpcException { Status.DebugException: { } cause and not OperationCanceledException and not RpcException } rpc =>
            $"{rpc.StatusCode}: {cause.GetBaseException().Message}",
        RpcException rpc => $"{rpc.StatusCode}: {rpc.Status.Detail}",
        _ => error.Message,
    };

    private static string What(RpcException error) => error switch
    {
        { StatusCode: StatusCode.ResourceExhausted } when error.Status.Detail.Contains("space exceeded", StringComparison.Ordinal) =>
            "can't be written: etcd's space quota is used up. Compact and defragment it or raise --quota-backend-bytes, then 'etcdctl alarm disarm'.",
        _ when error.Status.Detail.Contains("too large", StringComparison.Ordinal)
            || error.Status.Detail.Contains("larger than max", StringComparison.Ordinal) =>
            "can't be written: the change is larger than etcd takes at once. Make it smaller, or raise --max-request-bytes on every node.",
        { StatusCode: StatusCode.PermissionDenied } =>
            "can't be used: the user has no right to its keys. Grant read and write on the prefix: 'etcdctl role grant-permission --prefix'.",
        { StatusCode: StatusCode.Unauthenticated or StatusCode.FailedPrecondition or StatusCode.InvalidArgument }
            when error.Status.Detail.Contains("auth", StringComparison.Ordinal) || error.Status.Detail.Contains("user name", StringComparison.Ordinal) =>
            "can't be used: etcd did not accept the log-in. Look at User and Password, and whether etcd's authentication is switched on.",
        _ => "refused the request.",
    };
}
