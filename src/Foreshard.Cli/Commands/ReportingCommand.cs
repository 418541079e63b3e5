using System.CommandLine;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Foreshard.Cli.Output;

namespace Foreshard.Cli.Commands;

/// <summary>A command that prints a report: for people, or as JSON.</summary>
internal abstract class ReportingCommand : Command
{
    protected ReportingCommand(string name, string description, Terminal terminal)
        : base(name, description)
    {
        Terminal = terminal;
        SetAction(RunAsync);
    }

    protected Terminal Terminal { get; }

    protected Option<bool> Json { get; } = new("--json") { Description = "Print JSON instead of text" };

    protected abstract Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken);

    /// <summary>Prints the report as JSON if that was asked for, otherwise as <paramref name="people"/> print it.</summary>
    protected void Print<T>(ParseResult arguments, T report, JsonTypeInfo<T> type, Action<T> people)
    {
        if (arguments.GetValue(Json)) Terminal.Output.WriteLine(JsonSerializer.Serialize(report, type));
        else people(report);
    }

    protected void Say(string line) => Terminal.Output.WriteLine(line);

    /// <summary>The text of a file that was named on the command line.</summary>
    protected static Task<string> ReadAsync(FileInfo file, CancellationToken cancellationToken) => File.ReadAllTextAsync(file.FullName, cancellationToken);

    /// <summary>An option that names a file which is there.</summary>
    protected static Option<FileInfo> FileOption(string name, string description) =>
        new Option<FileInfo>(name) { HelpName = "FILE", Description = description }.AcceptExistingOnly();

    /// <summary>An option that is a text, or nothing.</summary>
    protected static Option<string?> TextOption(string name, string helpName, string description) =>
        new(name) { HelpName = helpName, Description = description };

    /// <summary>The option of a page with plots.</summary>
    protected static Option<string?> HtmlOption() => TextOption("--html", "FILE", "Write a report with plots: one file, for any browser");

    /// <summary>Says before a large log is read that a page can't be written where it is wanted.</summary>
    /// <exception cref="UsageException">There is no such folder.</exception>
    protected static void CheckFolderOf(string? page)
    {
        if (page is null) return;
        if (Path.GetDirectoryName(Path.GetFullPath(page)) is not { } folder) throw new UsageException($"--html takes the name of a file, not '{page}'.");
        if (!Directory.Exists(folder)) throw new UsageException($"--html '{page}': there is no folder '{folder}'. Make it, or name another one.");
        if (Directory.Exists(page)) throw new UsageException($"--html '{page}': this is a folder. Name a file in it.");
    }

    /// <summary>An option that is a number within limits.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it says.</param>
    /// <param name="otherwise">What holds if it is left out. One that doesn't fit means that nothing was said; the help shows none.</param>
    /// <param name="fits">Whether a number is within the limits.</param>
    /// <param name="expected">The limits in words: what it takes.</param>
    public static Option<T> NumberOption<T>(string name, string description, T otherwise, Func<T, bool> fits, string expected)
        where T : struct, INumber<T> => new(name)
        {
            HelpName = "N",
            Description = description,
            DefaultValueFactory = fits(otherwise) ? _ => otherwise : null,
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (!T.TryParse(text, CultureInfo.InvariantCulture, out var number) || !fits(number))
                    result.AddError($"{name} takes {expected}, not '{text}'.");
                return number;
            },
        };
}
