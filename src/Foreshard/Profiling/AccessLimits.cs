namespace Foreshard.Profiling;

/// <summary>How much one interval may hold, whatever comes. What is beyond is counted with less detail, and never dropped from the sums.</summary>
/// <param name="DetailRows">Distinct rows before new ones lose group, segment and region.</param>
/// <param name="Rows">Distinct rows in all (120 B each); of entities beyond, only the sum is kept. Never more than 4,194,303, nor edges.</param>
/// <param name="Edges">Distinct co-access edges (72 B each); new ones beyond are only counted.</param>
internal sealed record AccessLimits(int DetailRows, int Rows, int Edges)
{
    /// <summary>A million rows and edges: 200 MB at the very worst.</summary>
    public static AccessLimits Default { get; } = new(DetailRows: 768 * 1024, Rows: 1024 * 1024, Edges: 1024 * 1024);

    /// <summary>The part of it that each of several tables may hold, at least 1,024 of each.</summary>
    public AccessLimits DividedBy(int parts) =>
        new(Math.Max(1024, DetailRows / parts), Math.Max(1024, Rows / parts), Math.Max(1024, Edges / parts));
}
