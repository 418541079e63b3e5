using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using Foreshard.Cli.Commands;
using Foreshard.Cli.Output;
using Foreshard.Cli.Tests.Fleets;
using Spectre.Console;

namespace Foreshard.Cli.Tests;

/// <summary><c>docs/cli.md</c> says what the command does: every command, every option, every property, and examples that ran.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Text = DocumentPage.Read("cli.md");

    [Fact]
    public void Every_command_has_its_chapter_with_an_example_and_no_other_does()
    {
        var commands = CommandTree.All().Where(command => command.Subcommands.Count == 0).ToList();
        var chapters = Headings().Matches(Text).Select(heading => heading.Groups[1].Value).ToList();

        Assert.Equal(commands.Select(CommandTree.PathOf).Order(StringComparer.Ordinal), chapters.Order(StringComparer.Ordinal));
        Assert.All(commands, command => Assert.Contains($"\n$ {CommandTree.PathOf(command)} ", Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_argument_option_and_exit_code_is_named()
    {
        var commands = CommandTree.All();

        Assert.All(commands.SelectMany(command => command.Options).Where(option => !option.Recursive && option.Name != "--version"), option =>
            Assert.Contains(option.Name, Text, StringComparison.Ordinal));
        Assert.All(commands.SelectMany(command => command.Arguments), argument => Assert.Contains(argument.Name, Text, StringComparison.Ordinal));
        Assert.All(ExitCode.All, code => Assert.Contains($"| {code.Code} | {code.Meaning} |", Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_property_of_json_is_named()
    {
        var reports = typeof(CheckReport).Assembly.GetTypes().Where(type => type.Name.EndsWith("Report", StringComparison.Ordinal) && !type.IsAbstract);
        var names = reports
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            .Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name))
            .ToHashSet();

        Assert.True(names.Count > 40);
        Assert.All(names, name => Assert.Contains($"`{name}`", Text, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Examples_print_what_the_document_shows()
    {
        await using var fleet = new FleetFolder();
        var shell = fleet.Shell;
        WriteFiles(shell);

        foreach (var (command, output) in DocumentPage.Examples(Text))
        {
            // Takes its time, and differs each time: its own tests run it.
            if (command.StartsWith("foreshard demo ", StringComparison.Ordinal)) continue;
            var shown = await RunAsync(shell, command["foreshard ".Length..]);
            DocumentPage.MustShow(output, shown.Output + shown.Error);
            if (command.StartsWith("foreshard init shop ", StringComparison.Ordinal)) await shell.AddCustomerAsync(42, 1200);
        }
    }

    /// <summary>Commands that go on until Ctrl+C get it once they have printed what the example shows.</summary>
    private static async Task<Printed> RunAsync(Shell shell, string command)
    {
        var end = command.Split(' ')[0] switch { "serve" => "Ctrl+C ends it.", "run" => "  planned: ", _ => null };
        if (end is null) return await shell.RunAsync(command);
        using var output = new LineWriter();
        using var error = new LineWriter();
        using var stop = new CancellationTokenSource();
        var running = Program.RunAsync(shell.Words(command), new Terminal(output, error, 120, AnsiSupport.No, TimeProvider.System), stop.Token);
        await output.WaitForAsync(end, TimeSpan.FromMinutes(1));
        await stop.CancelAsync();
        var code = await running;
        return new Printed(code, Short(output), Short(error));

        string Short(LineWriter text) => text.ToString().Replace(shell.Folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
    }

    private static void WriteFiles(Shell shell)
    {
        shell.Write("access.csv", "time,entity,cost\n" + string.Concat(Accesses(TimeProvider.System.GetUtcNow())));
        string[] names = ["foreshard.json", "schema.sql", "draft.sql", "authors.sql", "server.sql"];
        shell.CopyData("bikeshare-hourly.csv");
        shell.CopyData("online-retail.csv");
        foreach (var (name, file) in names.Zip(Files().Matches(Text))) shell.Write(name, file.Groups[1].Value);
    }

    /// <summary>Forty customers that ask, for a quarter of an hour, for 240 cost units a second together.</summary>
    private static IEnumerable<string> Accesses(DateTimeOffset now) =>
        from second in Enumerable.Range(1, 90)
        from customer in Enumerable.Range(1, 40)
        select $"{now.AddSeconds(-10 * (91 - second)):yyyy-MM-ddTHH:mm:ssZ},{customer},60\n";

    [GeneratedRegex(@"^## `(foreshard [a-z ]*[a-z])\b", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"^```(?:jsonc|sql)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Files();
}
