using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Foreshard.Tests.House;

/// <summary>Which folder of the core may use which, and where that is broken.</summary>
internal static class FolderDirection
{
    public const string CorePath = "src/Foreshard/";

    private const string CoreNamespace = "Foreshard";

    /// <summary>What the compiler sees beside the files: the implicit usings of a library.</summary>
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    /// <summary>
    /// The direction of use, beside the root and <c>Diagnostics</c>, which every folder may use. The empty name is the root. As
    /// docs/architecture.md draws it.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, string[]> MayUse = new Dictionary<string, string[]>
    {
        [""] = [],
        ["Diagnostics"] = [],
        ["Schema"] = [],
        ["Mapping"] = [],
        ["Profiling"] = [],
        ["Partitions"] = ["Schema"],
        ["Forecasting"] = ["Profiling"],
        ["Sharding"] = ["Profiling", "Forecasting", "Mapping"],
        ["Balancing"] = ["Sharding", "Profiling", "Forecasting", "Mapping"],
        ["Routing"] = ["Mapping", "Partitions", "Schema"],
        ["Moving"] = ["Mapping", "Partitions", "Schema"],
        ["Autopilot"] = ["Moving", "Balancing", "Sharding", "Forecasting", "Profiling", "Partitions", "Mapping", "Schema"],
        ["Sessions"] =
            ["Autopilot", "Routing", "Moving", "Balancing", "Sharding", "Forecasting", "Profiling", "Partitions", "Mapping", "Schema"],
    };

    /// <summary>Uses against the direction. Names are resolved by the compiler, so <c>var</c> and aliases hide nothing; comments don't count.</summary>
    public static IEnumerable<Finding> Violations(IReadOnlyList<RepositoryFile> core)
    {
        var compilation = Compile(core);
        foreach (var file in core)
        {
            var folder = FolderOf(file);
            if (!MayUse.TryGetValue(folder, out var allowed))
            {
                yield return file.AsWhole($"the folder {folder} has no place in the house");
                continue;
            }

            var model = compilation.GetSemanticModel(file.Tree);
            foreach (var name in file.Root.DescendantNodes().OfType<SimpleNameSyntax>())
            {
                var used = FolderOf(model.GetSymbolInfo(name).Symbol);
                if (used is null or "" || used == folder || allowed.Contains(used)) continue;
                if (used == "Diagnostics" && folder.Length > 0) continue;
                yield return file.At(name, $"{(folder.Length > 0 ? folder : "the root")} uses {used} ('{name}')");
            }
        }
    }

    /// <summary>Names that the compiler could not find: what it can't see, it can't judge.</summary>
    public static IEnumerable<Finding> Unseen(IReadOnlyList<RepositoryFile> core) => Compile(core)
        .GetDeclarationDiagnostics()
        .Where(diagnostic => diagnostic.Id is "CS0234" or "CS0246")
        .Select(diagnostic => new Finding(diagnostic.Location.GetLineSpan().ToString(), diagnostic.ToString()));

    private static CSharpCompilation Compile(IReadOnlyList<RepositoryFile> core)
    {
        var platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        var references = platform
            .Where(path => !Path.GetFileName(path).StartsWith(CoreNamespace, StringComparison.OrdinalIgnoreCase))
            .Select(path => MetadataReference.CreateFromFile(path));
        var implicitUsings = new RepositoryFile("ImplicitUsings.cs", ImplicitUsings);
        return CSharpCompilation.Create(
            CoreNamespace,
            core.Append(implicitUsings).Select(file => file.Tree),
            references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
    }

    private static string FolderOf(RepositoryFile file)
    {
        var parts = file.Path[CorePath.Length..].Split('/');
        return parts.Length > 1 ? parts[0] : "";
    }

    /// <summary>The folder that a symbol belongs to: empty for the root, null if it isn't the core's.</summary>
    private static string? FolderOf(ISymbol? symbol)
    {
        var home = (symbol as INamespaceSymbol ?? symbol?.ContainingNamespace)?.ToDisplayString();
        if (home == CoreNamespace) return "";
        return home?.StartsWith(CoreNamespace + ".", StringComparison.Ordinal) == true ? home.Split('.')[1] : null;
    }
}
