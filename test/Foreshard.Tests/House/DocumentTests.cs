namespace Foreshard.Tests.House;

public sealed class DocumentTests
{
    [Fact]
    public void Commands_in_documents_exist() => Repository.Documents
        .SelectMany(document => DocumentRules.MissingCommands(document, Exists))
        .MustBeNone("A document shows a command that isn't there. Make it or take the claim out.");

    [Fact]
    public void Links_in_documents_lead_somewhere() => Repository.Documents
        .SelectMany(document => DocumentRules.DeadLinks(document, Exists))
        .MustBeNone("A link leads nowhere. Links are relative to their document.");

    [Theory]
    [InlineData("```sh\n./gone.sh --fast\n```", 1)]
    [InlineData("Run `CI=true ./gone.sh`.", 1)]
    [InlineData("```\ndotnet run -c Release --project bench/Gone -- --all\n```", 1)]
    [InlineData("```\n./there.sh && dotnet run --project bench/There\n```", 0)]
    [InlineData("Run ./gone.sh, or `shop --folder ./data`.", 0)]
    public void A_missing_command_is_found(string text, int findings) =>
        Assert.Equal(findings, DocumentRules.MissingCommands(Made(text), IsThere).Count());

    [Theory]
    [InlineData("[a](gone.md) and [b](there.md#part)", 1)]
    [InlineData("![a](img/gone.svg \"title\")", 1)]
    [InlineData("<img src=\"img/gone.svg\">", 1)]
    [InlineData("[a]: ../gone.md", 1)]
    [InlineData("[a](../there.sh) [b](#part) [c](https://example.org/x)", 0)]
    public void A_dead_link_is_found(string text, int findings) =>
        Assert.Equal(findings, DocumentRules.DeadLinks(Made(text), IsThere).Count());

    private static bool Exists(string path) => Path.Exists(Path.Combine(Repository.Root, path));

    private static bool IsThere(string path) => path is "there.sh" or "docs/there.md" or "bench/There";

    private static RepositoryFile Made(string text) => new("docs/made.md", text);
}
