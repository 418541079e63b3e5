using System.Text;

namespace Foreshard.Tests.House;

/// <summary>The repository that these tests were built from, found from the folder of the test assembly upwards.</summary>
internal static class Repository
{
    private static readonly HashSet<string> NotOurs =
        [".git", ".idea", ".vs", "artifacts", "bin", "obj", "node_modules", "TestResults", "BenchmarkDotNet.Artifacts"];

    private static readonly Lazy<IReadOnlyList<RepositoryFile>> All = new(Read);

    /// <summary>The folder of <c>Foreshard.slnx</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every text file, in the order of their paths.</summary>
    public static IReadOnlyList<RepositoryFile> Files => All.Value;

    /// <summary>All C# files.</summary>
    public static IReadOnlyList<RepositoryFile> Code => SomeOf(file => file.IsCode);

    /// <summary>The C# files of the product.</summary>
    public static IReadOnlyList<RepositoryFile> Product => SomeOf(file => file.IsCode && file.Top == "src");

    /// <summary>The C# files of the assembly that has the folders of the house.</summary>
    public static IReadOnlyList<RepositoryFile> Core =>
        SomeOf(file => file.IsCode && file.Path.StartsWith(FolderDirection.CorePath, StringComparison.Ordinal));

    public static IReadOnlyList<RepositoryFile> BuildFiles => SomeOf(file => file.IsBuildFile);

    public static IReadOnlyList<RepositoryFile> Documents => SomeOf(file => file.Name.EndsWith(".md", StringComparison.Ordinal));

    /// <summary>The files that a rule is about. A rule about nothing would pass for ever, so there must be some.</summary>
    private static List<RepositoryFile> SomeOf(Func<RepositoryFile, bool> wanted)
    {
        var some = Files.Where(wanted).ToList();
        return some.Count > 0 ? some : throw new InvalidOperationException($"A search below '{Root}' found none of the files that a rule is about.");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Foreshard.slnx"))) return folder.FullName;
        }

        throw new InvalidOperationException(
            $"No Foreshard.slnx in or above '{AppContext.BaseDirectory}': the rules are checked on the sources, so run the tests in the repository.");
    }

    private static List<RepositoryFile> Read()
    {
        var files = new List<RepositoryFile>();
        Read(new DirectoryInfo(Root), "", files);
        return [.. files.OrderBy(file => file.Path, StringComparer.Ordinal)];
    }

    private static void Read(DirectoryInfo folder, string path, List<RepositoryFile> files)
    {
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (NotOurs.Contains(entry.Name)) continue;
            if (entry is DirectoryInfo below)
            {
                Read(below, $"{path}{below.Name}/", files);
                continue;
            }

            // Bytes, since reading as text would drop the byte order mark that a rule looks for.
            var bytes = File.ReadAllBytes(entry.FullName);
            if (!bytes.Contains((byte)0)) files.Add(new RepositoryFile(path + entry.Name, Encoding.UTF8.GetString(bytes)));
        }
    }
}
