using Foreshard.Autopilot;

namespace Foreshard.Cli.Tests;

public sealed class DecisionCommandTests
{
    [Fact]
    public async Task Decisions_say_what_was_done_why_and_what_came()
    {
        using var shell = await Shell.WithStoreAsync();
        await PilotedStore.LiveAsync(shell, AutopilotMode.Act);

        var json = (await shell.RunAsync("decisions shop --json")).Expect(ExitCode.Done).Json.AsArray();
        var text = (await shell.RunAsync("decisions shop", width: 200)).Expect(ExitCode.Done).Output;

        var move = json.First(decision => (string?)decision!["kind"] == "move" && (string?)decision["state"] == "done")!;
        Assert.Matches("^(bucket [0-9]+|customer/[0-9]+)$", (string?)move["subject"]);
        Assert.NotEqual((string?)move["from"], (string?)move["to"]);
        Assert.True((double)move["forecast"]!["fromBefore"]! > 1);
        Assert.True((double)move["forecast"]!["fromAfter"]! < 1);
        Assert.NotEmpty(move["options"]!.AsArray());
        Assert.Contains($"{move["id"]}  2026-03-02 08:", text, StringComparison.Ordinal);
        Assert.Contains($"move {move["subject"]} {move["from"]} → {move["to"]}: {move["reason"]}, done", text, StringComparison.Ordinal);
        Assert.Contains((string)move["because"]!, text, StringComparison.Ordinal);
        Assert.Contains("came so far", text, StringComparison.Ordinal);
        Assert.Contains($"Outcome: {move["outcome"]}", text, StringComparison.Ordinal);
        Assert.DoesNotContain("looked at", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Decisions_about_an_entity_show_the_partitions_that_were_looked_at()
    {
        using var shell = await Shell.WithStoreAsync();
        var crowd = await PilotedStore.LiveAsync(shell, AutopilotMode.Act);
        var all = (await shell.RunAsync("decisions shop --json")).Expect(ExitCode.Done).Json.AsArray();

        var (shown, found) = ("", 0);
        foreach (var entity in crowd)
        {
            shown += (await shell.RunAsync($"decisions shop --entity {entity}")).Expect(ExitCode.Done).Output;
            var bucket = (int)(await shell.RunAsync($"where shop {entity} --json")).Json["bucket"]!;
            var json = (await shell.RunAsync($"decisions shop --entity {entity} --json")).Expect(ExitCode.Done).Json.AsArray();
            Assert.All(json, decision => Assert.True((string?)decision!["entity"] == entity || (string?)decision["subject"] == $"bucket {bucket}"));
            found += json.Count;
        }

        Assert.Contains("looked at", shown, StringComparison.Ordinal);
        Assert.InRange(found, 1, all.Count);
        Assert.Single((await shell.RunAsync("decisions shop --last 1 --json")).Json.AsArray());
        Assert.Empty((await shell.RunAsync("decisions shop --entity tariff/9 --json")).Expect(ExitCode.Done).Json.AsArray());
        Assert.Contains("tariff/9", (await shell.RunAsync("decisions shop --entity tariff/9")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_without_an_autopilot_has_no_decisions_and_no_plan()
    {
        using var shell = await Shell.WithStoreAsync();

        Assert.Contains("No decision", (await shell.RunAsync("decisions shop")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
        Assert.Contains("No plan", (await shell.RunAsync("explain shop --entity customer/42")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
        Assert.Null((await shell.RunAsync("status shop --json")).Expect(ExitCode.Done).Json["autopilot"]);
    }

    [Fact]
    public async Task Decisions_can_be_read_beside_the_process_that_owns_the_store()
    {
        using var shell = await Shell.WithStoreAsync();
        await PilotedStore.LiveAsync(shell, AutopilotMode.Act);
        await using var owner = await shell.OpenAsync();

        Assert.NotEmpty((await shell.RunAsync("decisions shop --json")).Expect(ExitCode.Done).Json.AsArray());
        (await shell.RunAsync("explain shop --entity customer/42")).Expect(ExitCode.Done);
    }

    [Fact]
    public async Task Explain_says_where_an_entity_is_what_was_decided_and_what_the_fleet_lacks()
    {
        using var shell = await Shell.WithStoreAsync();
        await PilotedStore.LiveAsync(shell, AutopilotMode.Advise, load: 400);

        var json = (await shell.RunAsync("explain shop --entity customer/42 --json")).Expect(ExitCode.Done).Json;
        var text = (await shell.RunAsync("explain shop --entity customer/42", width: 200)).Expect(ExitCode.Done).Output;

        Assert.Equal("customer/42", (string?)json["place"]!["entity"]);
        var partition = json["plan"]!["partitions"]!.AsArray().Single()!;
        Assert.Equal((string?)json["place"]!["shards"]![0]!["partition"], (string?)partition["name"]);
        Assert.True((double)partition["peakBefore"]! > 1);
        Assert.NotNull((string?)json["plan"]!["advice"]);
        Assert.StartsWith("customer/42 is on partition", text, StringComparison.Ordinal);
        Assert.Contains("Last plan: 2026-03-02 08:", text, StringComparison.Ordinal);
        Assert.Contains($"What the fleet lacks: {json["plan"]!["advice"]}", text, StringComparison.Ordinal);
        Assert.True(json["plan"]!["refusals"]!.AsArray().Count + json["decisions"]!.AsArray().Count > 0, text);
    }

    [Fact]
    public async Task Status_and_explain_tell_that_the_autopilot_is_paused_and_why()
    {
        using var shell = await Shell.WithStoreAsync();
        await PilotedStore.LiveAsync(shell, AutopilotMode.Act, pause: "the auditors are here");

        var status = (await shell.RunAsync("status shop --json")).Expect(ExitCode.Done).Json["autopilot"]!;
        Assert.Equal("the auditors are here", (string?)status["paused"]);
        Assert.Contains("paused: the auditors are here", (await shell.RunAsync("status shop", width: 300)).Output, StringComparison.Ordinal);
        Assert.Contains("paused: the auditors are here", (await shell.RunAsync("explain shop --entity customer/42")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("explain shop --entity 42", "as customer/42")]
    [InlineData("explain shop --entity customer/42 --partitions 3 --scale 2", "--partitions, --scale")]
    [InlineData("decisions shop --entity person/1", "customer, sensor, tariff")]
    public async Task What_a_store_does_not_take_is_said(string command, string said)
    {
        using var shell = await Shell.WithStoreAsync();

        Assert.Contains(said, (await shell.RunAsync(command)).Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
    }
}
