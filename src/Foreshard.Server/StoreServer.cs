using System.Net;
using Foreshard.Diagnostics;
using Foreshard.Hosting;
using Foreshard.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Foreshard.Server;

/// <summary>A store with its autopilot, and an HTTP API that tells of both. Disposing closes the store.</summary>
internal sealed class StoreServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private StoreServer(WebApplication app) => this.app = app;

    /// <summary>Where it listens, with the ports that were chosen.</summary>
    public IReadOnlyCollection<string> Urls => [.. app.Urls];

    public EntityStore Store => app.Services.GetRequiredService<EntityStore>();

    /// <summary>Opens the store and begins to listen.</summary>
    /// <param name="open">Opens the store, with where its log messages go.</param>
    /// <param name="urls">Where to listen: http, a host and a port; port 0 is any that is free.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ForeshardException">The store can't be opened.</exception>
    /// <exception cref="IOException">It can't listen there.</exception>
    public static async Task<StoreServer> StartAsync(
        Func<ILoggerFactory, CancellationToken, Task<EntityStore>> open, IReadOnlyList<Uri> urls, CancellationToken cancellationToken)
    {
        var server = new StoreServer(Build(open, urls));
        try
        {
            await server.app.StartAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Serves until it is cancelled; then ends requests that run, and closes the store.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => app.WaitForShutdownAsync(cancellationToken);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static WebApplication Build(Func<ILoggerFactory, CancellationToken, Task<EntityStore>> open, IReadOnlyList<Uri> urls)
    {
        // Nothing of what a web application picks up by itself: no settings of the folder it runs in, no environment.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls([.. urls.Select(url => url.GetLeftPart(UriPartial.Authority))]);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, CallersLifetime>();
        builder.Services.AddHostFiltering(options => options.AllowedHosts = urls.All(IsLoopback) ? ["localhost", "127.0.0.1", "[::1]"] : ["*"]);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning)
            .AddFilter(TelemetryNames.LogCategory, LogLevel.Information)
            .AddFilter("Microsoft.Extensions", LogLevel.None); // that the host doesn't start is thrown, and health is asked for
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddForeshard((services, cancellationToken) => open(services.GetRequiredService<ILoggerFactory>(), cancellationToken));
        builder.Services.AddHealthChecks().AddForeshard();
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(TelemetryNames.Meter).AddPrometheusExporter());
        var app = builder.Build();
        app.UseHostFiltering();
        app.Use(next => context => StoreApi.RefuseOtherSitesAsync(context, next));
        app.UseRouting();
        new StoreApi(app.Services).Map(app);
        app.MapPrometheusScrapingEndpoint("/metrics");
        return app;
    }

    /// <summary>Whether only this machine can reach it.</summary>
    public static bool IsLoopback(Uri url) => url.IsLoopback || (IPAddress.TryParse(url.Host, out var address) && IPAddress.IsLoopback(address));

    /// <summary>Signals are the caller's business: he asks this server to stop.</summary>
    private sealed class CallersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
