using System.Text.RegularExpressions;

namespace Foreshard.Tests.House;

/// <summary>Rules for any text file: code, scripts, documents, build files.</summary>
internal static partial class TextRules
{
    /// <summary>Words that announce work instead of doing it. In pieces, so that this file may hold them.</summary>
    private static readonly string[] Promises = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "XX" + "X"];

    public static IEnumerable<Finding> UnkeptPromises(RepositoryFile file) =>
        LinesWith(file, new Regex($@"\b({string.Join('|', Promises)})\b"));

    /// <summary>Folders that exist on one machine only: somebody's home, somebody's checkout.</summary>
    public static IEnumerable<Finding> MachinePaths(RepositoryFile file) => LinesWith(file, MachinePath());

    /// <summary>Where packages come from is the business of whoever builds: mirrors differ.</summary>
    public static IEnumerable<Finding> Registries(RepositoryFile file)
    {
        if (file.Name.Equals("nuget.config", StringComparison.OrdinalIgnoreCase)) return [file.AsWhole("a registry of its own")];
        return LinesWith(file, Registry());
    }

    /// <summary>Numbers of threads that only those can read who have the tracker.</summary>
    public static IEnumerable<Finding> TrackerNumbers(RepositoryFile file) => LinesWith(file, TrackerNumber());

    public static IEnumerable<Finding> Bytes(RepositoryFile file)
    {
        if (file.Text.StartsWith('\uFEFF')) yield return file.AsWhole("starts with a byte order mark");
        if (file.Text.Contains('\r', StringComparison.Ordinal)) yield return file.AsWhole("has carriage returns");
        if (file.Text.Length > 0 && !file.Text.EndsWith('\n')) yield return file.AsWhole("has no line break at its end");
    }

    private static IEnumerable<Finding> LinesWith(RepositoryFile file, Regex wanted) => file.Lines
        .Select((line, index) => (Text: line, Number: index + 1))
        .Where(line => wanted.IsMatch(line.Text))
        .Select(line => file.At(line.Number, line.Text.Trim()));

    [GeneratedRegex(@"(?<![\w.~\-/}])(/(home|Users|root|work)/|[A-Z]:\\Users\\)")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"api\.nuget\.|pkgs\.dev\.azure\.|/v3/index\.json", RegexOptions.IgnoreCase)]
    private static partial Regex Registry();

    [GeneratedRegex(@"\b(issues?|pull requests?|PR|ticket)\s+#?[0-9]+\b|\bgithub\.com/[^\s)]+/(issues|pull)/[0-9]", RegexOptions.IgnoreCase)]
    private static partial Regex TrackerNumber();
}
