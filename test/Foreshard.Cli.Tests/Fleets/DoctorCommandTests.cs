using System.Text.Json.Nodes;
using Foreshard.Cli.Fleets;
using Foreshard.Servers;
using Npgsql;

namespace Foreshard.Cli.Tests.Fleets;

/// <summary>The doctor on real servers, healthy and not.</summary>
[Trait("Category", "Slow")]
public sealed class DoctorCommandTests(SharedFleet fleet)
{
    [Fact]
    public async Task A_healthy_fleet_has_no_problems_before_and_after_the_store_is_made()
    {
        using var shell = await fleet.ShellAsync(partitions: 1);

        var before = (await shell.RunAsync("doctor --json --fleet fleet.json")).Expect(ExitCode.Done).Json;
        (await shell.RunAsync("init --fleet fleet.json --schema foreshard.json --sql schema.sql --buckets 16")).Expect(ExitCode.Done);
        var after = (await shell.RunAsync("doctor --fleet fleet.json")).Expect(ExitCode.Done).Output;
        var all = (await shell.RunAsync("doctor --all --fleet fleet.json")).Expect(ExitCode.Done).Output;

        Assert.Equal("store", (string?)Assert.Single(Found(before, "warning"))["check"]); // it isn't made yet
        Assert.Contains("0 problems, 0 warnings", after, StringComparison.Ordinal);
        Assert.DoesNotContain("wal_level", after, StringComparison.Ordinal);
        Assert.Contains("wal_level", all, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_away_and_who_may_not_is_said()
    {
        using var shell = await fleet.StoreAsync(partitions: 2);
        var address = SharedFleet.AddressOf(shell);
        var location = address.Settings.Partitions[0].Location;
        await SharedFleet.ExecuteAsync(
            location, null, "REVOKE UPDATE ON orders FROM foreshard_app; ALTER DATABASE " + address.Store + " SET synchronous_commit = off");
        await SharedFleet.ExecuteAsync(
            location, null, "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'weak') THEN CREATE ROLE weak LOGIN; END IF; END $$");
        await SharedFleet.ExecuteAsync(location, null, "GRANT USAGE ON SCHEMA foreshard TO weak; GRANT SELECT ON ALL TABLES IN SCHEMA foreshard TO weak; "
            + "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA foreshard TO weak");
        var nowhere = LocalEndpoint(FreePort());
        FleetFile.Write(Path.Combine(shell.Folder, "fleet.json"), address.Settings with
        {
            Etcd = address.Settings.Etcd with { Endpoints = [nowhere, .. address.Settings.Etcd.Endpoints] },
            PostgreSql = address.Settings.PostgreSql with { Mover = "weak" },
        });

        var found = (await shell.RunAsync("doctor --json --fleet fleet.json")).Expect(ExitCode.Found).Json;

        var problems = Found(found, "problem").ToLookup(one => ((string?)one["subject"], (string?)one["check"]), one => one);
        Assert.Single(problems[(nowhere, "reachable")]);
        Assert.Contains("REPLICATION", (string?)Assert.Single(problems[("p1", "mover")])["advice"], StringComparison.Ordinal);
        Assert.Contains(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON orders", (string?)Assert.Single(problems[("p1", "application")])["advice"], StringComparison.Ordinal);
        Assert.Contains(Found(found, "warning"), one => ((string?)one["subject"], (string?)one["check"]) == ("p1", "synchronous_commit"));
        Assert.Single(problems[("p2", "reachable")]); // nobody is called so there
    }

    [Fact]
    public async Task A_partition_that_leads_elsewhere_is_found_before_it_is_served()
    {
        using var shell = await fleet.ShellAsync(partitions: 2);
        var settings = SharedFleet.AddressOf(shell).Settings;
        var gone = new NpgsqlConnectionStringBuilder(settings.Partitions[1].Location) { Port = FreePort() }.ConnectionString;
        var missing = new NpgsqlConnectionStringBuilder(settings.Partitions[0].Location) { Database = "nobody_made_it" }.ConnectionString;
        FleetFile.Write(Path.Combine(shell.Folder, "fleet.json"), settings with
        {
            Partitions = [settings.Partitions[0] with { Location = missing }, settings.Partitions[1] with { Location = gone }],
        });

        var found = (await shell.RunAsync("doctor --fleet fleet.json", width: 400)).Expect(ExitCode.Found).Output;

        Assert.Contains("3D000", found, StringComparison.Ordinal);
        Assert.Contains("refused", found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_few_nodes_are_a_problem_and_one_node_alone_a_warning()
    {
        using var shell = new Shell();
        shell.Write("slow.json", """{ "fleet": { "etcd": { "timeoutSeconds": 30 } } }""");
        using var cluster = await EtcdCluster.StartAsync(3);
        var healthy = (await shell.RunAsync($"doctor --json --fleet slow.json --etcd {string.Join(',', cluster.Endpoints)}")).Expect(ExitCode.Done).Json;
        cluster.Nodes[1].Kill();
        cluster.Nodes[2].Kill();
        using var single = await EtcdServer.StartAsync();

        var quorum = (await shell.RunAsync($"doctor --json --fleet slow.json --etcd {string.Join(',', cluster.Endpoints)}")).Expect(ExitCode.Found).Json;
        var alone = (await shell.RunAsync($"doctor --json --fleet slow.json --etcd {single.Endpoint}")).Expect(ExitCode.Done).Json;

        Assert.Empty(Found(healthy, "problem"));
        Assert.Contains(Found(quorum, "problem"), one => (string?)one["check"] == "quorum");
        Assert.Equal(2, Found(quorum, "problem").Count(one => (string?)one["check"] == "reachable"));
        Assert.Contains(Found(alone, "warning"), one => (string?)one["check"] == "nodes");
    }

    private static List<JsonNode> Found(JsonNode report, string state) =>
        [.. report.AsArray().Select(one => one!).Where(one => (string?)one["state"] == state)];

    private static int FreePort() => Assert.Single(Cli.Servers.LoopbackPorts.TakeFree(1));

    private static string LocalEndpoint(int port) => Cli.Servers.EtcdArguments.UrlOf(port);
}
