using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcdserverpb;
using Grpc.Net.Client;

namespace Foreshard.Etcd;

/// <summary>One node of the cluster, and the protocol's clients on one connection to it.</summary>
internal sealed class EtcdEndpoint : IDisposable
{
    private readonly SocketsHttpHandler handler;
    private readonly GrpcChannel channel;

    public EtcdEndpoint(string address, SslClientAuthenticationOptions? tls)
    {
        Address = address;
        handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            ConnectTimeout = TimeSpan.FromSeconds(2),

            // A node that vanished without a word; etcd refuses to be asked more often than every 5 s.
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = System.Threading.Timeout.InfiniteTimeSpan,
        };
        if (tls is not null) handler.SslOptions = tls;

        // Pages are bounded by their number of keys; a value is at most 1.5 MB.
        channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler, MaxReceiveMessageSize = null });
        KV = new KV.KVClient(channel);
        Lease = new Lease.LeaseClient(channel);
        Watch = new Watch.WatchClient(channel);
        Auth = new Auth.AuthClient(channel);
        Maintenance = new Maintenance.MaintenanceClient(channel);
        Cluster = new Cluster.ClusterClient(channel);
    }

    public string Address { get; }

    public KV.KVClient KV { get; }

    public Lease.LeaseClient Lease { get; }

    public Watch.WatchClient Watch { get; }

    public Auth.AuthClient Auth { get; }

    public Maintenance.MaintenanceClient Maintenance { get; }

    public Cluster.ClusterClient Cluster { get; }

    /// <summary>What the settings say of certificates; null if they say nothing.</summary>
    /// <exception cref="ArgumentException">A file can't be read.</exception>
    public static SslClientAuthenticationOptions? TlsOf(EtcdOptions options)
    {
        if (options.CaFile is null && options.CertificateFile is null) return null;
        var tls = new SslClientAuthenticationOptions();
        var file = options.CaFile;
        try
        {
            if (options.CaFile is { } ca)
            {
                var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                policy.CustomTrustStore.ImportFromPemFile(ca);
                tls.CertificateChainPolicy = policy;
            }

            if (options.CertificateFile is { } certificate)
            {
                file = $"{certificate}' or '{options.KeyFile}";
                using var read = X509Certificate2.CreateFromPemFile(certificate, options.KeyFile);

                // Not every platform's TLS can use a key that only exists in memory.
                tls.ClientCertificates = [X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pfx), null)];
            }

            return tls;
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ArgumentException($"The file '{file}' can't be used for TLS with etcd: {error.Message}", error);
        }
    }

    public void Dispose()
    {
        channel.Dispose();
        handler.Dispose();
    }
}
