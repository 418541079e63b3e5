using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Foreshard.Cli.Fleets;
using Foreshard.Cli.Servers;

namespace Foreshard.Cli.Tests.Fleets;

/// <summary>A private fleet: started, stopped, and started again on its data.</summary>
public sealed class LocalFleetTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_fleet_goes_on_with_its_data_when_it_is_started_again()
    {
        await using var fleet = new FleetFolder();
        var started = (await fleet.RunAsync("fleet up --partitions 1 --json")).Expect(ExitCode.Done);
        var location = Assert.Single(FleetFile.Read(fleet.File).Partitions).Location;
        await SharedFleet.ExecuteAsync(location, null, "CREATE TABLE kept AS SELECT 42 AS answer");
        (await fleet.RunAsync("fleet status")).Expect(ExitCode.Done);

        var stopped = (await fleet.RunAsync("fleet down --json")).Expect(ExitCode.Done).Json;
        var shown = (await fleet.RunAsync("fleet status")).Expect(ExitCode.Found).Output;
        var again = (await fleet.RunAsync("fleet up --json")).Expect(ExitCode.Done);

        Assert.Equal(4, Servers(started.Json).Count);
        Assert.All(Servers(started.Json), server => Assert.Equal("running", (string?)server["state"]));
        Assert.All(Servers(stopped), server => Assert.Equal("stopped", (string?)server["state"]));
        Assert.Contains("stopped", shown, StringComparison.Ordinal);
        Assert.Equal(Servers(started.Json).Select(server => (string?)server["address"]), Servers(again.Json).Select(server => (string?)server["address"]));
        Assert.Equal(42, await SharedFleet.ExecuteAsync(location, null, "SELECT answer FROM kept"));
        Assert.Contains("etcd1: starting", again.Error, StringComparison.Ordinal);
        Assert.Empty((await fleet.RunAsync("fleet up")).Expect(ExitCode.Done).Error); // nothing was left to do
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_fleet_grows_and_never_shrinks_and_keeps_what_people_wrote()
    {
        await using var fleet = new FleetFolder();
        (await fleet.RunAsync("fleet up --partitions 1")).Expect(ExitCode.Done);
        var written = FleetFile.Read(fleet.File);
        FleetFile.Write(fleet.File, written with { Partitions = [written.Partitions[0] with { Region = "north", Capacity = 700 }] });

        (await fleet.RunAsync("fleet up --partitions 2")).Expect(ExitCode.Done);
        var refused = (await fleet.RunAsync("fleet up --partitions 1")).Expect(ExitCode.Failed);

        Assert.Equal([("p1", "north", 700.0), ("p2", "", 0)], FleetFile.Read(fleet.File).Partitions.Select(one => (one.Name, one.Region, one.Capacity)));
        Assert.Contains("has 2 partitions, not 1", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_port_that_somebody_else_took_is_named_and_nothing_is_left_running()
    {
        await using var fleet = new FleetFolder();
        (await fleet.RunAsync("fleet up --partitions 1")).Expect(ExitCode.Done);
        (await fleet.RunAsync("fleet down")).Expect(ExitCode.Done);
        var port = LocalServers.Read(fleet.Folder)!.Partitions[0].Port;
        using (var other = new TcpListener(IPAddress.Loopback, port))
        {
            other.Start();

            var refused = (await fleet.RunAsync("fleet up")).Expect(ExitCode.Failed);

            Assert.Contains($"port {port.ToString(CultureInfo.InvariantCulture)}", refused.Error, StringComparison.Ordinal);
            Assert.All(Servers((await fleet.RunAsync("fleet status --json")).Json), server => Assert.Equal("stopped", (string?)server["state"]));
        }

        (await fleet.RunAsync("fleet up")).Expect(ExitCode.Done);
    }

    [Fact]
    public async Task A_folder_with_other_things_is_left_alone()
    {
        await using var fleet = new FleetFolder();
        Directory.CreateDirectory(fleet.Folder);
        await File.WriteAllTextAsync(Path.Combine(fleet.Folder, "letter.txt"), "mine");

        var refused = (await fleet.RunAsync("fleet up")).Expect(ExitCode.Failed);

        Assert.Contains("letter.txt", refused.Error, StringComparison.Ordinal);
        Assert.Equal(["letter.txt"], Directory.GetFileSystemEntries(fleet.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Where_there_is_no_fleet_it_is_said_how_to_make_one()
    {
        await using var fleet = new FleetFolder();

        Assert.Contains("fleet up", (await fleet.RunAsync("fleet status")).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
        Assert.Contains("fleet up", (await fleet.RunAsync("fleet down")).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(fleet.Folder));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Missing_programs_are_named_with_the_package_that_brings_them()
    {
        await using var fleet = new FleetFolder();

        var refused = (await fleet.StartAsync("fleet up", path: "/nowhere")).Expect(ExitCode.Failed);

        Assert.Contains("'etcd'", refused.Error, StringComparison.Ordinal);
        Assert.Contains("apt-get install etcd-server", refused.Error, StringComparison.Ordinal);
    }

    private static List<JsonNode> Servers(JsonNode report) => [.. report["servers"]!.AsArray().Select(server => server!)];
}
