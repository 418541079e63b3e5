using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace Foreshard.Cli.Tests;

public sealed class StoreCommandTests
{
    [Fact]
    public async Task An_entity_goes_where_it_is_told_to_and_back_into_its_bucket()
    {
        using var shell = await Shell.WithStoreAsync();
        var (from, to) = await PartitionsAsync(shell);

        Assert.Contains($"customer/42 is on partition {from}, in bucket", (await shell.RunAsync("where shop customer/42")).Output, StringComparison.Ordinal);
        Assert.Contains("in a place of its own", (await shell.RunAsync("isolate shop customer/42")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
        var moved = (await shell.RunAsync($"move shop customer/42 {to}")).Expect(ExitCode.Done);
        Assert.StartsWith($"customer/42 is on partition {to} now: ", moved.Output, StringComparison.Ordinal);
        Assert.Contains($"on partition {to}", (await shell.RunAsync("where shop customer/42")).Output, StringComparison.Ordinal);
        (await shell.RunAsync($"move shop customer/42 {to}")).Expect(ExitCode.Refused);
        var folded = (await shell.RunAsync("fold shop customer/42")).Expect(ExitCode.Done);
        Assert.Contains($"on partition {from}, in bucket", folded.Output, StringComparison.Ordinal);
        Assert.Contains("Everything is where", (await shell.RunAsync("verify shop")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entity_is_split_by_segments_moved_apart_and_merged()
    {
        using var shell = await Shell.WithStoreAsync();
        var (from, to) = await PartitionsAsync(shell);

        var split = (await shell.RunAsync("split shop customer/42 --segments eu,uk us --json")).Expect(ExitCode.Done).Json;
        Assert.Equal(["{…new}", "{eu, uk}", "{us}"], split["shards"]!.AsArray().Select(shard => (string?)shard!["scope"]));
        Assert.Contains("name a group", (await shell.RunAsync($"move shop customer/42 {to}")).Expect(ExitCode.Refused).Error, StringComparison.Ordinal);
        (await shell.RunAsync($"move shop customer/42 {to} --group uk")).Expect(ExitCode.Done);

        var one = (await shell.RunAsync("where shop customer/42 eu --json")).Expect(ExitCode.Done).Json["shards"]!.AsArray();
        Assert.Equal(to, (string?)Assert.Single(one)!["partition"]);
        Assert.Equal(["eu", "uk"], one[0]!["segments"]!.AsArray().Select(segment => (string?)segment));
        Assert.Contains("home", (await shell.RunAsync("where shop customer/42")).Output, StringComparison.Ordinal);
        var merged = (await shell.RunAsync("merge shop customer/42")).Expect(ExitCode.Done);
        Assert.Contains($"on partition {from}, in a place of its own", merged.Output, StringComparison.Ordinal);
        (await shell.RunAsync("merge shop customer/42")).Expect(ExitCode.Refused);
    }

    [Fact]
    public async Task An_entity_is_split_at_positions()
    {
        using var shell = await Shell.WithStoreAsync();

        var split = (await shell.RunAsync("split shop sensor/roof/north --at 2026-01-01 2026-04-01 --json")).Expect(ExitCode.Done).Json;

        Assert.Equal("sensor/roof/north", (string?)split["entity"]);
        var shards = split["shards"]!.AsArray();
        Assert.Equal([null, "2026-01-01", "2026-04-01"], shards.Select(shard => (string?)shard!["from"]));
        Assert.Equal(["2026-01-01", "2026-04-01", null], shards.Select(shard => (string?)shard!["to"]));
    }

    [Fact]
    public async Task A_bucket_is_moved()
    {
        using var shell = await Shell.WithStoreAsync();
        var (_, to) = await PartitionsAsync(shell);
        var bucket = (int)(await shell.RunAsync("where shop customer/42 --json")).Json["bucket"]!;

        var moved = (await shell.RunAsync($"move shop --bucket {bucket} {to} --json")).Expect(ExitCode.Done).Json;

        Assert.Equal($"bucket {bucket}", (string?)moved["subject"]);
        Assert.Contains($"on partition {to}, in bucket {bucket}", (await shell.RunAsync("where shop customer/42")).Output, StringComparison.Ordinal);
        Assert.Contains("has 16", (await shell.RunAsync($"move shop --bucket 16 {to}")).Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partitions_are_added_drained_and_removed()
    {
        using var shell = await Shell.WithStoreAsync();

        var added = await shell.RunAsync("partition add shop north --region eu-north --capacity 5000 --size-budget 1.5GB --json");
        Assert.Equal(1_500_000_000, (long)added.Expect(ExitCode.Done).Json["sizeBudgetBytes"]!);
        (await shell.RunAsync("partition add shop north")).Expect(ExitCode.Refused);
        (await shell.RunAsync("partition add shop no.dots")).Expect(ExitCode.Refused);
        (await shell.RunAsync("partition remove shop p1")).Expect(ExitCode.Refused);
        Assert.Contains("is empty", (await shell.RunAsync("drain shop p1")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
        Assert.Contains("draining", (await shell.RunAsync("partition list shop")).Output, StringComparison.Ordinal);
        (await shell.RunAsync("drain shop p1 --end")).Expect(ExitCode.Done);
        Assert.DoesNotContain("draining", (await shell.RunAsync("partition list shop")).Output, StringComparison.Ordinal);
        (await shell.RunAsync("partition remove shop p1")).Expect(ExitCode.Done);
        var left = (await shell.RunAsync("partition list shop --json")).Json.AsArray();
        Assert.Equal(["p2", "p3", "north"], left.Select(partition => (string?)partition!["name"]));
    }

    [Fact]
    public async Task Operations_are_listed_and_followed()
    {
        using var shell = await Shell.WithStoreAsync(orders: 1000);
        Assert.Contains("No operation", (await shell.RunAsync("moves shop")).Output, StringComparison.Ordinal);
        var (from, to) = await PartitionsAsync(shell);
        (await shell.RunAsync($"move shop customer/42 {to}")).Expect(ExitCode.Done);

        var shown = (await shell.RunAsync("moves shop")).Expect(ExitCode.Done).Output;
        Assert.Contains("isolate customer/42", shown, StringComparison.Ordinal);
        Assert.Contains($"{from} → {to}", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("isolate", (await shell.RunAsync("moves shop --last 1")).Output, StringComparison.Ordinal);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var watched = (await shell.RunAsync("moves shop --watch --json", cancellationToken: stop.Token)).Expect(ExitCode.Done);
        var lines = watched.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["isolate", "move"], lines.Select(line => (string?)JsonNode.Parse(line)!["kind"]));
    }

    [Fact]
    public async Task A_finding_has_an_exit_code_of_its_own()
    {
        using var shell = await Shell.WithStoreAsync();
        var (_, elsewhere) = await PartitionsAsync(shell);
        AddStrayRow(shell, elsewhere);

        var found = (await shell.RunAsync("verify shop --json")).Expect(ExitCode.Found).Json.AsArray();
        var shown = (await shell.RunAsync("verify shop", width: 80)).Expect(ExitCode.Found);

        Assert.Equal("strayRows", (string?)Assert.Single(found)!["kind"]);
        Assert.Contains("1 finding.", shown.Output, StringComparison.Ordinal);
        Assert.All(shown.Output.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public async Task A_status_tells_sizes_and_entries()
    {
        using var shell = await Shell.WithStoreAsync();
        (await shell.RunAsync("isolate shop customer/42")).Expect(ExitCode.Done);

        var shown = (await shell.RunAsync("status shop", width: 80)).Expect(ExitCode.Done).Output;

        Assert.Contains("16 buckets; 1 entity has a place of its own.", shown, StringComparison.Ordinal);
        Assert.Contains("customer, sensor, tariff", shown, StringComparison.Ordinal);
        Assert.Contains("kB", shown, StringComparison.Ordinal);
        Assert.All(shown.Split('\n'), line => Assert.True(line.Length <= 80 && line == line.TrimEnd(), line));
    }

    /// <summary>Where customer 42 is, and where it is not.</summary>
    private static async Task<(string From, string To)> PartitionsAsync(Shell shell)
    {
        var place = (await shell.RunAsync("where shop customer/42 --json")).Expect(ExitCode.Done).Json;
        var from = (string)place["shards"]![0]!["partition"]!;
        return (from, from == "p1" ? "p2" : "p1");
    }

    private static void AddStrayRow(Shell shell, string partition)
    {
        var file = Directory.EnumerateFiles(shell.Store, $"p*-{partition}.db").Single();
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO customers (id, name) VALUES (42, 'stray')";
        command.ExecuteNonQuery();
    }
}
