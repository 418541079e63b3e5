using System.Globalization;
using Foreshard.Cli.Output;
using Foreshard.Simulation.Runs;

namespace Foreshard.Cli.Commands;

/// <summary>What came of a simulation, in a sentence; also where foresight did not pay.</summary>
internal static class SimulationVerdict
{
    /// <summary>Overload that is none: a minute in all, which noise alone makes.</summary>
    private const double NoMinutes = 1;

    /// <summary>Below that difference two policies are called alike.</summary>
    private const double Alike = 0.05;

    public static string Of(IReadOnlyList<PolicyScore> scores)
    {
        if (scores.All(score => score.OverloadedPartitionMinutes < NoMinutes)) return "No partition was overloaded, whoever decided.";
        var ours = Find(PolicyKind.Predictive);
        if (ours is null) return $"{string.Join("; ", scores.Select(Minutes))}.";
        if (Find(PolicyKind.Reactive) is not { } reactive)
            return $"{Minutes(ours)}{(Find(PolicyKind.Static) is { } left ? $", {Compared(ours, left, "without any move")}" : "")}.";
        return $"{Minutes(ours)}, {Compared(ours, reactive, "of the reactive policy")}, {Carried(ours, reactive)}.";

        PolicyScore? Find(PolicyKind policy) => scores.FirstOrDefault(score => score.Policy == policy);
    }

    /// <summary>As <c>12</c>, <c>0.4</c>.</summary>
    public static string Number(double minutes) =>
        minutes.ToString(minutes is > 0 and < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    private static string Minutes(PolicyScore score) => $"{Name(score.Policy)}: {Number(score.OverloadedPartitionMinutes)} overloaded partition-minutes";

    private static string Name(PolicyKind policy)
    {
        var name = Words.Of(policy);
        return char.ToUpperInvariant(name[0]) + name[1..];
    }

    private static string Compared(PolicyScore ours, PolicyScore other, string name)
    {
        var (minutes, of) = (ours.OverloadedPartitionMinutes, other.OverloadedPartitionMinutes);
        if (of < NoMinutes) return minutes < NoMinutes ? $"as few as the {Number(of)} {name}" : $"more than the {Number(of)} {name}";
        var change = (minutes / of) - 1;
        return Math.Abs(change) < Alike ? $"about as many as the {Number(of)} {name}"
            : $"{Words.Percent(Math.Abs(change))} {(change < 0 ? "fewer" : "more")} than the {Number(of)} {name}";
    }

    private static string Carried(PolicyScore ours, PolicyScore other)
    {
        var carried = Words.Bytes((long)ours.BytesMoved);
        if (ours.BytesMoved == 0) return "without moving a byte";
        if (other.BytesMoved == 0) return $"moving {carried} where that moved nothing";
        var times = ours.BytesMoved / other.BytesMoved;
        return $"moving {carried}, {(Math.Abs(times - 1) < Alike ? "about" : times.ToString("0.0", CultureInfo.InvariantCulture) + " times")} as much";
    }
}
