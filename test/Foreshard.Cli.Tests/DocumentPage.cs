using System.Text.RegularExpressions;

namespace Foreshard.Cli.Tests;

/// <summary>What the pages in <c>docs</c> show: commands with their output, and code.</summary>
internal static partial class DocumentPage
{
    private const string LeftOut = "[…]";

    /// <summary>The folder that the repository is in.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A page's text.</summary>
    public static string Read(string name) => File.ReadAllText(Path.Combine(Root, "docs", name));

    /// <summary>What stands under a heading of the second level.</summary>
    public static string Chapter(string text, string heading)
    {
        var chapter = text.Split("\n## ").SingleOrDefault(part => part.StartsWith(heading + "\n", StringComparison.Ordinal));
        return chapter ?? throw new InvalidOperationException($"The page has no chapter '{heading}'.");
    }

    /// <summary>Commands after a <c>$</c>, in their order, with what is shown of their output.</summary>
    public static IReadOnlyList<(string Command, string Output)> Examples(string text)
    {
        var examples = Example().Matches(text).Select(example => (example.Groups["command"].Value, example.Groups["output"].Value)).ToList();
        return examples.Count > 0 ? examples : throw new InvalidOperationException("The page shows no command.");
    }

    /// <summary>Blocks of C#, put together with an empty line between them.</summary>
    public static string Code(string text) => string.Join("\n\n", CodeBlock().Matches(text).Select(block => block.Groups[1].Value));

    /// <summary>Fails unless the page shows what was printed; where it shows <c>[…]</c>, anything may have been.</summary>
    public static void MustShow(string shown, string printed)
    {
        var pieces = shown.Split(LeftOut).Select(Masked).ToList();
        var all = Masked(printed);
        if (pieces.Count == 1) Assert.Equal(pieces[0], all);
        var at = 0;
        foreach (var piece in pieces)
        {
            var found = all.IndexOf(piece, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"The page shows\n{piece}\nbut printed is\n{all[at..]}");
            at = found + piece.Length;
        }
    }

    /// <summary>
    /// Without what differs from run to run: times, sizes, and the blanks that tables are filled with. What forecasts come to, and where
    /// they lose, is shown but not held fast: each improvement changes it.
    /// </summary>
    public static string Masked(string text)
    {
        text = Plans().Replace(text, "plan\n");
        text = Verdicts().Replace(text, "");
        text = Bars().Replace(text, "#");
        text = Numbers().Replace(text, "#");
        text = Ages().Replace(text, "#");
        text = Lines().Replace(text, "-");
        return Blanks().Replace(text, " ").Trim();
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Foreshard.slnx"))) folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex(@"^\$ (?<command>[^\n]*)\n(?<output>.*?)(?=^\$ |^```)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex(@"^```csharp\n(.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^(Worse than|Too low|Biased).*\n(.+\n)?", RegexOptions.Multiline)]
    private static partial Regex Verdicts();

    /// <summary>What is planned, what becomes of an entity, and who did better: paragraphs to the next empty line, or to the name of the file.</summary>
    [GeneratedRegex(
        @"^(Plan from|What becomes of it|Predictive: |No partition was|Last plan: |No decision about |[\d: -]+  ([a-z]+: )?(isolate|move|split) )(.*\S.*\n)+"
        + @"(\n[ ]partition  .*\n.*\n(.*\S.*\n)+\n([^'\n].*\n)*)?",
        RegexOptions.Multiline)]
    private static partial Regex Plans();

    [GeneratedRegex("[▁-█░▒][▁-█░▒ ]*")]
    private static partial Regex Bars();

    [GeneratedRegex(@"[~+-]?\d[\d.,]*( (B|kB|MB|GB|ms|s|min|h)\b)?")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"(# ago|now)$", RegexOptions.Multiline)]
    private static partial Regex Ages();

    [GeneratedRegex("─+")]
    private static partial Regex Lines();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
