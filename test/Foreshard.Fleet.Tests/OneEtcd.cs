using Foreshard.Etcd;
using Foreshard.Fleet.Tests;
using Foreshard.Servers;

[assembly: AssemblyFixture(typeof(OneEtcd))]

namespace Foreshard.Fleet.Tests;

/// <summary>One node that the tests of this project share; each has a store of its own on it.</summary>
public sealed class OneEtcd : IAsyncLifetime
{
    private int stores;

    public EtcdServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await EtcdServer.StartAsync();

    /// <summary>With patience: a machine that is busy with other tests keeps a node from answering for seconds.</summary>
    public EtcdOptions NewStore() =>
        new() { Endpoints = [Server.Endpoint], Store = $"s{Interlocked.Increment(ref stores)}", Timeout = TimeSpan.FromSeconds(30) };

    public ValueTask DisposeAsync()
    {
        Server.Dispose();
        return ValueTask.CompletedTask;
    }
}
