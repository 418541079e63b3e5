namespace Foreshard.Tests.House;

/// <summary>One place that breaks a rule of the house.</summary>
/// <param name="Place">File and line.</param>
/// <param name="What">What stands there.</param>
internal sealed record Finding(string Place, string What)
{
    public override string ToString() => $"{Place}: {What}";
}

internal static class FindingAssertions
{
    /// <summary>Fails with every finding and with what to do about them.</summary>
    public static void MustBeNone(this IEnumerable<Finding> findings, string remedy)
    {
        var all = findings.Distinct().OrderBy(finding => finding.Place, StringComparer.Ordinal).ToList();
        if (all.Count > 0) Assert.Fail($"{remedy}{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", all)}");
    }
}
