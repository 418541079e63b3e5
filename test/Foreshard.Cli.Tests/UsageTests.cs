using System.CommandLine;
using System.Text.RegularExpressions;
using Foreshard.Cli.Output;
using Spectre.Console;

namespace Foreshard.Cli.Tests;

public sealed partial class UsageTests
{
    public static TheoryData<string> Commands => [.. CommandTree.All().Select(CommandTree.PathOf)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_names_every_argument_option_and_exit_code(string path)
    {
        using var shell = new Shell();
        var command = CommandTree.All().Single(command => CommandTree.PathOf(command) == path);

        var help = (await shell.RunAsync($"{path["foreshard".Length..]} --help", width: 80)).Expect(ExitCode.Done).Output;

        Assert.Contains($"foreshard{path["foreshard".Length..]}", help, StringComparison.Ordinal);
        Assert.All(command.Options, option => Assert.Contains(option.Name, help, StringComparison.Ordinal));
        Assert.All(command.Arguments, argument => Assert.Contains($"<{argument.Name}>", help, StringComparison.Ordinal));
        Assert.All(command.Options, option => Assert.NotNull(option.Description));
        Assert.All(command.Arguments, argument => Assert.NotNull(argument.Description));
        Assert.All(ExitCode.All, code => Assert.Contains($"{code.Code,3}  {code.Meaning}", help, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_command_that_does_something_prints_json_if_asked() => Assert.All(
        CommandTree.All().Where(command => command.Subcommands.Count == 0),
        command => Assert.Contains(command.Options, option => option.Name == "--json"));

    [Fact]
    public async Task The_version_is_told()
    {
        using var shell = new Shell();

        Assert.Matches(@"^foreshard \d+\.\d+\.\d+\s*$", (await shell.RunAsync("--version")).Expect(ExitCode.Done).Output);
    }

    [Theory]
    [InlineData("", "Name a command")]
    [InlineData("partition", "Name a command")]
    [InlineData("frobnicate", "'frobnicate'")]
    [InlineData("partition paint", "'paint'")]
    [InlineData("status", "Required argument")]
    [InlineData("status shop --fast", "'--fast'")]
    [InlineData("where shop 42", "as customer/42")]
    [InlineData("where shop person/42", "customer, sensor, tariff")]
    [InlineData("where shop customer/x", "64-bit integer")]
    [InlineData("where shop tariff/1 eu", "declares no group column")]
    [InlineData("where shop sensor/a monday", "'monday' is no group")]
    [InlineData("move shop customer/42", "the partition")]
    [InlineData("move shop customer/42 p1 --bucket 3", "--bucket")]
    [InlineData("split shop customer/42", "--segments")]
    [InlineData("split shop customer/42 --at 1 --segments eu", "--at")]
    [InlineData("check", "--schema")]
    [InlineData("check shop --sql schema.sql", "not both")]
    [InlineData("check --schema missing.json --sql schema.sql", "missing.json")]
    [InlineData("init other --buckets 100", "power of two")]
    [InlineData("init other --partitions many", "many")]
    [InlineData("init other --partitions 0", "1 to 1,000")]
    [InlineData("init other --sql schema.sql", "--schema")]
    [InlineData("apply shop two schema.sql", "two")]
    [InlineData("partition add shop p9 --capacity -1", "isn't negative")]
    [InlineData("move shop --bucket x p1", "'x'")]
    [InlineData("moves shop --last few", "'few'")]
    [InlineData("partition add shop p9 --size-budget huge", "500MB")]
    public async Task What_is_not_understood_is_said_in_a_line_or_two(string command, string said)
    {
        using var shell = await Shell.WithStoreAsync(orders: 1);

        var shown = (await shell.RunAsync(command)).Expect(ExitCode.Usage);

        Assert.Contains(said, shown.Error, StringComparison.Ordinal);
        Assert.Empty(shown.Output);
        Assert.InRange(shown.Error.Count(c => c == '\n'), 1, 3);
    }

    [Theory]
    [InlineData("status nowhere", ExitCode.Refused, "foreshard init")]
    [InlineData("isolate nowhere customer/42", ExitCode.Refused, "no store")]
    [InlineData("move shop customer/42 p9", ExitCode.Refused, "'p1', 'p2', 'p3'")]
    [InlineData("split shop customer/42 --at 5", ExitCode.Refused, "position")]
    [InlineData("drain shop p9", ExitCode.Refused, "p9")]
    [InlineData("fold nowhere customer/42", ExitCode.Refused, "no store")]
    public async Task What_is_refused_is_said_without_a_trace(string command, int code, string said)
    {
        using var shell = await Shell.WithStoreAsync(orders: 1);

        var shown = (await shell.RunAsync(command)).Expect(code);

        Assert.Contains(said, shown.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", shown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_file_is_a_failure_that_says_which()
    {
        using var shell = await Shell.WithStoreAsync(orders: 1);
        var file = Directory.EnumerateFiles(shell.Store, "p*-p2.db").Single();
        await File.WriteAllTextAsync(file, new string('x', 10_000));

        Assert.Contains("p2.db", (await shell.RunAsync("status shop")).Expect(ExitCode.Failed).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check shop", ExitCode.Done)]
    [InlineData("check --schema foreshard.json --sql bad.sql", ExitCode.Found)]
    [InlineData("status shop", ExitCode.Done)]
    [InlineData("verify shop", ExitCode.Done)]
    public async Task A_terminal_shows_the_same_in_colour(string command, int code)
    {
        using var shell = await Shell.WithStoreAsync(orders: 1);

        var plain = (await shell.RunAsync(command, width: 80)).Expect(code).Output;
        var coloured = (await shell.RunAsync(command, width: 80, AnsiSupport.Yes)).Expect(code).Output;

        Assert.DoesNotContain('\e', plain);
        var lines = Colour().Replace(coloured, "").Split('\n').Select(line => line.TrimEnd());
        Assert.Equal(plain.TrimEnd(), string.Join('\n', lines).TrimEnd());
    }

    [GeneratedRegex(@"\e\[[0-9;]*m")]
    private static partial Regex Colour();

    [Fact]
    public void Only_verbose_shows_what_nobody_expected()
    {
        var fault = Fault.Of(new InvalidOperationException("The cat is gone."));

        Assert.Equal(new Fault(ExitCode.Failed, "Unexpected failure: The cat is gone. Run with --verbose for details."), fault);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1_234, "1.2 kB")]
    [InlineData(123_456, "123 kB")]
    [InlineData(999_600, "1.0 MB")]
    [InlineData(long.MaxValue, "9223 PB")]
    public void Bytes_are_short(long bytes, string said) => Assert.Equal(said, Words.Bytes(bytes));

    [Theory]
    [InlineData(0.0412, "41 ms")]
    [InlineData(0.0031, "3.1 ms")]
    [InlineData(1.25, "1.3 s")]
    [InlineData(42, "42 s")]
    [InlineData(90, "2 min")]
    [InlineData(7200, "2 h")]
    [InlineData(400_000, "5 d")]
    public void Durations_are_short(double seconds, string said) => Assert.Equal(said, Words.Duration(TimeSpan.FromSeconds(seconds)));
}

/// <summary>All commands, as the command line knows them.</summary>
internal static class CommandTree
{
    public static IReadOnlyList<Command> All()
    {
        using var nowhere = new StringWriter();
        return [.. Below(new ForeshardCommand(new Terminal(nowhere, nowhere, 80, AnsiSupport.No, TimeProvider.System)))];
    }

    public static string PathOf(Command command) =>
        string.Join(' ', command.Parents.OfType<Command>().Select(PathOf).Append(command.Name));

    private static IEnumerable<Command> Below(Command command) => command.Subcommands.SelectMany(Below).Prepend(command);
}
