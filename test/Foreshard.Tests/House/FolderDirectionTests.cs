namespace Foreshard.Tests.House;

public sealed class FolderDirectionTests
{
    [Fact]
    public void Folders_use_only_what_lies_below_them() => FolderDirection.Violations(Repository.Core).MustBeNone(
        "A folder of the core uses one that it may not (docs/architecture.md). Move the code to where both may be used, hand the "
        + "values in as arguments, or put what both need into the root. A new folder needs its line in FolderDirection.MayUse.");

    [Fact]
    public void Every_name_of_the_core_is_seen_when_its_direction_is_checked() => FolderDirection.Unseen(Repository.Core).MustBeNone(
        "The direction of use is read from resolved names, and these were not found. Let the test project reference what they come from.");

    [Theory]
    [InlineData("Mapping", "using Foreshard.Moving; namespace Foreshard.Mapping; class Page { Mover? mover; }")]
    [InlineData("Mapping", "namespace Foreshard.Mapping; class Page { Moving.Mover? mover; }")]
    [InlineData("Mapping", "namespace Foreshard.Mapping; class Page { Foreshard.Moving.Mover? mover; }")]
    [InlineData("Schema", "namespace Foreshard.Schema; class Rules { int Steps => Middle.Of().Steps; }")]
    [InlineData("", "namespace Foreshard; class Key { Moving.Mover? mover; }")]
    [InlineData("Elsewhere", "namespace Foreshard.Elsewhere; class Stray;")]
    public void A_use_against_the_direction_is_found(string folder, string text) => Assert.NotEmpty(Violations(folder, text));

    [Theory]
    [InlineData("Mapping", "namespace Foreshard.Mapping; /// <summary><see cref=\"Moving.Mover\"/></summary>\nclass Page;")]
    [InlineData("Sessions", "using Foreshard.Moving; namespace Foreshard.Sessions; class Session { Mover? mover; }")]
    [InlineData("Moving", "namespace Foreshard.Moving; class Log { object note = Diagnostics.Notes.One; Middle? middle; }")]
    [InlineData("Mapping", "namespace Foreshard.Mapping; class Page { int Moving; int Twice => Moving.CompareTo(2); }")]
    public void A_use_along_the_direction_is_not(string folder, string text) => Assert.Empty(Violations(folder, text));

    private static IEnumerable<Finding> Violations(string folder, string text) => FolderDirection.Violations([
        new($"src/Foreshard/{(folder.Length > 0 ? folder + "/" : "")}Tried.cs", text),
        new("src/Foreshard/Moving/Mover.cs", "namespace Foreshard.Moving { class Mover { public int Steps; } }"),
        new("src/Foreshard/Sessions/Middle.cs", "namespace Foreshard { static class Middle { public static Moving.Mover Of() => new(); } }"),
        new("src/Foreshard/Diagnostics/Notes.cs", "namespace Foreshard.Diagnostics { static class Notes { public const string One = \"\"; } }"),
    ]);
}
