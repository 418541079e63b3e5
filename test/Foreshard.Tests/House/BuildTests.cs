using System.Xml.Linq;

namespace Foreshard.Tests.House;

/// <summary>Projects, packages and what the build is told to overlook.</summary>
public sealed class BuildTests
{
    /// <summary>The only warnings that are switched off, and where; the reasons stand there.</summary>
    private static readonly Dictionary<string, string> DocumentedNoWarn = new() { ["test/Directory.Build.props"] = "$(NoWarn);CS1591;CA1707" };

    /// <summary>Which project of the product may reference which. The core has no driver and no web, so it references none.</summary>
    private static readonly Dictionary<string, string[]> MayReference = new()
    {
        ["Foreshard"] = [],
        ["Foreshard.Sqlite"] = ["Foreshard"],
        ["Foreshard.PostgreSql"] = ["Foreshard"],
        ["Foreshard.Etcd"] = ["Foreshard"],
        ["Foreshard.Fleet"] = ["Foreshard", "Foreshard.PostgreSql", "Foreshard.Etcd"],
        ["Foreshard.Simulation"] = ["Foreshard"],
        ["Foreshard.Hosting"] = ["Foreshard", "Foreshard.Sqlite", "Foreshard.Fleet"],
        ["Foreshard.Server"] = ["Foreshard", "Foreshard.Sqlite", "Foreshard.Fleet", "Foreshard.Hosting"],
        ["Foreshard.Cli"] =
            ["Foreshard", "Foreshard.Sqlite", "Foreshard.PostgreSql", "Foreshard.Etcd", "Foreshard.Fleet", "Foreshard.Simulation", "Foreshard.Server"],
    };

    private static IEnumerable<RepositoryFile> Projects => Repository.BuildFiles.Where(IsProject);

    [Fact]
    public void Every_project_of_the_product_has_content() => Projects
        .Where(project => project.Top == "src")
        .Where(project => !Repository.Product.Any(file => file.Path.StartsWith(project.Folder + "/", StringComparison.Ordinal)))
        .Select(project => project.AsWhole("no C# file"))
        .MustBeNone("An empty project promises what isn't there. Fill it or take it out.");

    [Fact]
    public void Every_project_is_built_with_the_solution()
    {
        var built = Elements(Repository.Files.Single(file => file.Path == "Foreshard.slnx"), "Project", "Path").ToHashSet();
        Projects.Where(project => !built.Contains(project.Path)).Select(project => project.AsWhole("not in Foreshard.slnx"))
            .MustBeNone("What is not in the solution is neither built nor tested. Add the project to Foreshard.slnx.");
    }

    [Fact]
    public void Projects_reference_only_what_lies_below_them() => Projects
        .Where(project => project.Top == "src")
        .SelectMany(project => Elements(project, "ProjectReference", "Include")
            .Select(path => Path.GetFileNameWithoutExtension(path))
            .Where(used => !MayReference.GetValueOrDefault(ProjectName(project), []).Contains(used))
            .Select(used => project.AsWhole($"references {used}")))
        .MustBeNone("Engines build on the core and nothing else; a new project needs its line in BuildTests.MayReference.");

    [Fact]
    public void Package_versions_stand_in_one_place_and_each_is_used()
    {
        var versions = Elements(Repository.Files.Single(file => file.Path == "Directory.Packages.props"), "PackageVersion", "Include").ToHashSet();
        var uses = Repository.BuildFiles.SelectMany(file => Elements(file, "PackageReference", "Include").Select(name => (File: file, Name: name))).ToList();

        uses.Where(use => !versions.Contains(use.Name)).Select(use => use.File.AsWhole($"{use.Name} has no central version"))
            .MustBeNone("Versions of packages stand in Directory.Packages.props. Add a PackageVersion there.");
        Repository.BuildFiles.SelectMany(file => Elements(file, "PackageReference", "Version").Select(version => file.AsWhole($"version {version}")))
            .MustBeNone("Versions of packages stand in Directory.Packages.props and nowhere else. Take the attribute out.");
        versions.Except(uses.Select(use => use.Name)).Select(name => new Finding("Directory.Packages.props", $"{name} is used by no project"))
            .MustBeNone("A version that no project uses is dead. Take it out; it comes back with the project that needs it.");
    }

    [Fact]
    public void Warnings_are_switched_off_where_that_is_documented_and_nowhere_else() => Repository.BuildFiles
        .SelectMany(file => XDocument.Parse(file.Text).Descendants()
            .Where(element => element.Name.LocalName is "NoWarn" or "WarningsNotAsErrors" or "MSBuildWarningsAsMessages"
                || element is { Name.LocalName: "TreatWarningsAsErrors", Value: not "true" })
            .Where(element => DocumentedNoWarn.GetValueOrDefault(file.Path) != element.Value)
            .Select(element => file.AsWhole(element.ToString())))
        .MustBeNone("Answer the warning in the code. If the rule is wrong for the whole project, change .editorconfig and say why there.");

    private static bool IsProject(RepositoryFile file) => file.Path.EndsWith(".csproj", StringComparison.Ordinal);

    private static string ProjectName(RepositoryFile project) => Path.GetFileNameWithoutExtension(project.Name);

    private static IEnumerable<string> Elements(RepositoryFile file, string element, string attribute) =>
        from found in XDocument.Parse(file.Text).Descendants(element)
        let value = (string?)found.Attribute(attribute)
        where value is not null
        select value;
}
