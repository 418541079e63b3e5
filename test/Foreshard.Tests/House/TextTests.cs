namespace Foreshard.Tests.House;

public sealed class TextTests
{
    [Fact]
    public void Work_is_done_and_not_announced() => Repository.Files.SelectMany(TextRules.UnkeptPromises).MustBeNone(
        "Do it now, or say in a sentence what the code doesn't do and why. Git remembers the rest.");

    [Fact]
    public void No_file_names_a_folder_of_one_machine() => Repository.Files.SelectMany(TextRules.MachinePaths).MustBeNone(
        "Name paths from the repository's root; it is checked out elsewhere, too.");

    [Fact]
    public void No_file_says_where_packages_come_from() => Repository.Files.SelectMany(TextRules.Registries).MustBeNone(
        "Leave registries to the configuration of the machine that builds.");

    [Fact]
    public void No_file_sends_its_reader_to_a_tracker() => Repository.Files.SelectMany(TextRules.TrackerNumbers).MustBeNone(
        "Write down what the thread taught; a number alone teaches nothing, and trackers go.");

    [Fact]
    public void Files_are_plain_text_with_unix_line_breaks() => Repository.Files.SelectMany(TextRules.Bytes).MustBeNone(
        "Save as UTF-8 without a byte order mark, with LF, with a line break at the end.");

    [Theory]
    [InlineData("// TO" + "DO: later", 1)]
    [InlineData("<!-- FIX" + "ME -->", 1)]
    [InlineData("MASTO" + "DON", 0)]
    public void An_unkept_promise_is_found(string text, int findings) =>
        Assert.Equal(findings, TextRules.UnkeptPromises(Made(text)).Count());

    [Theory]
    [InlineData("cd /ho" + "me/ann/shop", 1)]
    [InlineData("\"/wo" + "rk/main\"", 1)]
    [InlineData("see src/work/plan.md and $base/home/x", 0)]
    [InlineData("GET https://example.org/home/42", 0)]
    public void A_path_of_one_machine_is_found(string text, int findings) =>
        Assert.Equal(findings, TextRules.MachinePaths(Made(text)).Count());

    [Theory]
    [InlineData("--source https://api.nu" + "get.org", 1)]
    [InlineData("dotnet add package Foreshard", 0)]
    public void A_registry_is_found(string text, int findings) => Assert.Equal(findings, TextRules.Registries(Made(text)).Count());

    [Theory]
    [InlineData("// works around issue " + "#17", 1)]
    [InlineData("fill: #171717; an issue of 17 pages", 0)]
    public void A_tracker_number_is_found(string text, int findings) =>
        Assert.Equal(findings, TextRules.TrackerNumbers(Made(text)).Count());

    [Theory]
    [InlineData("\uFEFFtext\n", 1)]
    [InlineData("text\r\n", 1)]
    [InlineData("text", 1)]
    [InlineData("text\n", 0)]
    [InlineData("", 0)]
    public void Stray_bytes_are_found(string text, int findings) => Assert.Equal(findings, TextRules.Bytes(Made(text)).Count());

    private static RepositoryFile Made(string text) => new("docs/made.md", text);
}
