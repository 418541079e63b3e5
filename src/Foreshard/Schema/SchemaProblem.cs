using System.Globalization;

namespace Foreshard.Schema;

/// <summary>One thing that keeps a schema from being stored in Foreshard.</summary>
/// <param name="Rule">The rule's name, stable: what documentation and scripts call it (<c>key-column-missing</c>).</param>
/// <param name="Table">The table; empty if it is none's.</param>
/// <param name="Column">The column; empty if it is none's.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record SchemaProblem(string Rule, string Table, string Column, string Message, string Remedy)
{
    /// <summary>One line for people.</summary>
    public override string ToString()
    {
        var place = Column.Length > 0 ? $"{Table}.{Column}" : Table;
        return string.Create(CultureInfo.InvariantCulture, $"{(place.Length > 0 ? place + ": " : "")}{Message} [{Rule}] Remedy: {Remedy}");
    }
}

/// <summary>The schema breaks rules that Foreshard's promises rest on. Nothing was changed.</summary>
public sealed class SchemaException : ForeshardException
{
    internal SchemaException(IReadOnlyList<SchemaProblem> problems)
        : base($"The schema breaks {problems.Count} rule(s); nothing was changed:{Environment.NewLine}"
            + string.Join(Environment.NewLine, problems.Select(problem => "  - " + problem))) => Problems = problems;

    /// <summary>All of them, in the order of tables and columns.</summary>
    public IReadOnlyList<SchemaProblem> Problems { get; }
}
