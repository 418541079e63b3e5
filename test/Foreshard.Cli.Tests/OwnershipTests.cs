using System.Diagnostics;

namespace Foreshard.Cli.Tests;

/// <summary>Commands beside a running application, and commands that are broken off.</summary>
public sealed class OwnershipTests
{
    private static readonly string[] Readers =
        ["status shop", "partition list shop", "where shop customer/42", "moves shop", "verify shop", "check shop", "mapping export shop shop-mapping.jsonl"];

    private static readonly string[] Writers =
    [
        "isolate shop customer/42", "move shop customer/42 p1", "split shop customer/42 --segments eu", "merge shop customer/42", "fold shop customer/42",
        "drain shop p1", "drain shop p1 --end", "partition add shop p9", "partition remove shop p1", "apply shop 2 schema.sql",
    ];

    [Fact]
    public async Task Commands_that_read_work_beside_an_owner_and_the_others_name_it()
    {
        using var shell = await Shell.WithStoreAsync();
        await using var owner = await shell.OpenAsync();

        foreach (var command in Readers) (await shell.RunAsync(command)).Expect(ExitCode.Done);
        foreach (var command in Writers)
        {
            var refused = (await shell.RunAsync(command)).Expect(ExitCode.Owned);
            Assert.Contains($"process {Environment.ProcessId} ", refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_process_of_its_own_does_the_same()
    {
        using var shell = await Shell.WithStoreAsync();
        await using var owner = await shell.OpenAsync();

        var refused = (await shell.StartAsync("isolate shop customer/42")).Expect(ExitCode.Owned);
        var shown = (await shell.StartAsync("status shop --json")).Expect(ExitCode.Done);

        Assert.Contains($"process {Environment.ProcessId} ", refused.Error, StringComparison.Ordinal);
        Assert.Equal(16, (int)shown.Json["buckets"]!);
        Assert.Empty(shown.Error);
    }

    [Fact]
    public async Task A_reader_sees_what_the_owner_does_meanwhile()
    {
        using var shell = await Shell.WithStoreAsync();
        await using var owner = await shell.OpenAsync();

        await owner.IsolateAsync(owner.Schema["customer"].Key(42));

        Assert.Contains("in a place of its own", (await shell.RunAsync("where shop customer/42")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_move_that_is_given_up_leaves_everything_as_it_was()
    {
        using var shell = await Shell.WithStoreAsync(orders: 150_000);
        (await shell.RunAsync("isolate shop customer/42")).Expect(ExitCode.Done);
        var before = (await shell.RunAsync("where shop customer/42")).Output;
        var to = before.Contains("partition p1", StringComparison.Ordinal) ? "p2" : "p1";
        using var stop = new CancellationTokenSource();

        var move = shell.RunAsync($"move shop customer/42 {to}", cancellationToken: stop.Token);
        await StopWhenCopyingAsync(shell, stop);

        Assert.Equal("Given up. Everything is as it was.", (await move).Expect(ExitCode.Cancelled).Error.Trim());
        Assert.Equal(before, (await shell.RunAsync("where shop customer/42")).Output);
        Assert.Contains("aborted", (await shell.RunAsync("moves shop")).Output, StringComparison.Ordinal);
        (await shell.RunAsync("verify shop")).Expect(ExitCode.Done);
    }

    private static async Task StopWhenCopyingAsync(Shell shell, CancellationTokenSource stop)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(30))
        {
            var moves = await shell.RunAsync("moves shop");
            if (moves.Output.Contains("copying", StringComparison.Ordinal)) break;
            await Task.Delay(1);
        }

        await stop.CancelAsync();
    }
}
