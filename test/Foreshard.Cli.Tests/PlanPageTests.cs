using System.Text.Json;
using Foreshard.Balancing;

namespace Foreshard.Cli.Tests;

/// <summary><c>docs/reading-a-plan.md</c> shows plans that commands print, and explains every word in them.</summary>
public sealed class PlanPageTests
{
    private static readonly string Text = DocumentPage.Read("reading-a-plan.md");

    [Fact]
    public async Task Commands_print_what_the_page_shows()
    {
        using var shell = new Shell();
        shell.CopyData("bikeshare-hourly.csv");
        shell.CopyData("bikeshare-trips.csv");
        foreach (var (command, output) in DocumentPage.Examples(Text))
        {
            var printed = await shell.RunAsync(command["foreshard ".Length..]);
            DocumentPage.MustShow(output, printed.Expect(ExitCode.Done).Output);
        }
    }

    [Fact]
    public void Every_reason_and_every_refusal_is_explained()
    {
        string[] words = [.. Enum.GetNames<StepReason>(), .. Enum.GetNames<RefusalReason>()];

        Assert.All(words, word => Assert.Contains($"\n| `{JsonNamingPolicy.CamelCase.ConvertName(word)}` |", Text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_page_that_shows_something_else_is_found()
    {
        DocumentPage.MustShow("first\n[…]\nlast 2", "first\nmiddle\nlast 1");

        Assert.ThrowsAny<Exception>(() => DocumentPage.MustShow("first", "first\nmiddle"));
        Assert.ThrowsAny<Exception>(() => DocumentPage.MustShow("last\n[…]\nfirst", "first\nmiddle\nlast"));
    }
}
