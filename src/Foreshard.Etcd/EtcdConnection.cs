using Etcdserverpb;
using Foreshard.Mapping;
using Grpc.Core;

namespace Foreshard.Etcd;

/// <summary>The way to one cluster: asks its nodes in turn, logs in, and turns what they say into what the mapping store throws.</summary>
/// <remarks>
/// Safe for concurrent use. Uses the protocol's own clients: those around them repeat requests by themselves, also ones whose outcome is
/// unknown, and a change must not be repeated before that is settled.
/// </remarks>
internal sealed class EtcdConnection : IDisposable
{
    /// <summary>Attempts that fit an operation's time: a node that hangs must leave time for two others.</summary>
    private const int Attempts = 3;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(250);

    private readonly EtcdOptions options;
    private readonly EtcdEndpoint[] endpoints;
    private readonly SemaphoreSlim logIn = new(1);
    private volatile string? token;
    private volatile int preferred;

    /// <exception cref="ArgumentException">The settings can't be used.</exception>
    public EtcdConnection(EtcdOptions options, TimeProvider timeProvider)
    {
        options.Check();
        this.options = options;
        Time = timeProvider;
        Store = $"'{options.Store}' ({string.Join(", ", options.Nodes)})";
        var tls = EtcdEndpoint.TlsOf(options);
        endpoints = [.. options.Nodes.Select(address => new EtcdEndpoint(address, tls))];
    }

    public TimeProvider Time { get; }

    public TimeSpan Timeout => options.Timeout;

    /// <summary>The store and its nodes, for messages.</summary>
    public string Store { get; }

    public Deadline NewDeadline() => new(Time, options.Timeout);

    /// <summary>Asks until a node answers or the time is over. Only for what may be carried out twice.</summary>
    /// <exception cref="MappingStoreException">Refused, or no answer in time.</exception>
    /// <exception cref="RpcException">The node no longer has the revision that was asked for.</exception>
    public async Task<T> RepeatAsync<T>(Func<EtcdEndpoint, CallOptions, Task<T>> call, Deadline deadline, CancellationToken cancellationToken)
    {
        var details = new Dictionary<string, string>(StringComparer.Ordinal);
        var (pause, inner) = (FirstPause, (Exception?)null);
        for (var attempt = 0; !deadline.IsOver; attempt++)
        {
            var (index, endpoint) = Preferred();
            try
            {
                return await AttemptAsync(endpoint, call, deadline, cancellationToken).ConfigureAwait(false);
            }
            catch (RpcException error) when (!EtcdErrors.IsFinal(error))
            {
                // The last attempt is often cut short; what an earlier one was told says more.
                if (error.StatusCode != StatusCode.DeadlineExceeded || !details.ContainsKey(endpoint.Address))
                    details[endpoint.Address] = $"{endpoint.Address}: {EtcdErrors.DetailOf(error)}";
                inner = error;
                Avoid(index);
            }

            if ((attempt + 1) % endpoints.Length != 0) continue;
            await Task.Delay(Least(pause, deadline.Left), Time, cancellationToken).ConfigureAwait(false);
            pause = Least(pause * 2, LongestPause);
        }

        throw EtcdErrors.NoAnswer(Store, options.Timeout, details.Values, inner);
    }

    /// <summary>Asks one node once.</summary>
    /// <exception cref="RpcException">No answer: it may or may not have been carried out.</exception>
    /// <exception cref="MappingStoreException">Refused: it was not carried out.</exception>
    public async Task<T> OnceAsync<T>(Func<EtcdEndpoint, CallOptions, Task<T>> call, Deadline deadline)
    {
        var (index, endpoint) = Preferred();
        try
        {
            return await AttemptAsync(endpoint, call, deadline, CancellationToken.None).ConfigureAwait(false);
        }
        catch (RpcException error) when (!EtcdErrors.IsFinal(error))
        {
            Avoid(index);
            throw;
        }
    }

    /// <summary>A stream of changes from the node that answers at the moment. The caller disposes the call.</summary>
    public async Task<(AsyncDuplexStreamingCall<WatchRequest, WatchResponse> Call, Action Avoid)> WatchAsync(CancellationToken cancellationToken)
    {
        var (index, endpoint) = Preferred();
        Metadata headers;
        try
        {
            headers = await HeadersAsync(endpoint, NewDeadline(), cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException)
        {
            Avoid(index);
            throw;
        }

        // A node that lost its leader must say so instead of falling silent.
        headers.Add("hasleader", "true");
        return (endpoint.Watch.Watch(headers, cancellationToken: cancellationToken), () => Avoid(index));
    }

    public void Dispose()
    {
        foreach (var endpoint in endpoints) endpoint.Dispose();
        logIn.Dispose();
    }

    private async Task<T> AttemptAsync<T>(
        EtcdEndpoint endpoint, Func<EtcdEndpoint, CallOptions, Task<T>> call, Deadline deadline, CancellationToken cancellationToken)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            var known = token;
            var headers = await HeadersAsync(endpoint, deadline, cancellationToken).ConfigureAwait(false);
            try
            {
                return await TimedAsync(stop => call(endpoint, new CallOptions(headers, cancellationToken: stop)), deadline, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (RpcException error) when (isFirst && options.User is not null && EtcdErrors.IsLogInOver(error))
            {
                Interlocked.CompareExchange(ref token, null, known);
            }
            catch (RpcException error) when (EtcdErrors.IsFinal(error) && !EtcdErrors.IsCompacted(error))
            {
                throw EtcdErrors.Refused(Store, endpoint.Address, error);
            }
        }
    }

    /// <summary>One attempt within its share of the time; what ends by that is told as if the node had said it.</summary>
    private async Task<T> TimedAsync<T>(Func<CancellationToken, Task<T>> call, Deadline deadline, CancellationToken cancellationToken)
    {
        var share = Least(deadline.Left, options.Timeout / Attempts);
        using var timer = new CancellationTokenSource(share, Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await call(stop.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is RpcException or OperationCanceledException && stop.IsCancellationRequested)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"no answer within {share.TotalSeconds:0.#} s", error));
        }
    }

    private async ValueTask<Metadata> HeadersAsync(EtcdEndpoint endpoint, Deadline deadline, CancellationToken cancellationToken)
    {
        var headers = new Metadata();
        if (options.User is not { } user) return headers;
        if (token is null)
        {
            await logIn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var request = new AuthenticateRequest { Name = user, Password = options.Password };
                token ??= (await TimedAsync(
                    stop => endpoint.Auth.AuthenticateAsync(request, cancellationToken: stop).ResponseAsync, deadline, cancellationToken)
                    .ConfigureAwait(false)).Token;
            }
            catch (RpcException error) when (EtcdErrors.IsFinal(error))
            {
                throw EtcdErrors.Refused(Store, endpoint.Address, error);
            }
            finally
            {
                logIn.Release();
            }
        }

        if (token is { } known) headers.Add("token", known);
        return headers;
    }

    private static TimeSpan Least(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private (int Index, EtcdEndpoint Endpoint) Preferred()
    {
        var index = preferred;
        return (index, endpoints[index]);
    }

    /// <summary>Lets later requests go to the next node, unless somebody else has already turned to another.</summary>
    private void Avoid(int index) => Interlocked.CompareExchange(ref preferred, (index + 1) % endpoints.Length, index);
}
