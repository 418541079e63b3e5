namespace Foreshard.Etcd;

/// <summary>How the mapping store of a fleet is reached on etcd.</summary>
/// <remarks>Not safe for concurrent use; read once, when the store is opened.</remarks>
public sealed class EtcdOptions
{
    /// <summary>
    /// The nodes of one cluster, as <c>http://host:2379</c> or <c>https://…</c>, all alike. Name every node: while one doesn't
    /// answer, the next is asked. Default (none): <c>http://127.0.0.1:2379</c>.
    /// </summary>
    public IReadOnlyList<string> Endpoints { get; set; } = [];

    /// <summary>
    /// The store's name on the cluster: its keys lie under <c>/foreshard/NAME/</c>. 1 to 64 ASCII letters, digits, <c>_</c>, <c>-</c> or <c>.</c>.
    /// Default: <c>main</c>.
    /// </summary>
    public string Store { get; set; } = "main";

    /// <summary>The user of etcd's own authentication; null: none. Needs read and write rights on the store's prefix. Default: null.</summary>
    public string? User { get; set; }

    /// <summary>The user's password. Never written anywhere; take it from the environment or a secret store. Default: null.</summary>
    public string? Password { get; set; }

    /// <summary>A PEM file with the certificates that the nodes' certificates must descend from; null: the system's. Default: null.</summary>
    public string? CaFile { get; set; }

    /// <summary>A PEM file with the certificate that this process shows to the nodes; null: none. Needs <see cref="KeyFile"/>. Default: null.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>The PEM file with the key of <see cref="CertificateFile"/>. Default: null.</summary>
    public string? KeyFile { get; set; }

    /// <summary>
    /// How long an operation tries, all nodes together, before it fails; a change whose outcome is unknown is asked after for as long again.
    /// 500 ms to 1 min; less than a change of etcd's leader takes (1 to 2 s) makes each one an error. Default: 5 s.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The nodes, also where none was named: configuration adds to a list and takes nothing out of it, so the default can't stand there.</summary>
    internal IReadOnlyList<string> Nodes => Endpoints.Count > 0 ? Endpoints : ["http://127.0.0.1:2379"];

    /// <summary>Throws if something can't be, with all that is wrong.</summary>
    /// <exception cref="ArgumentException">What is wrong, with the values.</exception>
    internal void Check()
    {
        var problems = Problems().ToList();
        if (problems.Count > 0) throw new ArgumentException($"The settings of etcd can't be used: {string.Join("; ", problems)}.");
    }

    /// <summary>The same for one node alone.</summary>
    internal EtcdOptions Only(string endpoint) => new()
    {
        Endpoints = [endpoint],
        Store = Store,
        User = User,
        Password = Password,
        CaFile = CaFile,
        CertificateFile = CertificateFile,
        KeyFile = KeyFile,
        Timeout = Timeout,
    };

    private IEnumerable<string> Problems()
    {
        foreach (var endpoint in Nodes)
        {
            if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
                yield return $"the endpoint '{endpoint}' is no address such as http://host:2379";
        }

        var isSecure = Nodes.All(endpoint => endpoint.StartsWith("https:", StringComparison.OrdinalIgnoreCase));
        if (!isSecure && Nodes.Any(endpoint => endpoint.StartsWith("https:", StringComparison.OrdinalIgnoreCase)))
            yield return "Endpoints must be all http or all https";
        if (!isSecure && (CaFile ?? CertificateFile ?? KeyFile) is { } file) yield return $"'{file}' is for https, but the endpoints are http";
        if (!IsName(Store)) yield return $"Store must be 1 to 64 ASCII letters, digits, '_', '-' or '.', is '{Store}'";
        if (User is null != Password is null) yield return "User and Password must be given together";
        if (CertificateFile is null != KeyFile is null) yield return "CertificateFile and KeyFile must be given together";
        if (Timeout < TimeSpan.FromMilliseconds(500) || Timeout > TimeSpan.FromMinutes(1))
            yield return $"Timeout must be 500 ms to 1 min, is {Timeout}";
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') && name.Any(char.IsAsciiLetterOrDigit);
}
