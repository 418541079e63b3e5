namespace Foreshard.Cli.Tests;

/// <summary>Announced events, from the first to a damaged file.</summary>
public sealed class EventCommandTests
{
    private const string Friday = "--from 2026-11-27 --to 2026-11-28T00:00+01:00 --times 8";

    [Fact]
    public async Task Events_of_a_store_are_announced_listed_and_taken_back_beside_its_owner()
    {
        using var shell = await Shell.WithStoreAsync(orders: 1);
        await using var owner = await shell.OpenAsync();

        Assert.Contains("No events", (await shell.RunAsync("event list shop")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
        var added = (await shell.RunAsync($"event add shop --entity customer/042 {Friday} --name \"Black Friday\" --json")).Expect(ExitCode.Done).Json;
        (await shell.RunAsync($"event add shop {Friday}")).Expect(ExitCode.Done);

        Assert.Equal(
            """{"id":1,"name":"Black Friday","entity":"customer/42","from":"2026-11-27T00:00:00Z","to":"2026-11-27T23:00:00Z","times":8}""",
            added.ToJsonString());
        Assert.Equal(["1 customer/42", "2 "], await ListAsync(shell, "shop"));
        Assert.Contains("all entities", (await shell.RunAsync("event remove shop --id 2")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
        (await shell.RunAsync($"event add shop {Friday}")).Expect(ExitCode.Done);
        Assert.Equal(["1 customer/42", "3 "], await ListAsync(shell, "shop"));
        Assert.Equal(["events.json"], Directory.GetFiles(shell.Store, "events.json*").Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("event add shop --from 2026-11-28 --to 2026-11-27 --times 8", "before it begins")]
    [InlineData("event add shop --from 2026-11-28 --to 2026-11-28 --times 8", "or at once")]
    [InlineData("event add shop --from 2026-11-27 --to 2026-11-28 --times 0", "above 0")]
    [InlineData("event add shop --from 2026-11-27 --to 2026-11-28 --times -2", "above 0")]
    [InlineData("event add shop --from 2026-11-27 --to 2026-11-28", "--times")]
    [InlineData("event add shop --from soon --to 2026-11-28 --times 2", "'soon'")]
    [InlineData("event add shop --entity person/1 --from 2026-11-27 --to 2026-11-28 --times 2", "customer, sensor, tariff")]
    [InlineData("event add --file e.json --entity 42 --from 2026-11-27 --to 2026-11-28 --times 2", "as customer/42")]
    [InlineData("event add --from 2026-11-27 --to 2026-11-28 --times 2", "--file")]
    [InlineData("event list shop --file e.json", "Name one")]
    [InlineData("event list nowhere", "no folder")]
    [InlineData("event remove shop --id 1", "no event 1: none are announced")]
    [InlineData("event remove shop --id x", "'x'")]
    public async Task What_does_not_hold_is_refused_and_nothing_is_written(string command, string said)
    {
        using var shell = await Shell.WithStoreAsync(orders: 1);

        Assert.Contains(said, (await shell.RunAsync(command)).Expect(ExitCode.Usage).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(shell.Store, "events.json")));
        Assert.Empty(Directory.GetFiles(shell.Folder, "e.json*"));
    }

    [Theory]
    [InlineData("{ \"version\": 1, \"nextId\": 2, \"events\": [", "damaged")]
    [InlineData("{ \"version\": 2, \"nextId\": 1, \"events\": [] }", "version 2")]
    [InlineData("{ \"version\": 1, \"nextId\": 2, \"events\": [], \"more\": 1 }", "more")]
    [InlineData("null", "null")]
    [InlineData("", "damaged")]
    [InlineData("{ \"version\": 1, \"nextId\": 2, \"events\": [{ \"id\": 1, \"from\": \"2026-11-28\", \"to\": \"2026-11-27\", \"times\": 2 }] }", "event 1 ")]
    [InlineData("{ \"version\": 1, \"nextId\": 1, \"events\": [{ \"id\": 1, \"from\": \"2026-11-27\", \"to\": \"2026-11-28\", \"times\": 2 }] }", "nextId")]
    public async Task A_damaged_file_is_named_and_left_as_it_is(string text, string said)
    {
        using var shell = new Shell();
        shell.CopyData("bikeshare-hourly.csv");
        shell.Write("events.json", text);

        string[] commands =
        [
            "event list --file events.json", "event remove --file events.json --id 1", $"event add --file events.json {Friday}",
            "forecast bikeshare-hourly.csv --total --events events.json",
        ];
        foreach (var command in commands)
        {
            var failed = (await shell.RunAsync(command)).Expect(ExitCode.Failed);
            Assert.Contains("'events.json': ", failed.Error, StringComparison.Ordinal);
            Assert.Contains(said, failed.Error, StringComparison.Ordinal);
        }

        Assert.Equal(text, await File.ReadAllTextAsync(Path.Combine(shell.Folder, "events.json")));
    }

    [Fact]
    public async Task Events_that_are_announced_at_the_same_moment_all_arrive_or_are_refused()
    {
        using var shell = new Shell();

        var all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => shell.RunAsync($"event add --file e.json {Friday}"))));

        Assert.All(all, one => Assert.True(one.Code is ExitCode.Done or ExitCode.Failed, one.Error));
        Assert.Equal(all.Count(one => one.Code == ExitCode.Done), (await ListAsync(shell, "--file e.json")).Length);
    }

    private static async Task<string[]> ListAsync(Shell shell, string where)
    {
        var events = (await shell.RunAsync($"event list {where} --json")).Expect(ExitCode.Done).Json;
        return [.. events.AsArray().Select(one => $"{one!["id"]} {one["entity"]}")];
    }
}
