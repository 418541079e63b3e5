using Foreshard.Fleet;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Foreshard.Hosting;

/// <summary>Registers a store with an application: <c>builder.Services.AddForeshardSqlite("shop.foreshard", schema)</c>.</summary>
public static class ForeshardServices
{
    /// <summary>
    /// Registers a store of SQLite files as <see cref="EntityStore"/>. It is opened before the host's other services start, or when one of them
    /// takes it in its constructor, and closed after they stopped. If it can't be opened, the host doesn't start.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="folder">The store's folder; made if it isn't there.</param>
    /// <param name="schema">What the store holds; null: what it held when it was last opened with a schema.</param>
    /// <param name="configure">How it is opened; null: defaults.</param>
    /// <returns>Its options, to be bound: <c>.BindConfiguration("Foreshard")</c>. Log messages go to the host's logging unless they say otherwise.</returns>
    /// <exception cref="InvalidOperationException">A store is registered already.</exception>
    public static OptionsBuilder<SqliteStoreOptions> AddForeshardSqlite(
        this IServiceCollection services, string folder, StoreSchema? schema = null, Action<SqliteStoreOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        services.AddForeshard((provider, cancellationToken) =>
            EntityStore.OpenAsync(folder, schema, provider.GetRequiredService<IOptions<SqliteStoreOptions>>().Value, cancellationToken));
        return OptionsOf(services, configure);
    }

    /// <summary>
    /// Registers a store on PostgreSQL and etcd as <see cref="EntityStore"/>, as <see cref="AddForeshardSqlite"/> does one of files. Other processes may
    /// have it open as well.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="schema">What the store holds; null: what it held when it was last opened with a schema.</param>
    /// <param name="configure">Where it is; null: as configuration says.</param>
    /// <returns>Its options, to be bound: <c>.BindConfiguration("Foreshard")</c>. Log messages go to the host's logging unless they say otherwise.</returns>
    /// <exception cref="InvalidOperationException">A store is registered already.</exception>
    public static OptionsBuilder<FleetStoreOptions> AddForeshardFleet(
        this IServiceCollection services, StoreSchema? schema = null, Action<FleetStoreOptions>? configure = null)
    {
        services.AddForeshard((provider, cancellationToken) =>
            EntityStore.OpenFleetAsync(provider.GetRequiredService<IOptions<FleetStoreOptions>>().Value, schema, cancellationToken));
        return OptionsOf(services, configure);
    }

    /// <summary>
    /// Registers a store that is opened by a delegate as <see cref="EntityStore"/>, whatever its engine: for schemas or options that other
    /// services supply, or scripts that are to be applied first.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="open">Opens the store; called once.</param>
    /// <exception cref="InvalidOperationException">A store is registered already.</exception>
    public static IServiceCollection AddForeshard(
        this IServiceCollection services, Func<IServiceProvider, CancellationToken, Task<EntityStore>> open)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(open);
        if (HostedStore.IsIn(services))
        {
            throw new InvalidOperationException(
                "The application has a store already: entities of several types belong into one. Take one of the two calls out.");
        }

        services.AddSingleton(provider => new HostedStore(provider, open));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<HostedStore>());
        return services.AddSingleton(provider => provider.GetRequiredService<HostedStore>().Open());
    }

    private static OptionsBuilder<TOptions> OptionsOf<TOptions>(IServiceCollection services, Action<TOptions>? configure)
        where TOptions : StoreOptions
    {
        var options = services.AddOptions<TOptions>().PostConfigure<IServiceProvider>((options, provider) =>
            options.LoggerFactory ??= provider.GetService<ILoggerFactory>());
        return configure is null ? options : options.Configure(configure);
    }

    /// <summary>
    /// Adds a health check of the store: unhealthy if its files can't be read; degraded if its tables don't obey its schema yet, its autopilot is
    /// paused or its last round failed; with the reason. It reads a little from every partition.
    /// </summary>
    /// <param name="builder">What <c>AddHealthChecks()</c> returned.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="tags">For selecting checks; null: none.</param>
    public static IHealthChecksBuilder AddForeshard(this IHealthChecksBuilder builder, string name = "foreshard", IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddCheck<StoreHealthCheck>(name, failureStatus: null, tags ?? []);
    }
}
