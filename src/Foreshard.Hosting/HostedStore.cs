using Foreshard.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Foreshard.Hosting;

/// <summary>Opens the store before the host's other services start, or when one of them asks for it earlier, and closes it after they stopped.</summary>
/// <remarks>A host makes all its services before it starts the first one; a service that takes the store in its constructor gets it open.</remarks>
internal sealed class HostedStore(IServiceProvider services, Func<IServiceProvider, CancellationToken, Task<EntityStore>> open)
    : IHostedLifecycleService, IAsyncDisposable
{
    private readonly Lock turn = new();
    private Task<EntityStore>? opening;

    /// <summary>The store; opens it if it isn't open. A failure is thrown each time, and the next call doesn't try again.</summary>
    public Task<EntityStore> OpenAsync(CancellationToken cancellationToken)
    {
        lock (turn) return opening ??= Task.Run(() => open(services, cancellationToken), cancellationToken);
    }

    /// <summary>The store for whom has to wait for it on his thread: constructors can't await.</summary>
    public EntityStore Open() => OpenAsync(CancellationToken.None).GetAwaiter().GetResult();

    public Task StartingAsync(CancellationToken cancellationToken) => OpenAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => DisposeAsync().AsTask();

    /// <summary>Closes the store, if it isn't closed yet: a host that doesn't start doesn't stop either.</summary>
    public async ValueTask DisposeAsync()
    {
        Task<EntityStore>? opened;
        lock (turn) opened = opening;
        if (opened is { IsCompletedSuccessfully: true }) await (await opened.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Whether it was registered: a host has one store.</summary>
    public static bool IsIn(IServiceCollection services) => services.Any(service => service.ServiceType == typeof(HostedStore));
}
