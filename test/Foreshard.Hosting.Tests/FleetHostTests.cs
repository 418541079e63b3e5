using Foreshard.Autopilot;
using Foreshard.Schema;
using Foreshard.Servers;
using Foreshard.Sessions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Foreshard.Hosting.Tests;

/// <summary>A real host with a store on real servers.</summary>
[Trait("Category", "Slow")]
public sealed class FleetHostTests
{
    private static readonly StoreSchema Shop = StoreSchema.Define(schema => schema
        .Entity("customer", KeyKind.Integer, customer => customer.Root("customers", "id").KeyColumn("customer_id")));

    [Fact]
    public async Task A_fleet_comes_from_configuration()
    {
        using var etcd = await EtcdServer.StartAsync();
        var settings = new Dictionary<string, string?>
        {
            ["Foreshard:Region"] = "eu",
            ["Foreshard:Mapping:Endpoints:0"] = etcd.Endpoint,
            ["Foreshard:Mapping:Store"] = "shop",
            ["Foreshard:Mapping:Timeout"] = "00:00:10",
            ["Foreshard:Create"] = "true",
            ["Foreshard:Buckets"] = "64",
            ["Foreshard:InitialPartitions:0:Name"] = "db1",
            ["Foreshard:InitialPartitions:0:Settings:Location"] = await PostgresDatabases.CreateAsync(),
            ["Foreshard:InitialPartitions:0:Settings:CapacityPerSecond"] = "500",
            ["Foreshard:Partitions:SlotPatience"] = "00:00:10",
            ["Foreshard:Autopilot:Mode"] = "Advise",
        };
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Services.AddForeshardFleet(Shop).BindConfiguration("Foreshard");
        using var host = builder.Build();

        await host.StartAsync(TestContext.Current.CancellationToken);
        var store = host.Services.GetRequiredService<EntityStore>();
        await store.ApplySchemaAsync(
            1, "CREATE TABLE customers (id bigint PRIMARY KEY, visits bigint NOT NULL)", cancellationToken: TestContext.Current.CancellationToken);
        await store.ExecuteAsync(
            Shop["customer"].Key(1), default, "INSERT INTO customers VALUES (1, 7)", cancellationToken: TestContext.Current.CancellationToken);

        var partition = Assert.Single(store.Partitions);
        Assert.Equal(("db1", 500), (partition.Name, partition.CapacityPerSecond));
        Assert.Equal(AutopilotMode.Advise, store.Autopilot.Status.Mode);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }
}
