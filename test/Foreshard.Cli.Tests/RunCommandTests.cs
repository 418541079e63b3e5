using System.Globalization;
using System.Text.Json.Nodes;
using Foreshard.Cli.Output;
using Foreshard.Sessions;
using Foreshard.Sqlite;
using Spectre.Console;

namespace Foreshard.Cli.Tests;

/// <summary>The command follows a real file that grows meanwhile.</summary>
public sealed class RunCommandTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task It_advises_by_what_is_appended_and_moves_nothing()
    {
        using var shell = await Shell.WithStoreAsync();
        shell.Write("access.csv", "time,entity,cost\n" + Line(42, 0, TimeSpan.FromDays(-1)));
        await using var run = Running.Start(shell, "--json");
        await run.Error.WaitForAsync("Following", Patience);

        await AppendUntilAsync(shell, () => run.Output.ToString().Contains('\n', StringComparison.Ordinal), run);

        Assert.Equal(ExitCode.Done, await run.EndAsync());
        var decision = JsonNode.Parse(run.Output.ToString().Split('\n')[0])!;
        Assert.Equal("planned", (string?)decision["state"]);
        Assert.NotEmpty((string)decision["because"]!);
        Assert.Empty((await shell.RunAsync("moves shop --json")).Expect(ExitCode.Done).Json.AsArray());
        Assert.Contains((await shell.RunAsync("decisions shop --json")).Json.AsArray(), one => (long)one!["id"]! == (long)decision["id"]!);
    }

    [Fact]
    public async Task From_the_start_it_learns_what_is_in_the_log_first()
    {
        using var shell = await Shell.WithStoreAsync();
        var lines = Enumerable.Range(1, 60).Select(minute => Line(42, 5, TimeSpan.FromMinutes(-minute))).Reverse();
        shell.Write("access.csv", "time,entity,cost\n" + string.Concat(lines));
        await using var run = Running.Start(shell, "--from-start");

        await run.Error.WaitForAsync("Following", Patience);
        await run.EndAsync();

        Assert.Contains("Learned 60 accesses of 60 lines", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("60 of 60 lines were accepted; 1 entity known", run.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_that_do_not_count_and_a_new_file_are_told()
    {
        using var shell = await Shell.WithStoreAsync();
        var path = Path.Combine(shell.Folder, "access.csv");
        shell.Write("access.csv", "time,entity,cost\n" + Line(42, 1));
        await using var run = Running.Start(shell, "");
        await run.Error.WaitForAsync("Following", Patience);

        File.AppendAllText(path, "yesterday,42,1\n" + Line(42, 1));
        await run.Error.WaitForAsync("1 line of", Patience);
        File.Move(path, path + ".1");
        File.WriteAllText(path, "time,entity,cost\n" + Line(43, 1) + Line(44, 1));
        await run.Error.WaitForAsync("another file by now", Patience);
        await run.EndAsync();

        Assert.Contains("1 badTime (as 'yesterday,42,1')", run.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("3 of 4 lines were accepted", run.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run shop --log access.csv --type customer", ExitCode.Usage, "--capacity")]
    [InlineData("run shop --log access.csv --capacity 10", ExitCode.Usage, "customer, sensor, tariff")]
    [InlineData("run shop --log access.csv --capacity 10 --type person", ExitCode.Usage, "'person'")]
    [InlineData("run shop --capacity 10 --type customer", ExitCode.Usage, "--log")]
    [InlineData("run nowhere --log access.csv --capacity 10", ExitCode.Refused, "no store")]
    [InlineData("run shop --log access.csv --capacity 10 --type customer --time-zone Moon", ExitCode.Usage, "'Moon'")]
    public async Task What_cannot_be_followed_is_said(string command, int code, string said)
    {
        using var shell = await Shell.WithStoreAsync();

        Assert.Contains(said, (await shell.RunAsync(command)).Expect(code).Error, StringComparison.Ordinal);
    }

    /// <summary>The two customers together ask for more than their partition serves, second after second.</summary>
    private static async Task AppendUntilAsync(Shell shell, Func<bool> isThere, Running run)
    {
        var path = Path.Combine(shell.Folder, "access.csv");
        await using var store = await EntityStore.OpenAsync(shell.Store, null, new SqliteStoreOptions { ReadOnly = true });
        var type = store.Schema["customer"];
        var hot = store.Where(type.Key(42)).Shards[0].Partition;
        var crowd = Enumerable.Range(1, 500).Where(id => store.Where(type.Key(id)).Shards[0].Partition == hot)
            .DistinctBy(id => store.Where(type.Key(id)).Bucket).Take(4).ToList();
        for (var until = TimeProvider.System.GetUtcNow() + Patience; !isThere();)
        {
            Assert.True(TimeProvider.System.GetUtcNow() < until, $"No decision was printed, but:\n{run.Error}");
            File.AppendAllText(path, string.Concat(crowd.Select(id => Line(id, 20))));
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System);
        }
    }

    private static string Line(long id, double cost, TimeSpan ago = default) => string.Create(
        CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow().UtcDateTime + ago:yyyy-MM-ddTHH:mm:ss.fffffffZ},{id},{cost}\n");

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly Task<int> command;

        private Running(Shell shell, string options)
        {
            var terminal = new Terminal(Output, Error, 200, AnsiSupport.No, TimeProvider.System);
            command = Program.RunAsync(
                shell.Words($"run shop --log access.csv --type customer --capacity 100 --interval 1s {options}"), terminal, stop.Token);
        }

        public LineWriter Output { get; } = new();

        public LineWriter Error { get; } = new();

        public static Running Start(Shell shell, string options) => new(shell, options);

        public async Task<int> EndAsync()
        {
            await stop.CancelAsync();
            return await command.WaitAsync(Patience);
        }

        public async ValueTask DisposeAsync()
        {
            await EndAsync();
            stop.Dispose();
        }
    }
}
