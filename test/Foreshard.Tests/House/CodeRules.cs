using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Foreshard.Tests.House;

/// <summary>Rules that one C# file keeps or breaks by itself.</summary>
internal static partial class CodeRules
{
    public const int MaxFileLines = 400;
    public const int MaxMethodLines = 70;
    public const int MaxLineLength = 160;

    /// <summary>From this length on, a file is about one public type.</summary>
    public const int MaxLinesWithCompanions = 150;

    /// <summary>Words that say nothing about what a thing is.</summary>
    private static readonly string[] EmptyWords = ["Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Utilities", "Service", "Impl"];

    /// <summary>Base types of the host whose name ends so: what derives from them may end so too.</summary>
    private static readonly string[] HostedBases = ["BackgroundService", "IHostedService", "IHostedLifecycleService"];

    private static readonly string[] PureFolders = ["Profiling", "Forecasting", "Sharding", "Balancing"];

    /// <summary>What a decision must not touch: clocks, files, loggers, other threads' work.</summary>
    private static readonly HashSet<string> Impure =
    [
        "Console", "File", "FileInfo", "FileStream", "Stream", "StreamReader", "StreamWriter",
        "ILogger", "ILoggerFactory", "LoggerMessage",
        "TimeProvider", "Stopwatch", "Timer", "PeriodicTimer", "UtcNow", "Today", "TickCount", "TickCount64",
        "Task", "ValueTask", "IAsyncEnumerable", "Thread",
    ];

    /// <summary>Likewise, where the last name alone may be a value that was handed in.</summary>
    private static readonly HashSet<string> ImpureMembers = ["DateTime.Now", "DateTimeOffset.Now"];

    public static IEnumerable<Finding> LongFiles(RepositoryFile file)
    {
        if (file.Lines.Length > MaxFileLines) yield return file.AsWhole($"{file.Lines.Length} lines");
    }

    public static IEnumerable<Finding> LongLines(RepositoryFile file) => file.Lines
        .Select((line, index) => (line.Length, Number: index + 1))
        .Where(line => line.Length > MaxLineLength)
        .Select(line => file.At(line.Number, $"{line.Length} characters"));

    /// <summary>Methods, constructors, operators, accessors and local functions, their attributes and comments inside included.</summary>
    public static IEnumerable<Finding> LongMethods(RepositoryFile file) =>
        from node in file.Root.DescendantNodes()
        where node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax
        let span = node.GetLocation().GetLineSpan()
        let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
        where lines > MaxMethodLines
        select file.At(node, $"{lines} lines");

    public static IEnumerable<Finding> EmptyNames(RepositoryFile file)
    {
        var types = file.Types.Where(type => !IsHosted(type)).ToList();
        foreach (var type in types.Where(type => IsEmptyName(RepositoryFile.NameOf(type))))
            yield return file.At(type, $"the type {RepositoryFile.NameOf(type)}");
        if (IsEmptyName(file.Stem) && types.Count > 0) yield return file.AsWhole("the file's name");
    }

    /// <summary>A file of <c>src/Foreshard.Sqlite/Copying/</c> declares <c>Foreshard.Sqlite.Copying</c>, and so everywhere.</summary>
    public static IEnumerable<Finding> StrayNamespaces(RepositoryFile file)
    {
        var expected = string.Join('.', file.Folder.Split('/').Skip(1));
        return file.Root.Members.OfType<BaseNamespaceDeclarationSyntax>()
            .Where(declared => declared.Name.ToString() != expected)
            .Select(declared => file.At(declared, $"declares {declared.Name}, its folder is {expected}"));
    }

    public static IEnumerable<Finding> UnnamedFiles(RepositoryFile file)
    {
        var types = file.TopLevelTypes.ToList();
        if (types.Count > 0 && types.All(type => RepositoryFile.NameOf(type) != file.Stem))
            yield return file.AsWhole($"declares {string.Join(", ", types.Select(RepositoryFile.NameOf))} and no {file.Stem}");
    }

    public static IEnumerable<Finding> CrowdedFiles(RepositoryFile file)
    {
        var types = file.TopLevelTypes.Where(type => type.Modifiers.Any(SyntaxKind.PublicKeyword)).Select(RepositoryFile.NameOf).Distinct().ToList();
        if (types.Count > 1 && file.Lines.Length > MaxLinesWithCompanions)
            yield return file.AsWhole($"{file.Lines.Length} lines with {types.Count} public types: {string.Join(", ", types)}");
    }

    /// <summary>What hides a warning instead of answering it.</summary>
    public static IEnumerable<Finding> HiddenWarnings(RepositoryFile file)
    {
        var pragmas = file.Root.DescendantTrivia()
            .Where(trivia => trivia.IsKind(SyntaxKind.PragmaWarningDirectiveTrivia))
            .Select(trivia => file.At(trivia.Token, trivia.ToString().Trim()));
        var attributes = file.Root.DescendantNodes().OfType<AttributeSyntax>()
            .Where(attribute => attribute.Name.ToString().Contains("SuppressMessage", StringComparison.Ordinal))
            .Select(attribute => file.At(attribute, attribute.Name.ToString()));
        return pragmas.Concat(attributes);
    }

    /// <summary>What breaks the promise that a decision can be replayed: waiting, reading a clock, doing I/O, logging.</summary>
    public static IEnumerable<Finding> Impurities(RepositoryFile file) => IsPure(file)
        ? file.Root.DescendantTokens()
            .Where(IsImpure)
            .Select(token => file.At(token, token.ValueText))
        : [];

    public static IEnumerable<Finding> TemporaryFolders(RepositoryFile file) => file.Lines
        .Select((line, index) => (Text: line, Number: index + 1))
        .Where(line => TemporaryFolder().IsMatch(line.Text))
        .Select(line => file.At(line.Number, line.Text.Trim()));

    private static bool IsPure(RepositoryFile file) =>
        PureFolders.Any(folder => file.Path.StartsWith($"{FolderDirection.CorePath}{folder}/", StringComparison.Ordinal));

    private static bool IsImpure(SyntaxToken token) => token.Kind() switch
    {
        SyntaxKind.AwaitKeyword or SyntaxKind.AsyncKeyword => true,
        SyntaxKind.IdentifierToken when token.Parent is SimpleNameSyntax name => Impure.Contains(token.ValueText)
            || (name.Parent is MemberAccessExpressionSyntax use && use.Name == name && ImpureMembers.Contains(use.ToString())),
        _ => false,
    };

    private static bool IsEmptyName(string name) => EmptyWords.Any(word => name.EndsWith(word, StringComparison.Ordinal));

    private static bool IsHosted(MemberDeclarationSyntax type) =>
        type is BaseTypeDeclarationSyntax { BaseList: { } bases } && bases.Types.Any(one => HostedBases.Contains(one.Type.ToString()));

    [GeneratedRegex("\"/tmp\\b")]
    private static partial Regex TemporaryFolder();
}
