using Foreshard.Etcd;
using Foreshard.Fleet;
using Foreshard.Mapping;
using Foreshard.PostgreSql;
using Foreshard.Sessions;
using Npgsql;

namespace Foreshard.Cli.Fleets;

/// <summary>A fleet with all that was said of it, ready to be connected to.</summary>
/// <param name="Settings">What file, environment and flags say together.</param>
/// <param name="EtcdPassword">The password of etcd's user; null: none.</param>
/// <param name="File">The file that was read; null: none.</param>
internal sealed record FleetAddress(FleetSettings Settings, string? EtcdPassword, string? File)
{
    /// <summary>As messages call it: <c>main (http://127.0.0.1:2379)</c>.</summary>
    public string Name => $"{Store} ({string.Join(", ", EtcdOptions.Nodes)})";

    /// <summary>The store's name on etcd.</summary>
    public string Store => EtcdOptions.Store;

    public EtcdOptions EtcdOptions
    {
        get
        {
            var etcd = Settings.Etcd;
            var options = new EtcdOptions
            {
                User = etcd.User,
                Password = EtcdPassword,
                CaFile = etcd.CaFile,
                CertificateFile = etcd.CertificateFile,
                KeyFile = etcd.KeyFile,
            };
            if (etcd.Endpoints.Count > 0) options.Endpoints = etcd.Endpoints;
            if (Settings.Store is { } store) options.Store = store;
            if (etcd.TimeoutSeconds is { } seconds) options.Timeout = TimeSpan.FromSeconds(seconds);
            return options;
        }
    }

    public PostgresOptions PostgresOptions => new()
    {
        Installer = Settings.PostgreSql.Installer,
        Mover = Settings.PostgreSql.Mover,
        Application = Settings.PostgreSql.Application,
        Sessions = SessionsOf(Settings.PostgreSql.Sessions),
    };

    /// <summary>Opens the mapping table alone.</summary>
    /// <exception cref="MappingStoreException">There is none of that name, or etcd can't be reached.</exception>
    public Task<EtcdMappingStore> OpenMappingAsync(TimeProvider time, CancellationToken cancellationToken) =>
        EtcdMappingStore.OpenAsync(EtcdOptions, time, cancellationToken);

    /// <summary>How a store on the fleet is opened, or made with the partitions that the settings name.</summary>
    public FleetStoreOptions StoreOptions => new()
    {
        Mapping = EtcdOptions,
        Partitions = PostgresOptions,
        Region = Settings.Region ?? "",
        InitialPartitions =
        [
            .. Settings.Partitions.Select(partition => new NewPartition(partition.Name, new PartitionSettings
            {
                Region = partition.Region,
                CapacityPerSecond = partition.Capacity,
                SizeBudgetBytes = partition.SizeBudget,
                Location = partition.Location,
                WriteLog = partition.WriteLog,
            })),
        ],
    };

    /// <summary>What takes the place of a location's parts on the way of sessions.</summary>
    /// <exception cref="UsageException">It is no connection string, or holds a password.</exception>
    private static Action<NpgsqlConnectionStringBuilder>? SessionsOf(string? said)
    {
        if (said is null) return null;
        NpgsqlConnectionStringBuilder parts;
        try
        {
            parts = new NpgsqlConnectionStringBuilder(said);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            throw new UsageException($"\"sessions\" of the fleet's settings is no connection string, as Host=127.0.0.1;Port=6432 is: {exception.Message}");
        }

        if (parts.Password is not null)
            throw new UsageException("\"sessions\" of the fleet's settings holds a password. It was not used: give it by PGPASSWORD or a password file.");
        return location =>
        {
            foreach (var key in parts.Keys) location[key] = parts[key];
        };
    }

    /// <summary>The address that flags, the environment and a file give; flags come before the environment, that before the file.</summary>
    /// <param name="file">The file that a flag named.</param>
    /// <param name="etcd">Addresses of etcd that a flag named, with commas between them.</param>
    /// <param name="store">The store that a flag named.</param>
    /// <param name="environment">The environment's variables.</param>
    /// <exception cref="UsageException">What was said can't be understood or doesn't go together.</exception>
    public static FleetAddress Of(string? file, string? etcd, string? store, IReadOnlyDictionary<string, string> environment)
    {
        file ??= environment.GetValueOrDefault(FleetVariables.File) is { Length: > 0 } named ? named : null;
        var settings = FleetVariables.Over(file is null ? new FleetSettings() : FleetFile.Read(file), environment);
        if (etcd is not null) settings = settings with { Etcd = settings.Etcd with { Endpoints = FleetVariables.Endpoints(etcd) } };
        if (store is not null) settings = settings with { Store = store };
        var password = environment.GetValueOrDefault(FleetVariables.EtcdPassword) is { Length: > 0 } secret ? secret : null;
        var address = new FleetAddress(settings, settings.Etcd.User is null ? null : password, file);
        if (settings.Etcd.User is { } user && password is null)
        {
            throw new UsageException(
                $"The fleet's etcd is used as '{user}', and there is no password: set {FleetVariables.EtcdPassword}. It is never taken from files or flags.");
        }

        try
        {
            address.EtcdOptions.Check();
            SessionsOf(settings.PostgreSql.Sessions);
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message);
        }

        return address;
    }
}
