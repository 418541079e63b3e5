namespace Foreshard.Tests.House;

public sealed class CodeTests
{
    [Fact]
    public void Files_are_short() => Repository.Code.SelectMany(CodeRules.LongFiles).MustBeNone(
        $"A file has at most {CodeRules.MaxFileLines} lines. Split it at its second noun, or into partial files by concern (Mover.Copy.cs).");

    [Fact]
    public void Methods_are_short() => Repository.Code.SelectMany(CodeRules.LongMethods).MustBeNone(
        $"A method has at most {CodeRules.MaxMethodLines} lines. Let the parent branch and give the leaves names.");

    [Fact]
    public void Lines_are_short() => Repository.Code.SelectMany(CodeRules.LongLines).MustBeNone(
        $"A line of code has at most {CodeRules.MaxLineLength} characters. Break it.");

    [Fact]
    public void Names_say_what_a_thing_is() => Repository.Code.SelectMany(CodeRules.EmptyNames).MustBeNone(
        "Manager, Helper, Utils, Service and Impl name nothing. Use the noun or verb of the domain: Mover, RouteCache.");

    [Fact]
    public void Namespaces_follow_the_folders() => Repository.Code.SelectMany(CodeRules.StrayNamespaces).MustBeNone(
        "A namespace is the path of its folder below src, test or bench. Move the file or rename the namespace.");

    [Fact]
    public void Files_are_named_after_what_they_declare() => Repository.Code.SelectMany(CodeRules.UnnamedFiles).MustBeNone(
        "A file is named after a type that it declares; partial files add their concern (Mover.Copy.cs). Rename the file.");

    [Fact]
    public void Long_files_declare_one_public_type() => Repository.Code.SelectMany(CodeRules.CrowdedFiles).MustBeNone(
        $"Only a file of at most {CodeRules.MaxLinesWithCompanions} lines may declare a second public type. Give each its own file.");

    [Fact]
    public void Warnings_are_answered_and_not_hidden() => Repository.Code.SelectMany(CodeRules.HiddenWarnings).MustBeNone(
        "A warning is fixed where it stands. If a rule is wrong for the whole project, change .editorconfig and say why there.");

    [Fact]
    public void Deciding_folders_neither_wait_nor_look_at_the_world() => Repository.Core.SelectMany(CodeRules.Impurities).MustBeNone(
        "Profiling, Forecasting, Sharding and Balancing are pure, so that a day can be replayed: take times and values as arguments, return "
        + "decisions with their reasons, and leave waiting, files and logging to Moving and Autopilot.");

    [Fact]
    public void The_product_asks_the_system_for_temporary_folders() => Repository.Product.SelectMany(CodeRules.TemporaryFolders).MustBeNone(
        "A path below /tmp doesn't exist everywhere. Take the folder as an option, or ask Path.GetTempPath.");

    [Fact]
    public void A_file_of_one_line_too_many_is_found()
    {
        Assert.Empty(CodeRules.LongFiles(Made(Repeat("// line\n", CodeRules.MaxFileLines))));
        Assert.Single(CodeRules.LongFiles(Made(Repeat("// line\n", CodeRules.MaxFileLines + 1))));
    }

    [Fact]
    public void A_method_of_one_line_too_many_is_found()
    {
        Assert.Empty(CodeRules.LongMethods(Made(Method(CodeRules.MaxMethodLines))));
        Assert.Single(CodeRules.LongMethods(Made(Method(CodeRules.MaxMethodLines + 1))));

        static string Method(int lines) => $"class Made\n{{\n/// <summary>Not counted.</summary>\nvoid Run()\n{{\n{Repeat(";\n", lines - 3)}}}\n}}";
    }

    [Theory]
    [InlineData("class MoveManager;", 1)]
    [InlineData("class Made { enum LoadHelper { One } }", 1)]
    [InlineData("class RoutingService : IDisposable;", 1)]
    [InlineData("class AutopilotService : BackgroundService;", 0)]
    [InlineData("class ManagerOfNothing;", 0)]
    public void An_empty_name_is_found(string text, int findings) => Assert.Equal(findings, CodeRules.EmptyNames(Made(text)).Count());

    [Theory]
    [InlineData("namespace Foreshard.Balancing;", 0)]
    [InlineData("namespace Foreshard;", 1)]
    [InlineData("namespace Foreshard.Balancing.Deep { }", 1)]
    public void A_stray_namespace_is_found(string text, int findings) =>
        Assert.Equal(findings, CodeRules.StrayNamespaces(Made(text)).Count());

    [Theory]
    [InlineData("class Made; class Companion;", 0)]
    [InlineData("class Other { class Made; }", 1)]
    [InlineData("// Program", 0)]
    public void A_file_that_is_named_after_nothing_in_it_is_found(string text, int findings) =>
        Assert.Equal(findings, CodeRules.UnnamedFiles(Made(text)).Count());

    [Fact]
    public void A_long_file_with_two_public_types_is_found()
    {
        const string types = "public class Made;\npublic record Companion;\n";
        Assert.Empty(CodeRules.CrowdedFiles(Made(types)));
        Assert.Single(CodeRules.CrowdedFiles(Made(types + Repeat("// line\n", CodeRules.MaxLinesWithCompanions))));
        Assert.Empty(CodeRules.CrowdedFiles(Made("public class Made;\nclass Companion;\n" + Repeat("// line\n", CodeRules.MaxLinesWithCompanions))));
    }

    [Theory]
    [InlineData("#pragma warning disable CS0168\nclass Made;")]
    [InlineData("class Made\n{\n#pragma warning disable\n}")]
    [InlineData("[System.Diagnostics.CodeAnalysis.SuppressMessage(\"\", \"\")] class Made;")]
    [InlineData("[UnconditionalSuppressMessage(\"\", \"\")] class Made;")]
    public void A_hidden_warning_is_found(string text) => Assert.Single(CodeRules.HiddenWarnings(Made(text)));

    [Theory]
    [InlineData("class Made { async Task RunAsync() => await other; }", 3)]
    [InlineData("class Made(ILogger log);", 1)]
    [InlineData("class Made { long At => DateTime.UtcNow.Ticks; }", 1)]
    [InlineData("class Made { long At => DateTimeOffset.Now.Ticks; }", 1)]
    [InlineData("class Made { long At(Look look) => look.Now.Ticks; }", 0)]
    [InlineData("class Made { string All => File.ReadAllText(path); }", 1)]
    [InlineData("class Made { /* File */ string Text => \"await\"; }", 0)]
    public void An_impurity_is_found(string text, int findings) => Assert.Equal(findings, CodeRules.Impurities(Made(text)).Count());

    private static RepositoryFile Made(string text) => new("src/Foreshard/Balancing/Made.cs", text);

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));
}
