using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Foreshard.Tests.House;

/// <summary>Whoever meets an error finds it in <c>docs/errors.md</c>, by its name.</summary>
public sealed class ErrorDocumentTests
{
    private const string Document = "docs/errors.md";

    [Fact]
    public void Every_public_exception_is_explained() =>
        Missing(PublicExceptions(Repository.Product), Text).MustBeNone($"Say in {Document} when it comes, what state things are in, and what to do.");

    [Fact]
    public void Every_reason_for_a_refusal_is_explained() =>
        Missing(MembersOf("MoveRefusal", Repository.Product), Text).MustBeNone($"Say in {Document} what the reason means and what to do.");

    [Fact]
    public void Every_finding_of_a_verification_is_explained() =>
        Missing(MembersOf("FindingKind", Repository.Product), Text).MustBeNone($"Say in {Document} what the finding means and what to do.");

    [Theory]
    [InlineData("public sealed class GoneException : ForeshardException;", 1)]
    [InlineData("public sealed class GoneException() : Exception(\"\");", 1)]
    [InlineData("public abstract class KnownException : Exception;", 0)]
    [InlineData("internal sealed class GoneException : Exception;", 0)]
    [InlineData("public sealed class Gone : IDisposable;", 0)]
    public void An_exception_that_is_not_explained_is_found(string text, int findings) =>
        Assert.Equal(findings, Missing(PublicExceptions([Made(text)]), "| `KnownException` | `GoneExceptions` |").Count());

    [Fact]
    public void A_reason_that_is_not_explained_is_found()
    {
        var members = MembersOf("MoveRefusal", [Made("public enum MoveRefusal { Known, Gone } public enum Other { Apart }")]);

        Assert.Equal(["the reason Gone"], Missing(members, "`Known`").Select(finding => finding.What));
    }

    private static string Text => Repository.Documents.Single(document => document.Path == Document).Text;

    private static IEnumerable<Finding> Missing(IEnumerable<(string Name, Finding Finding)> found, string document) =>
        found.Where(one => !document.Contains($"`{one.Name}`", StringComparison.Ordinal)).Select(one => one.Finding);

    private static List<(string Name, Finding Finding)> PublicExceptions(IReadOnlyList<RepositoryFile> files) => MustBeSome(
        from file in files
        from type in file.TopLevelTypes.OfType<ClassDeclarationSyntax>()
        where type.Modifiers.Any(SyntaxKind.PublicKeyword) && type.Identifier.Text.EndsWith("Exception", StringComparison.Ordinal)
        select (type.Identifier.Text, file.At(type, $"the exception {type.Identifier.Text}")), files);

    private static List<(string Name, Finding Finding)> MembersOf(string name, IReadOnlyList<RepositoryFile> files) => MustBeSome(
        from file in files
        from type in file.TopLevelTypes.OfType<EnumDeclarationSyntax>()
        where type.Identifier.Text == name
        from member in type.Members
        select (member.Identifier.Text, file.At(member, $"the reason {member.Identifier.Text}")), files);

    /// <summary>In the repository a search that finds nothing looked in the wrong place.</summary>
    private static List<(string Name, Finding Finding)> MustBeSome(IEnumerable<(string Name, Finding Finding)> found, IReadOnlyList<RepositoryFile> files)
    {
        var all = found.ToList();
        return all.Count > 0 || files.Count < 2 ? all : throw new InvalidOperationException("None of what should be explained was found.");
    }

    private static RepositoryFile Made(string text) => new("src/Foreshard/Made.cs", text);
}
