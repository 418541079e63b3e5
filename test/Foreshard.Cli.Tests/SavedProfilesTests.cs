namespace Foreshard.Cli.Tests;

/// <summary>Profiles that a command leaves behind, and goes on from.</summary>
public sealed class SavedProfilesTests
{
    private const string Options = "--column entity=start_station --json --top 5";

    [Fact]
    public async Task A_log_in_two_overlapping_pieces_counts_as_the_whole()
    {
        using var shell = WithPieces();

        var whole = (await shell.RunAsync($"profile whole.csv {Options}")).Expect(ExitCode.Done).Json;
        (await shell.RunAsync($"profile first.csv {Options} --profiles kept.bin")).Expect(ExitCode.Done);
        var second = (await shell.RunAsync($"profile second.csv {Options} --profiles kept.bin")).Expect(ExitCode.Done).Json;

        Assert.True((long)second["traffic"]!["seenBefore"]! > 0);
        Assert.Equal(Counted(whole), Counted(second));
    }

    [Fact]
    public async Task A_damaged_file_is_told_of_kept_and_not_used()
    {
        using var shell = WithPieces();
        (await shell.RunAsync($"profile first.csv {Options} --profiles kept.bin")).Expect(ExitCode.Done);
        var bytes = File.ReadAllBytes(Path.Combine(shell.Folder, "kept.bin"));
        bytes[^100] ^= 1;
        File.WriteAllBytes(Path.Combine(shell.Folder, "kept.bin"), bytes);

        var shown = (await shell.RunAsync($"profile second.csv {Options} --profiles kept.bin")).Expect(ExitCode.Done);

        Assert.Contains("checksum", shown.Error, StringComparison.Ordinal);
        Assert.Contains("kept.bin.damaged", shown.Error, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(shell.Folder, "kept.bin.damaged")));
        Assert.Equal(0, (long)shown.Json["traffic"]!["seenBefore"]!);

        var other = (await shell.RunAsync($"profile second.csv {Options} --slot 30min --profiles kept.bin")).Expect(ExitCode.Done);
        Assert.Contains("01:00:00", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_needs_no_saved_profiles()
    {
        using var shell = WithPieces();
        shell.CopyData("bikeshare-hourly.csv");

        var shown = (await shell.RunAsync("profile bikeshare-hourly.csv --profiles kept.bin")).Expect(ExitCode.Usage);

        Assert.Contains("table", shown.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(shell.Folder, "kept.bin")));
    }

    private static Shell WithPieces()
    {
        var shell = new Shell();
        shell.CopyData("bikeshare-trips.csv");
        var lines = File.ReadAllLines(Path.Combine(shell.Folder, "bikeshare-trips.csv"));
        File.WriteAllLines(Path.Combine(shell.Folder, "whole.csv"), lines);
        File.WriteAllLines(Path.Combine(shell.Folder, "first.csv"), lines[..(lines.Length / 2)]);
        File.WriteAllLines(Path.Combine(shell.Folder, "second.csv"), [lines[0], .. lines[(lines.Length / 3)..]]);
        return shell;
    }

    private static IEnumerable<(string?, long)> Counted(System.Text.Json.Nodes.JsonNode report) =>
        report["top"]!.AsArray().Select(one => ((string?)one!["entity"], (long)one["accesses"]!)).Order();
}
