using System.Globalization;
using Etcdserverpb;
using Google.Protobuf;
using Grpc.Core;
using Mvccpb;

namespace Foreshard.Etcd;

internal sealed partial class EtcdMappingStore
{
    /// <inheritdoc/>
    /// <remarks>
    /// The key of a lease hangs on a lease of etcd's, which ends it by the cluster's own clock; etcd counts in seconds and grants no less than 2.
    /// The fencing number is etcd's revision at which the key came to be: no later key of any name can have a lower one.
    /// </remarks>
    public async ValueTask<Mapping.Lease?> AcquireLeaseAsync(
        string name, string owner, TimeSpan duration, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        return await ReadableAsync(async () =>
        {
            var (key, deadline) = (keys.Lease(name), connection.NewDeadline());
            while (true)
            {
                // Told before it is asked for, so that the holder stops before etcd lets another in.
                var expiresAt = connection.Time.GetUtcNow() + duration;
                var read = new TxnRequest { Success = { EtcdValues.Get(key) } };
                var held = (await table.TxnAsync(read, deadline, cancellationToken).ConfigureAwait(false)).Read(0);
                if (held is not null && OwnerOf(held) != owner) return null;
                var revision = held is null
                    ? await TakeLeaseAsync(name, owner, duration, held, deadline, cancellationToken).ConfigureAwait(false)
                    : await RenewLeaseAsync(name, held, duration, deadline, cancellationToken).ConfigureAwait(false);
                if (revision != 0) return new Mapping.Lease(name, owner, revision, expiresAt);
            }
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<string?> FindLeaseOwnerAsync(string name, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var read = new TxnRequest { Success = { EtcdValues.Get(keys.Lease(name)) } };
        return await ReadableAsync(async () =>
            (await table.TxnAsync(read, connection.NewDeadline(), cancellationToken).ConfigureAwait(false)).Read(0) is { } held ? OwnerOf(held) : null)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask ReleaseLeaseAsync(Mapping.Lease lease, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var key = keys.Lease(lease.Name);
        var request = new TxnRequest { Compare = { EtcdValues.ExistsSince(key, lease.Fencing) }, Success = { EtcdValues.Delete(key) } };

        // What is left of etcd's lease has no key and ends by itself.
        await table.TxnAsync(request, connection.NewDeadline(), cancellationToken).ConfigureAwait(false);
    }

    private static ByteString LeaseValue(string owner, long seconds) =>
        ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"{seconds}\n{owner}"));

    private static string OwnerOf(KeyValue held) => EtcdValues.Split(held).Others;

    private static long SecondsOf(TimeSpan duration) => Math.Max(1, (long)Math.Ceiling(duration.TotalSeconds));

    /// <summary>A new lease of etcd's on the key, which must not exist or must be as it was read; 0: it was not.</summary>
    /// <returns>The revision since which the key exists.</returns>
    private async Task<long> TakeLeaseAsync(
        string name, string owner, TimeSpan duration, KeyValue? held, Deadline deadline, CancellationToken cancellationToken)
    {
        var (key, seconds) = (keys.Lease(name), SecondsOf(duration));
        var grant = new LeaseGrantRequest { TTL = seconds };
        var granted = await connection.RepeatAsync(
            (endpoint, options) => endpoint.Lease.LeaseGrantAsync(grant, options).ResponseAsync, deadline, cancellationToken).ConfigureAwait(false);
        var request = new TxnRequest
        {
            Compare = { EtcdValues.IsAt(key, held?.ModRevision ?? 0) },
            Success = { EtcdValues.Put(key, LeaseValue(owner, seconds), granted.ID), EtcdValues.Get(key) },
        };

        // Sent twice, the second finds the key of the first and gives up; the caller then looks again and finds itself.
        var answer = await table.TxnAsync(request, deadline, cancellationToken).ConfigureAwait(false);
        return answer.Succeeded ? answer.Read(1)!.CreateRevision : 0;
    }

    /// <summary>Lets the key live on; 0: it has ended meanwhile.</summary>
    private async Task<long> RenewLeaseAsync(string name, KeyValue held, TimeSpan duration, Deadline deadline, CancellationToken cancellationToken)
    {
        var isSameDuration = EtcdValues.Split(held).First == SecondsOf(duration).ToString(CultureInfo.InvariantCulture);
        if (!isSameDuration) return await TakeLeaseAsync(name, OwnerOf(held), duration, held, deadline, cancellationToken).ConfigureAwait(false);
        var secondsLeft = await connection.RepeatAsync(
            async (endpoint, options) =>
            {
                using var call = endpoint.Lease.LeaseKeepAlive(options);
                await call.RequestStream.WriteAsync(new LeaseKeepAliveRequest { ID = held.Lease }, options.CancellationToken).ConfigureAwait(false);
                var isAnswered = await call.ResponseStream.MoveNext(options.CancellationToken).ConfigureAwait(false);
                return isAnswered ? call.ResponseStream.Current.TTL : throw new RpcException(
                    new Status(StatusCode.Unavailable, "the node closed the stream"));
            },
            deadline,
            cancellationToken).ConfigureAwait(false);
        return secondsLeft > 0 ? held.CreateRevision : 0;
    }
}
