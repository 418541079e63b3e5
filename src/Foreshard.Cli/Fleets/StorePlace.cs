using Foreshard.Autopilot;
using Foreshard.Cli.Output;
using Foreshard.Etcd;
using Foreshard.Fleet;
using Foreshard.Mapping;
using Foreshard.PostgreSql;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Foreshard.Cli.Fleets;

/// <summary>The store that a command is about: in a folder, or on a fleet.</summary>
internal abstract record StorePlace
{
    /// <summary>As people call it.</summary>
    public abstract string Name { get; }

    /// <summary>Opens the store, which is there.</summary>
    public abstract Task<EntityStore> OpenAsync(StoreOpening how, CancellationToken cancellationToken);

    /// <summary>Makes the store, which isn't there, and opens it.</summary>
    /// <param name="how">How it is opened.</param>
    /// <param name="partitions">How many partitions it begins with; null: not said.</param>
    /// <param name="buckets">How many buckets it has.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public abstract Task<EntityStore> MakeAsync(StoreOpening how, int? partitions, int buckets, CancellationToken cancellationToken);

    /// <summary>Whether a store is there.</summary>
    public abstract Task<bool> HoldsStoreAsync(TimeProvider time, CancellationToken cancellationToken);

    /// <summary>How large a partition's data is, in bytes; null if that can't be found out.</summary>
    public abstract Task<long?> SizeAsync(PartitionInfo partition, TimeProvider time, CancellationToken cancellationToken);
}

/// <summary>How a store is opened.</summary>
/// <param name="Time">Clock.</param>
internal sealed record StoreOpening(TimeProvider Time)
{
    /// <summary>Whether nothing is to be written: then it works beside the process that owns a folder. A fleet has no such owner.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>What the store must hold; null: what it keeps.</summary>
    public StoreSchema? Schema { get; init; }

    /// <summary>How its autopilot works; null: not at all.</summary>
    public AutopilotOptions? Autopilot { get; init; }

    /// <summary>Where log messages go; null: nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>Gives options what is said here.</summary>
    public T ApplyTo<T>(T options)
        where T : StoreOptions
    {
        options.TimeProvider = Time;
        options.LoggerFactory = LoggerFactory;
        if (Autopilot is not null) options.Autopilot = Autopilot;
        return options;
    }
}

/// <summary>A store in a folder of SQLite files.</summary>
/// <param name="Path">The folder, as it was named.</param>
internal sealed record FolderPlace(string Path) : StorePlace
{
    public override string Name => Path;

    public override Task<EntityStore> OpenAsync(StoreOpening how, CancellationToken cancellationToken) =>
        EntityStore.OpenAsync(Path, how.Schema, how.ApplyTo(new SqliteStoreOptions { ReadOnly = how.IsReadOnly, Create = false }), cancellationToken);

    public override Task<EntityStore> MakeAsync(StoreOpening how, int? partitions, int buckets, CancellationToken cancellationToken)
    {
        var options = how.ApplyTo(new SqliteStoreOptions { Buckets = buckets });
        if (partitions is { } told) options.InitialPartitions = told;
        return EntityStore.OpenAsync(Path, how.Schema, options, cancellationToken);
    }

    public override Task<bool> HoldsStoreAsync(TimeProvider time, CancellationToken cancellationToken) =>
        Task.FromResult(File.Exists(System.IO.Path.Combine(Path, SqliteMappingStore.FileName)));

    /// <summary>That of its file and of what SQLite keeps beside it.</summary>
    public override Task<long?> SizeAsync(PartitionInfo partition, TimeProvider time, CancellationToken cancellationToken)
    {
        var file = new FileInfo(System.IO.Path.Combine(Path, partition.Location));
        var log = new FileInfo(file.FullName + "-wal");
        return Task.FromResult<long?>(file.Exists ? file.Length + (log.Exists ? log.Length : 0) : null);
    }
}

/// <summary>A store on a fleet.</summary>
/// <param name="Address">How it is reached.</param>
internal sealed record FleetPlace(FleetAddress Address) : StorePlace
{
    public override string Name => Address.Name;

    public override Task<EntityStore> OpenAsync(StoreOpening how, CancellationToken cancellationToken)
    {
        // Whoever opens a store with a declaration has it kept, and on a fleet nobody only looks on.
        if (how is { IsReadOnly: true, Schema: not null })
            throw new InvalidOperationException("A store on a fleet can't be opened with another declaration to look on.");
        return EntityStore.OpenFleetAsync(how.ApplyTo(Address.StoreOptions), how.Schema, cancellationToken);
    }

    /// <exception cref="UsageException">The fleet's settings list no partitions, or fewer than were wanted.</exception>
    public override Task<EntityStore> MakeAsync(StoreOpening how, int? partitions, int buckets, CancellationToken cancellationToken)
    {
        var options = how.ApplyTo(Address.StoreOptions);
        var listed = options.InitialPartitions.Count;
        if (listed == 0 || partitions > listed)
        {
            throw new UsageException($"{(Address.File is { } file ? $"'{file}' lists" : "No file lists")} {Words.Count(listed, "partition")} of the fleet"
                + $"{(partitions is { } wanted ? $", and {wanted} were wanted" : "")}. Name each one's database in \"partitions\" of its section \"fleet\": "
                + "docs/fleet.md shows how.");
        }

        options.Create = true;
        options.Buckets = buckets;
        options.InitialPartitions = [.. options.InitialPartitions.Take(partitions ?? listed)];
        return EntityStore.OpenFleetAsync(options, how.Schema, cancellationToken);
    }

    public override Task<bool> HoldsStoreAsync(TimeProvider time, CancellationToken cancellationToken) =>
        EtcdMappingStore.ExistsAsync(Address.EtcdOptions, time, cancellationToken);

    /// <summary>That of its database.</summary>
    public override async Task<long?> SizeAsync(PartitionInfo partition, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var server = PartitionServer.At(partition.Location, partition.Name, Address.PostgresOptions, partition.Id);
        try
        {
            await using var connection = await server.Own.OpenConnectionAsync(cancellationToken);
            return (long?)await connection.ScalarAsync("SELECT pg_database_size(current_database())", cancellationToken);
        }
        catch (Exception exception) when (exception is NpgsqlException or ForeshardException)
        {
            return null;
        }
    }
}
