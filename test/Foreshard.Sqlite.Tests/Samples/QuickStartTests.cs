using System.Diagnostics;

namespace Foreshard.Sqlite.Tests.Samples;

/// <summary>The README's example is the sample's code to the letter, and the sample does what the README says.</summary>
public sealed class QuickStartTests
{
    [Fact]
    public void The_example_in_the_readme_is_the_sample()
    {
        var root = Root();
        var code = File.ReadAllText(Path.Combine(root, "samples", "QuickStart", "Program.cs"));
        var example = code[code.IndexOf("var shop", StringComparison.Ordinal)..].TrimEnd();

        Assert.Contains("```csharp\n" + example + "\n```", File.ReadAllText(Path.Combine(root, "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sample_splits_moves_and_reads_one_entity_again_and_again()
    {
        var folder = Directory.CreateTempSubdirectory("foreshard-sample").FullName;
        try
        {
            var first = await RunAsync(folder);
            var second = await RunAsync(folder);

            Assert.Contains("customer/42 {us} is on partition p2", first, StringComparison.Ordinal);
            Assert.EndsWith("read with the same SQL as before: 1", first.TrimEnd(), StringComparison.Ordinal);
            Assert.Contains("customer/42 {us} is on partition p1", second, StringComparison.Ordinal);
            Assert.EndsWith("read with the same SQL as before: 2", second.TrimEnd(), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> RunAsync(string folder)
    {
        var program = Path.Combine(Root(), "artifacts", "bin", "QuickStart", "release", "QuickStart.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, errors);
        return output;
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Foreshard.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside of the repository.");
    }
}
