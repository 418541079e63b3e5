using Etcdserverpb;
using Foreshard.Etcd;

namespace Foreshard.Cli.Tests.Fleets;

/// <summary>A fleet's mapping table as a file, given back after it was lost, and made anew.</summary>
[Trait("Category", "Slow")]
public sealed class FleetMappingTests(SharedFleet fleet)
{
    private const string On = " --fleet fleet.json";

    [Fact]
    public async Task A_fleet_that_has_lost_its_table_goes_on_with_that_of_an_export()
    {
        using var shell = await StoreAsync();
        var exported = (await shell.RunAsync("mapping export shop-mapping.jsonl --json" + On)).Expect(ExitCode.Done).Json;
        var before = (await shell.RunAsync("where customer/42" + On)).Output;

        var over = (await shell.RunAsync("mapping import shop-mapping.jsonl" + On)).Expect(ExitCode.Failed);
        await LoseTableAsync(shell);
        var imported = (await shell.RunAsync("mapping import shop-mapping.jsonl --json" + On)).Expect(ExitCode.Done).Json;

        Assert.Contains("already", over.Error, StringComparison.Ordinal);
        Assert.Equal(exported.ToJsonString(), imported.ToJsonString());
        Assert.Equal(before, (await shell.RunAsync("where customer/42" + On)).Expect(ExitCode.Done).Output);
        (await shell.RunAsync("verify" + On)).Expect(ExitCode.Done);
    }

    [Fact]
    public async Task What_moved_after_the_export_is_found_in_the_partitions()
    {
        using var shell = await StoreAsync();
        (await shell.RunAsync("mapping export shop-mapping.jsonl" + On)).Expect(ExitCode.Done);
        var from = (string)(await shell.RunAsync("where customer/42 --json" + On)).Json["shards"]![0]!["partition"]!;
        (await shell.RunAsync($"move customer/42 {(from == "p1" ? "p2" : "p1")}" + On)).Expect(ExitCode.Done);
        (await shell.RunAsync("drain p2 --json" + On)).Expect(ExitCode.Done);
        var before = (await shell.RunAsync("where customer/42" + On)).Output;
        var refused = (await shell.RunAsync("mapping rebuild --export shop-mapping.jsonl" + On)).Expect(ExitCode.Refused);
        await LoseTableAsync(shell);

        // As partitions are that an older version made, and that nobody has opened since.
        foreach (var partition in SharedFleet.AddressOf(shell).Settings.Partitions)
            await SharedFleet.ExecuteAsync(partition.Location, null, "UPDATE foreshard.owner SET shard = NULL");
        var without = (await shell.RunAsync("mapping rebuild --buckets 16 --json" + On)).Expect(ExitCode.Found).Json;
        var tried = (await shell.RunAsync("mapping rebuild --export shop-mapping.jsonl --dry-run --json" + On)).Expect(ExitCode.Done).Json;
        (await shell.RunAsync("status" + On)).Expect(ExitCode.Failed);
        var rebuilt = (await shell.RunAsync("mapping rebuild --export shop-mapping.jsonl --json" + On)).Expect(ExitCode.Done).Json;

        Assert.Contains("has its mapping table", refused.Error, StringComparison.Ordinal);
        Assert.Equal("unknownShard", (string?)Assert.Single(without["findings"]!.AsArray())!["problem"]);
        Assert.False((bool?)tried["isMade"]);
        Assert.True((bool?)rebuilt["isMade"]);
        Assert.Equal(before, (await shell.RunAsync("where customer/42" + On)).Expect(ExitCode.Done).Output);
        (await shell.RunAsync("verify" + On)).Expect(ExitCode.Done);
        (await shell.RunAsync("move customer/42 p2" + On)).Expect(ExitCode.Done);
    }

    [Fact]
    public async Task Moved_and_split_entities_are_found_in_the_partitions_alone()
    {
        using var shell = await StoreAsync();
        (await shell.RunAsync("split customer/42 --segments eu" + On)).Expect(ExitCode.Done);
        (await shell.RunAsync($"move customer/42 {await OtherThanAsync("customer/42")} --group eu" + On)).Expect(ExitCode.Done);
        (await shell.RunAsync($"move customer/7 {await OtherThanAsync("customer/7")}" + On)).Expect(ExitCode.Done);
        var before = (await shell.RunAsync("where customer/42" + On)).Output + (await shell.RunAsync("where customer/7" + On)).Output;
        await LoseTableAsync(shell);

        (await shell.RunAsync("mapping rebuild --buckets 16" + On)).Expect(ExitCode.Done);
        (await shell.RunAsync("apply 1 schema.sql --schema foreshard.json" + On)).Expect(ExitCode.Done);

        Assert.Equal(before, (await shell.RunAsync("where customer/42" + On)).Output + (await shell.RunAsync("where customer/7" + On)).Output);
        (await shell.RunAsync("verify" + On)).Expect(ExitCode.Done);

        async Task<string> OtherThanAsync(string entity) =>
            (string)(await shell.RunAsync($"where {entity} --json" + On)).Json["shards"]![0]!["partition"]! == "p1" ? "p2" : "p1";
    }

    [Fact]
    public async Task Without_an_export_buckets_find_their_places_again_and_the_schema_is_declared_anew()
    {
        using var shell = await fleet.StoreAsync(partitions: 2);
        (await shell.RunAsync("move p1 --bucket 3" + On)).Expect(ExitCode.Done);
        await LoseTableAsync(shell);

        var rebuilt = (await shell.RunAsync("mapping rebuild --buckets 16" + On)).Expect(ExitCode.Done);

        Assert.Contains("Without an export", rebuilt.Output, StringComparison.Ordinal);
        (await shell.RunAsync("apply 1 schema.sql --schema foreshard.json" + On)).Expect(ExitCode.Done);
        (await shell.RunAsync("verify" + On)).Expect(ExitCode.Done);
    }

    /// <summary>A store with customer 42 in a place of its own.</summary>
    private async Task<Shell> StoreAsync()
    {
        var shell = await fleet.StoreAsync(partitions: 2);
        (await shell.RunAsync("isolate customer/42" + On)).Expect(ExitCode.Done);
        return shell;
    }

    private static async Task LoseTableAsync(Shell shell)
    {
        var address = SharedFleet.AddressOf(shell);
        using var connection = new EtcdConnection(address.EtcdOptions, TimeProvider.System);
        var request = new DeleteRangeRequest
        {
            Key = new EtcdKeys(address.Store).Of(""),
            RangeEnd = Google.Protobuf.ByteString.CopyFromUtf8($"/foreshard/{address.Store}0"), // what comes after the slash
        };
        await connection.RepeatAsync((endpoint, call) => endpoint.KV.DeleteRangeAsync(request, call).ResponseAsync, connection.NewDeadline(), default);
    }
}
