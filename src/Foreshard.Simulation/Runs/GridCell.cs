namespace Foreshard.Simulation.Runs;

/// <summary>A cell of the sensitivity grid.</summary>
/// <param name="Bandwidth">What move bandwidth is multiplied by.</param>
/// <param name="Interval">How often load is looked at.</param>
/// <param name="Scores">Of the policies that act.</param>
internal sealed record GridCell(double Bandwidth, TimeSpan Interval, IReadOnlyList<PolicyScore> Scores);
