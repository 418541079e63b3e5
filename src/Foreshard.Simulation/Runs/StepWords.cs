using System.Globalization;
using Foreshard.Balancing;
using Foreshard.Simulation.Cluster;

namespace Foreshard.Simulation.Runs;

/// <summary>Says what a step did.</summary>
internal static class StepWords
{
    /// <summary>The step, in words.</summary>
    public static DoneStep Of(CompletedStep done) => new(
        done.Step.Kind, WhatOf(done.Step), done.From + 1, done.To + 1, done.StartUtc, done.EndUtc, done.Bytes, done.Step.Reason, done.Step.Because);

    private static string WhatOf(PlanStep step)
    {
        if (step.Entity.IsNone) return string.Create(CultureInfo.InvariantCulture, $"bucket {step.Unit.Value}");
        if (step.Kind == StepKind.Split) return $"{step.Entity} into {string.Join(" and ", step.Parts)}";
        return step.Scope.IsWhole ? step.Entity.ToString() : $"{step.Entity} {step.Scope}";
    }
}
