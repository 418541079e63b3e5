using System.Globalization;
using Foreshard.Servers;

namespace Foreshard.Fleet.Tests.Crash;

/// <summary>Servers that are killed and started again, by one test after the other: three for partitions, three nodes of etcd.</summary>
public sealed class CrashServers : IAsyncLifetime
{
    /// <summary>The collection of the tests that share them.</summary>
    public const string Collection = "Servers that are killed";

    private int stores;

    public IReadOnlyList<PostgresServer> Partitions { get; private set; } = [];

    public EtcdCluster Etcd { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Etcd = await EtcdCluster.StartAsync(3);
        Partitions = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => PostgresServer.StartAsync()));
    }

    /// <summary>Another server takes the place of one.</summary>
    internal async Task ReplaceAsync(PostgresServer old, PostgresServer successor)
    {
        Partitions = [.. Partitions.Select(server => ReferenceEquals(server, old) ? successor : server)];
        await old.DisposeAsync();
    }

    /// <summary>A database on each server, and a name for the store on etcd.</summary>
    internal async Task<(string Store, IReadOnlyList<string> Databases)> NewStoreAsync()
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"crash{++stores}");
        foreach (var server in Partitions)
            await PostgresDatabases.ExecuteAsync(server.ConnectionString("postgres"), $"CREATE DATABASE {name}");
        return (name, [.. Partitions.Select(server => server.ConnectionString(name))]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Partitions) await server.DisposeAsync();
        Etcd.Dispose();
    }
}

/// <summary>One after the other: they need the machine, and its servers.</summary>
[CollectionDefinition(CrashServers.Collection, DisableParallelization = true)]
public sealed class CrashDefinition : ICollectionFixture<CrashServers>;
