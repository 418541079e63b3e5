namespace Foreshard.Cli.Tests;

/// <summary>The mapping table as a file: exported beside the store, imported where it was lost.</summary>
public sealed class MappingCommandTests
{
    private const string Table = "shop/mapping.db";

    [Fact]
    public async Task A_store_that_has_lost_its_table_goes_on_with_that_of_an_export()
    {
        using var shell = await MakeAsync();
        var exported = (await shell.RunAsync("mapping export shop shop-mapping.jsonl --json")).Expect(ExitCode.Done).Json;
        var before = (await shell.RunAsync("where shop customer/42")).Expect(ExitCode.Done).Output;
        File.Delete(Path.Combine(shell.Folder, Table));

        (await shell.RunAsync("where shop customer/42")).Expect(ExitCode.Refused);
        var imported = (await shell.RunAsync("mapping import shop shop-mapping.jsonl --json")).Expect(ExitCode.Done).Json;

        Assert.Equal(exported.ToJsonString(), imported.ToJsonString());
        Assert.Equal(before, (await shell.RunAsync("where shop customer/42")).Expect(ExitCode.Done).Output);
        (await shell.RunAsync("verify shop")).Expect(ExitCode.Done);
        (await shell.RunAsync("move shop customer/42 p1")).Expect(ExitCode.Done);
    }

    [Fact]
    public async Task What_is_there_is_never_written_over()
    {
        using var shell = await MakeAsync();
        (await shell.RunAsync("mapping export shop shop-mapping.jsonl")).Expect(ExitCode.Done);

        var again = (await shell.RunAsync("mapping export shop shop-mapping.jsonl")).Expect(ExitCode.Failed);
        var over = (await shell.RunAsync("mapping import shop shop-mapping.jsonl")).Expect(ExitCode.Refused);

        Assert.Contains("shop-mapping.jsonl", again.Error, StringComparison.Ordinal);
        Assert.Contains("move the file away first", over.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "is not whole")]
    [InlineData(2, "is not whole")]
    [InlineData(0, "no export")]
    public async Task Half_a_file_is_no_table(int lines, string told)
    {
        using var shell = await MakeAsync();
        (await shell.RunAsync("mapping export shop shop-mapping.jsonl")).Expect(ExitCode.Done);
        File.Delete(Path.Combine(shell.Folder, Table));
        var file = Path.Combine(shell.Folder, "shop-mapping.jsonl");
        await File.WriteAllLinesAsync(file, (await File.ReadAllLinesAsync(file)).Take(lines));

        var refused = (await shell.RunAsync("mapping import shop shop-mapping.jsonl")).Expect(ExitCode.Usage);

        Assert.Contains(told, refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(shell.Folder, Table)));
    }

    private static async Task<Shell> MakeAsync()
    {
        var shell = await Shell.WithStoreAsync();
        (await shell.RunAsync("isolate shop customer/42")).Expect(ExitCode.Done);
        (await shell.RunAsync("move shop customer/42 p2")).Expect(ExitCode.Done);
        return shell;
    }
}
