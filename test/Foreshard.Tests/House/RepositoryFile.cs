using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Foreshard.Tests.House;

/// <summary>A text file of the repository, or one made up to see whether a rule finds what it should.</summary>
/// <param name="path">From the repository's root, with <c>/</c>.</param>
/// <param name="text">All of it, a byte order mark included.</param>
internal sealed class RepositoryFile(string path, string text)
{
    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview);

    private readonly Lazy<SyntaxTree> tree = new(() => CSharpSyntaxTree.ParseText(text, Options, path));

    public string Path { get; } = path;

    public string Text { get; } = text;

    public string[] Lines { get; } = text.TrimEnd('\n').Split('\n');

    /// <summary>The first folder (<c>src</c>); empty for files in the root.</summary>
    public string Top => Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.IndexOf('/', StringComparison.Ordinal)] : "";

    public string Folder => Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.LastIndexOf('/')] : "";

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The name up to its first dot: what <c>Mover.Copy.cs</c> has in common with <c>Mover.cs</c>.</summary>
    public string Stem => Name.Split('.')[0];

    public bool IsCode => Path.EndsWith(".cs", StringComparison.Ordinal);

    /// <summary>Project files and what they import.</summary>
    public bool IsBuildFile => System.IO.Path.GetExtension(Path) is ".csproj" or ".props" or ".targets";

    public SyntaxTree Tree => tree.Value;

    public CompilationUnitSyntax Root => Tree.GetCompilationUnitRoot(TestContext.Current.CancellationToken);

    /// <summary>Types that stand in no other type.</summary>
    public IEnumerable<MemberDeclarationSyntax> TopLevelTypes =>
        Types.Where(type => type.Parent is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax);

    /// <summary>All types, delegates included.</summary>
    public IEnumerable<MemberDeclarationSyntax> Types => Root.DescendantNodes()
        .OfType<MemberDeclarationSyntax>()
        .Where(member => member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax)
        .Where(member => NameOf(member).Length > 0);

    public static string NameOf(MemberDeclarationSyntax type) => type switch
    {
        BaseTypeDeclarationSyntax declared => declared.Identifier.Text,
        DelegateDeclarationSyntax declared => declared.Identifier.Text,
        _ => "",
    };

    public Finding At(SyntaxNodeOrToken node, string what) => At(node.GetLocation()!.GetLineSpan().StartLinePosition.Line + 1, what);

    public Finding At(int line, string what) => new($"{Path}:{line}", what);

    public Finding AsWhole(string what) => new(Path, what);
}
