using System.Globalization;
using System.Text;

namespace Foreshard.Simulation.Runs;

/// <summary>What came of a scenario, in text that can be compared line by line.</summary>
internal static class ScenarioReport
{
    /// <summary>The scores as a table, then each policy's steps with their reasons.</summary>
    /// <param name="result">What came.</param>
    /// <param name="stepsMax">Most steps of a policy that are told; the rest are counted.</param>
    public static string Write(SimulationResult result, int stepsMax = 30)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{result.Entities} entities, demand up to {result.PeakDemand:0} cost units a second\n\n");
        text.Append("policy      overloaded     late   p99 ms  GB moved  moves  splits  merges  undone  peak  hours\n");
        foreach (var score in result.Policies.Select(run => run.Score))
        {
            text.Append(CultureInfo.InvariantCulture, $"{score.Policy,-10}  {score.OverloadedPartitionMinutes,6:0} min  {score.LateShare * 100,6:0.00}%  ");
            text.Append(CultureInfo.InvariantCulture, $"{score.P99Ms,7:0.0}  {score.BytesMoved / 1e9,8:0.0}  {score.Moves,5}  ");
            text.Append(CultureInfo.InvariantCulture, $"{score.Splits,6}  {score.Merges,6}  {score.Thrash * 100,5:0}%  ");
            text.Append(CultureInfo.InvariantCulture, $"{score.PeakUtilisation,4:0.00}  {score.PartitionHours,5:0}\n");
        }

        foreach (var run in result.Policies.Where(run => run.Steps.Count > 0)) WriteSteps(text, run, stepsMax);
        return text.ToString();
    }

    private static void WriteSteps(StringBuilder text, PolicyRun run, int stepsMax)
    {
        var threshold = run.Score.Threshold is { } share
            ? string.Create(CultureInfo.InvariantCulture, $" (acts above {share:0.0%} of {run.Score.LookBack} interval(s))")
            : "";
        text.Append(CultureInfo.InvariantCulture, $"\n{run.Score.Policy}{threshold}:\n");
        foreach (var step in run.Steps.Take(stepsMax))
        {
            var place = step.From == step.To ? $"on p{step.From}" : $"p{step.From} → p{step.To}";
            text.Append(CultureInfo.InvariantCulture, $"  {step.StartUtc:ddd dd HH:mm:ss}  {step.Kind.ToString().ToLowerInvariant()} {step.What} {place}");
            if (step.Bytes > 0) text.Append(CultureInfo.InvariantCulture, $", {step.Bytes / 1e9:0.0} GB in {(step.EndUtc - step.StartUtc).TotalSeconds:0} s");
            text.Append(CultureInfo.InvariantCulture, $"\n    {step.Reason}: {step.Because}\n");
        }

        if (run.Steps.Count > stepsMax) text.Append(CultureInfo.InvariantCulture, $"  … and {run.Steps.Count - stepsMax} more\n");
    }
}
