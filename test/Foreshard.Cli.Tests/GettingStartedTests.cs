using System.Text.RegularExpressions;

namespace Foreshard.Cli.Tests;

/// <summary><c>docs/getting-started.md</c> is two samples to the letter, and its commands print what it shows.</summary>
public sealed partial class GettingStartedTests
{
    private static readonly string Text = DocumentPage.Read("getting-started.md");

    [Theory]
    [InlineData("With Dapper", "ShopWithDapper/Program.cs")]
    [InlineData("With EF Core", "ShopWithEfCore/ShopContext.cs", "ShopWithEfCore/Program.cs")]
    public void The_code_on_the_page_is_the_sample(string chapter, params string[] files)
    {
        var sample = files.Select(file => File.ReadAllText(Path.Combine(DocumentPage.Root, "samples", file)).TrimEnd());

        Assert.Equal(string.Join("\n\n", sample), DocumentPage.Code(DocumentPage.Chapter(Text, chapter)));
    }

    [Theory]
    [InlineData("With Dapper", "ShopWithDapper")]
    [InlineData("With EF Core", "ShopWithEfCore")]
    [Trait("Category", "Slow")]
    public async Task Commands_print_what_the_page_shows(string chapter, string sample)
    {
        using var shell = new Shell();
        foreach (var (command, output) in DocumentPage.Examples(DocumentPage.Chapter(Text, chapter)))
        {
            if (command == "dotnet run")
            {
                var printed = await shell.RunSampleAsync(sample);
                Assert.Equal(WithoutTimes(output), WithoutTimes(printed.Expect(0).Output));
            }
            else
            {
                var printed = await shell.RunAsync(command["foreshard ".Length..]);
                Assert.Equal(WithoutCounts(output), WithoutCounts(printed.Expect(0).Output));
            }
        }
    }

    /// <summary>Rows of a small unit are counted if finding them takes long, which differs from run to run.</summary>
    private static string WithoutCounts(string text) =>
        DocumentPage.Masked(Counts().Replace(text, "")).Replace("–", "#", StringComparison.Ordinal);

    private static string WithoutTimes(string text) => Milliseconds().Replace(text, "# ms");

    [GeneratedRegex(@"[\d,]+ rows, [\d.]+ k?B, ")]
    private static partial Regex Counts();

    [GeneratedRegex(@"\d+ ms")]
    private static partial Regex Milliseconds();
}
