using System.Collections.Concurrent;
using Foreshard.Autopilot;
using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Foreshard.Hosting.Tests;

/// <summary>A real host with a store of real files.</summary>
public sealed class HostTests : IDisposable
{
    private static readonly StoreSchema Shop = StoreSchema.Define(schema => schema
        .Entity("customer", KeyKind.Integer, customer => customer.Root("customers", "id").KeyColumn("customer_id")));

    private const string Tables = "CREATE TABLE customers (id INTEGER PRIMARY KEY NOT NULL, visits INTEGER NOT NULL)";

    private readonly string folder = Path.Combine(Path.GetTempPath(), "foreshard-tests", Guid.NewGuid().ToString("N"));

    [Fact]
    public async Task The_store_is_open_before_other_services_start_and_closed_after_they_stopped()
    {
        using var host = Build(services => services.AddHostedService<Shopkeeper>());

        await host.StartAsync();
        var keeper = host.Services.GetServices<IHostedService>().OfType<Shopkeeper>().Single();
        Assert.Equal(1, keeper.CustomersAtStart);
        await host.StopAsync();

        Assert.Equal(2, keeper.CustomersAtStop);
        await using var again = await EntityStore.OpenAsync(folder);
        Assert.Equal(2, (await again.QueryAsync(Shop["customer"].Key(1), "SELECT visits FROM customers WHERE id = 1", row => row.GetInt64(0)))[0]);
    }

    [Fact]
    public async Task A_store_that_somebody_else_owns_keeps_the_host_from_starting()
    {
        await using var other = await EntityStore.OpenAsync(folder, Shop);
        using var host = Build();

        var refused = await Assert.ThrowsAsync<StoreLockedException>(() => host.StartAsync());

        Assert.Contains(folder, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_come_from_configuration_and_code_has_the_last_word_on_nothing_else()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Foreshard:InitialPartitions"] = "2",
            ["Foreshard:Region"] = "eu",
            ["Foreshard:Sync"] = "Normal",
            ["Foreshard:Moves:BlockingRows"] = "50",
            ["Foreshard:Autopilot:Mode"] = "Advise",
            ["Foreshard:Autopilot:Interval"] = "00:01:00",
            ["Foreshard:Autopilot:AssumedCapacity"] = "123",
            ["Foreshard:Autopilot:Freezes:0"] = "17:00-19:00",
            ["Foreshard:Autopilot:Freezes:1"] = "Sun 02:00-04:00",
            ["Foreshard:Autopilot:BytesPerHour"] = "1000000",
        };
        SqliteStoreOptions? seen = null;
        using var host = Build(
            configuration: settings,
            configure: options =>
            {
                options.Buckets = 16;
                options.Autopilot.Cooldown = TimeSpan.FromMinutes(7);
                seen = options;
            });

        await host.StartAsync();

        var store = host.Services.GetRequiredService<EntityStore>();
        Assert.Equal(["p1", "p2"], store.Partitions.Select(partition => partition.Name));
        Assert.Equal((16, 0), store.MappingSize);
        Assert.Equal(AutopilotMode.Advise, store.Autopilot.Status.Mode);
        Assert.True(store.Autopilot.Status.IsRunning);
        Assert.Equal(("eu", CommitSync.Normal, 50), (seen!.Region, seen.Sync, seen.Moves.BlockingRows));
        Assert.Equal(["17:00-19:00", "Sun 02:00-04:00"], seen.Autopilot.Freezes.Select(freeze => freeze.ToString()));
        Assert.Equal((TimeSpan.FromMinutes(1), 123, 1e6), (seen.Autopilot.Interval, seen.Autopilot.AssumedCapacity, seen.Autopilot.BytesPerHour));
        Assert.Equal(TimeSpan.FromMinutes(7), seen.Autopilot.Cooldown);
        await host.StopAsync();
    }

    [Fact]
    public async Task Options_that_do_not_hold_keep_the_host_from_starting_and_are_all_named()
    {
        using var host = Build(configuration: new Dictionary<string, string?>
        {
            ["Foreshard:Autopilot:FailuresMax"] = "0",
            ["Foreshard:Moves:BlockingRows"] = "-1",
        });

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => host.StartAsync());

        Assert.Contains("FailuresMax", refused.Message, StringComparison.Ordinal);
        Assert.Contains("BlockingRows", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_is_degraded_while_the_autopilot_is_paused_and_unhealthy_when_a_file_is_gone()
    {
        using var host = Build(
            services => services.AddHealthChecks().AddForeshard(tags: ["ready"]),
            configure: options => options.Autopilot.Mode = AutopilotMode.Advise);
        await host.StartAsync();
        var store = host.Services.GetRequiredService<EntityStore>();
        var health = host.Services.GetRequiredService<HealthCheckService>();

        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);
        Assert.Empty((await health.CheckHealthAsync(check => check.Tags.Contains("other"))).Entries);

        await store.Autopilot.PauseAsync("the auditors are here");
        var paused = (await health.CheckHealthAsync()).Entries["foreshard"];
        Assert.Equal(HealthStatus.Degraded, paused.Status);
        Assert.Contains("the auditors are here", paused.Description, StringComparison.Ordinal);
        await store.Autopilot.ResumeAsync();
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);

