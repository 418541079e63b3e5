using System.Globalization;

namespace Foreshard.Cli.Servers;

/// <summary>A private fleet on this machine, for trying things out: PostgreSQL servers and a cluster of etcd in one folder.</summary>
/// <remarks>
/// Its servers go on running when the command is over. They listen on 127.0.0.1 only and ask for no password, so whoever is on the
/// machine may use them. Not safe for concurrent use; two commands on one folder exclude each other.
/// </remarks>
internal sealed class LocalFleet
{
    public const int Nodes = 3;

    /// <summary>Partitions of a new fleet, unless told otherwise.</summary>
    public const int NewPartitions = 3;

    private const string LockName = "fleet.lock";

    private readonly string folder;
    private readonly TimeProvider time;

    private LocalFleet(string folder, LocalServers servers, TimeProvider time)
    {
        this.folder = folder;
        this.time = time;
        var members = EtcdArguments.ClusterOf(servers.Etcd.Select(node => (node.Name, node.PeerPort)));
        Etcd = [.. servers.Etcd.Select(node => new LocalEtcd(node.Name, Path.Combine(folder, node.Name), node.Port, node.PeerPort, members))];
        Partitions = [.. servers.Partitions.Select(partition => new LocalPostgres(partition.Name, Path.Combine(folder, partition.Name), partition.Port))];
    }

    public IReadOnlyList<LocalEtcd> Etcd { get; }

    public IReadOnlyList<LocalPostgres> Partitions { get; }

    public IReadOnlyList<LocalServer> Servers => [.. Etcd, .. Partitions];

    /// <summary>The fleet in a folder.</summary>
    /// <exception cref="LocalServerException">There is none.</exception>
    public static LocalFleet Of(string folder, TimeProvider time)
    {
        var path = Path.GetFullPath(folder);
        var servers = LocalServers.Read(path)
            ?? throw new LocalServerException($"There is no fleet in '{folder}': '{LocalServers.FileName}' is missing. Make one with 'foreshard fleet up'.");
        return new LocalFleet(path, servers, time);
    }

    /// <summary>Makes what is missing of a fleet, without starting anything: its folder, ports and list of servers.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="partitions">How many PostgreSQL servers there must be; null: as many as there are, or 3 of a new fleet.</param>
    /// <param name="time">Clock for waits.</param>
    /// <exception cref="LocalServerException">There are more already, the folder holds other things, or programs aren't installed.</exception>
    public static LocalFleet Plan(string folder, int? partitions, TimeProvider time)
    {
        ServerProgram.OfEtcd();
        ServerProgram.OfPostgres("initdb");
        var path = Path.GetFullPath(folder);
        var known = LocalServers.Read(path);
        if (known is null && OtherThings(path) is { } other)
        {
            throw new LocalServerException(
                $"The folder '{folder}' holds other things ('{Path.GetFileName(other)}') and no fleet. Nothing was started. Name a folder of the fleet's own "
                    + "with --folder.");
        }

        var have = known?.Partitions.Count ?? 0;
        var wanted = partitions ?? (known is null ? NewPartitions : have);
        if (wanted < have)
        {
            throw new LocalServerException(
                $"The fleet in '{folder}' has {have} partitions, not {wanted}. Nothing was started: they may hold data. Take one out of the store with "
                + "'foreshard drain' and 'foreshard partition remove'; its server stays.");
        }

        var ports = LoopbackPorts.TakeFree((known is null ? 2 * Nodes : 0) + wanted - have);
        var etcd = known?.Etcd ?? [.. Enumerable.Range(0, Nodes).Select(i => new LocalServers.Node(Numbered("etcd", i), ports[i], ports[Nodes + i]))];
        var added = Enumerable.Range(have, wanted - have).Zip(ports.TakeLast(wanted - have), (i, port) => new LocalServers.Partition(Numbered("p", i), port));
        var servers = new LocalServers(etcd, [.. known?.Partitions ?? [], .. added]);
        Directory.CreateDirectory(path);
        servers.Write(path);
        return new LocalFleet(path, servers, time);
    }

    /// <summary>Takes the folder for this command alone, until what is returned is disposed.</summary>
    /// <exception cref="LocalServerException">Another command has it.</exception>
    public static IDisposable Lock(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new FileStream(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LocalServerException(
                $"The folder '{folder}' can't be used: {exception.Message} If another 'foreshard fleet' works on it, wait until that is done.", exception);
        }
    }

    /// <summary>Makes and starts what doesn't run. If that fails, what was started by this call is stopped again.</summary>
    /// <param name="progress">Told what is being done, server by server.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="LocalServerException">A server can't be made or started.</exception>
    public async Task StartAsync(Action<LocalServer, string> progress, CancellationToken cancellationToken)
    {
        var started = new List<LocalServer>();
        try
        {
            foreach (var server in Servers.Where(server => server.ProcessId is null))
            {
                if (!Directory.Exists(server.Folder)) progress(server, "making its files");
                await server.MakeAsync(cancellationToken);
                started.Add(server);
                progress(server, "starting");
                await server.StartAsync(cancellationToken);
            }

            foreach (var server in Servers) await server.WaitAsync(time, cancellationToken);
            foreach (var partition in Partitions) await partition.PrepareAsync(cancellationToken);
        }
        catch
        {
            foreach (var server in started) await server.StopAsync(time, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Stops what runs; the data stays.</summary>
    public async Task StopAsync(Action<LocalServer, string> progress, CancellationToken cancellationToken)
    {
        foreach (var server in Servers.Reverse().Where(server => server.ProcessId is not null))
        {
            progress(server, "stopping");
            await server.StopAsync(time, cancellationToken);
        }
    }

    /// <summary>What a folder holds beside this command's lock; null if nothing.</summary>
    private static string? OtherThings(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFileSystemEntries(folder).FirstOrDefault(entry => Path.GetFileName(entry) != LockName)
        : null;

    private static string Numbered(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"{name}{index + 1}");
}
