using System.Text.RegularExpressions;

namespace Foreshard.Tests.House;

/// <summary>What documents promise: that a command is there, that a link leads somewhere.</summary>
internal static partial class DocumentRules
{
    /// <param name="document">A Markdown file.</param>
    /// <param name="exists">Whether the repository has such a file or folder, from the root.</param>
    public static IEnumerable<Finding> MissingCommands(RepositoryFile document, Func<string, bool> exists) =>
        from line in Commands(document)
        from Match command in Command().Matches(line.Text)
        let path = command.Groups["script"].Value + command.Groups["project"].Value
        where !exists(path)
        select document.At(line.Number, command.Value.Trim());

    /// <inheritdoc cref="MissingCommands"/>
    public static IEnumerable<Finding> DeadLinks(RepositoryFile document, Func<string, bool> exists) =>
        from line in document.Lines.Select((text, index) => (Text: text, Number: index + 1))
        from Match link in Link().Matches(line.Text)
        let target = link.Groups["target"].Value.Split('#')[0]
        where target.Length > 0 && !target.Contains(':', StringComparison.Ordinal)
        where !exists(Resolve(document.Folder, target))
        select document.At(line.Number, link.Groups["target"].Value);

    /// <summary>Lines of fenced blocks, and what stands between backticks in a line.</summary>
    private static IEnumerable<(string Text, int Number)> Commands(RepositoryFile document)
    {
        var isFenced = false;
        for (var index = 0; index < document.Lines.Length; index++)
        {
            var line = document.Lines[index];
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal)) isFenced = !isFenced;
            else if (isFenced) yield return (line, index + 1);
            else foreach (Match span in CodeSpan().Matches(line)) yield return (span.Groups[1].Value, index + 1);
        }
    }

    private static string Resolve(string folder, string target)
    {
        var parts = new List<string>();
        foreach (var part in $"{(target.StartsWith('/') ? "" : folder)}/{target}".Split('/'))
        {
            if (part == ".." && parts.Count > 0) parts.RemoveAt(parts.Count - 1);
            else if (part is not ("" or ".")) parts.Add(part);
        }

        return string.Join('/', parts);
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex CodeSpan();

    /// <summary>A script at the beginning of a command, or the project of <c>dotnet run</c>.</summary>
    [GeneratedRegex(@"(?:^|&&|\||;)\s*(?:\$ )?(?:[A-Z_]+=\S+ )*\./(?<script>[\w./-]+)|dotnet run\b[^|&;]*?--project[ =](?<project>[\w./-]+)")]
    private static partial Regex Command();

    [GeneratedRegex("""\]\((?<target>[^)\s]+)[^)]*\)|(?:src|href|srcset)="(?<target>[^"]+)"|^\[[^\]]+\]:\s*(?<target>\S+)""")]
    private static partial Regex Link();
}