        File.Delete(Directory.EnumerateFiles(folder, "p*-p2.db").Single());
        var gone = (await health.CheckHealthAsync()).Entries["foreshard"];
        Assert.Equal(HealthStatus.Unhealthy, gone.Status);
        Assert.Contains("p2", gone.Description, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task Health_is_degraded_until_the_tables_obey_the_schema()
    {
        await using (await OpenWithTablesAsync(CancellationToken.None))
        {
            // It is closed again.
        }

        var wider = StoreSchema.Define(schema => schema
            .Entity("customer", KeyKind.Integer, customer => customer.Root("customers", "id").KeyColumn("customer_id"))
            .Entity("device", KeyKind.Integer, device => device.Root("devices", "id").KeyColumn("device_id")));
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddForeshardSqlite(folder, wider);
        builder.Services.AddHealthChecks().AddForeshard();
        using var host = builder.Build();
        await host.StartAsync();

        var entry = (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["foreshard"];

        Assert.Equal(HealthStatus.Degraded, entry.Status);
        Assert.Contains("devices", entry.Description, StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task Log_messages_go_to_the_logging_of_the_host()
    {
        using var collected = new CollectingLogs();
        using var host = Build(
            services => services.AddLogging(logging => logging.AddProvider(collected)),
            configure: options => options.Autopilot.Mode = AutopilotMode.Advise);

        await host.StartAsync();
        await host.Services.GetRequiredService<EntityStore>().Autopilot.PauseAsync("lunch");
        await host.StopAsync();

        Assert.Contains("Foreshard: The autopilot is paused and carries nothing out until it is resumed: lunch", collected.Lines);
    }

    [Fact]
    public void A_second_store_is_refused()
    {
        var services = new ServiceCollection();
        services.AddForeshardSqlite(folder, Shop);

        var refused = Assert.Throws<InvalidOperationException>(() => services.AddForeshardSqlite("other", Shop));

        Assert.Contains("one of the two", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_a_delegate_opens_is_registered_alike()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddForeshard((_, cancellationToken) => OpenWithTablesAsync(cancellationToken));
        using var host = builder.Build();

        await host.StartAsync();

        Assert.Equal(1, host.Services.GetRequiredService<EntityStore>().SchemaVersion);
        await host.StopAsync();
        Assert.True(Directory.Exists(folder));
    }

    public void Dispose()
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    private async Task<EntityStore> OpenWithTablesAsync(CancellationToken cancellationToken)
    {
        var store = await EntityStore.OpenAsync(folder, Shop, cancellationToken: cancellationToken);
        await store.ApplySchemaAsync(1, Tables, cancellationToken: cancellationToken);
        return store;
    }

    private IHost Build(
        Action<IServiceCollection>? more = null,
        IEnumerable<KeyValuePair<string, string?>>? configuration = null,
        Action<SqliteStoreOptions>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(configuration ?? []);
        builder.Services.AddForeshardSqlite(folder, Shop, configure).BindConfiguration("Foreshard");
        more?.Invoke(builder.Services);
        return builder.Build();
    }

    /// <summary>Writes when it starts and when it stops: the store must be open both times.</summary>
    private sealed class Shopkeeper(EntityStore store) : IHostedService
    {
        private readonly EntityKey first = Shop["customer"].Key(1);

        public long CustomersAtStart { get; private set; }

        public long CustomersAtStop { get; private set; }

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await store.ApplySchemaAsync(
                1, Tables, cancellationToken: cancellationToken);
            await store.ExecuteAsync(first, default, "INSERT INTO customers VALUES (1, 1)", cancellationToken: cancellationToken);
            CustomersAtStart = await VisitsAsync(cancellationToken);
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            await store.ExecuteAsync(first, default, "UPDATE customers SET visits = 2 WHERE id = 1", cancellationToken: cancellationToken);
            CustomersAtStop = await VisitsAsync(cancellationToken);
        }

        private async Task<long> VisitsAsync(CancellationToken cancellationToken) =>
            (await store.QueryAsync(first, "SELECT visits FROM customers WHERE id = 1", row => row.GetInt64(0), cancellationToken: cancellationToken))[0];
    }

    private sealed class CollectingLogs : ILoggerProvider
    {
        private readonly ConcurrentQueue<string> lines = new();

        public IReadOnlyList<string> Lines => [.. lines];

        public ILogger CreateLogger(string categoryName) => new Logger(categoryName, lines);

        public void Dispose()
        {
        }
    }

    private sealed class Logger(string category, ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{category}: {formatter(state, exception)}");
    }
}
