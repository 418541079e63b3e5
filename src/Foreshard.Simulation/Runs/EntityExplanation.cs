using System.Collections.Immutable;
using Foreshard.Balancing;
using Foreshard.Sharding;

namespace Foreshard.Simulation.Runs;

/// <summary>Why an entity is, or isn't, split or moved now.</summary>
internal sealed record EntityExplanation
{
    public required EntityOutlook Outlook { get; init; }

    /// <summary>The unit that it is in.</summary>
    public required UnitId Unit { get; init; }

    /// <summary>Where it is, and what is forecast for it.</summary>
    public required PartitionForecast Home { get; init; }

    /// <summary>How much it wants to be split, and the best cut.</summary>
    public required ShardabilityScore Score { get; init; }

    /// <summary>What it would cost to have it on each partition, the best first.</summary>
    public required ImmutableArray<TargetCandidate> Candidates { get; init; }

    /// <summary>What the plan does with it, or with its bucket.</summary>
    public required IReadOnlyList<PlanStep> Steps { get; init; }

    /// <summary>What the plan doesn't do with it, or with its bucket.</summary>
    public required IReadOnlyList<PlanRefusal> Refusals { get; init; }

    /// <param name="analysis">The fleet.</param>
    /// <param name="outlook">Of the entity.</param>
    public static EntityExplanation Of(FleetAnalysis analysis, EntityOutlook outlook)
    {
        var (entity, input, balancer) = (outlook.Entity, analysis.Input, analysis.Options.Balancer);
        var place = analysis.Mapping.PlacementOf(analysis.Mapping.BucketOf(entity));
        var home = analysis.Plan.Partitions.First(one => one.Partition.Id == place.Partition);
        var days = (input.Horizon.EndUtc - input.Horizon.StartUtc).TotalDays;
        var bytesAtEnd = outlook.Bytes + (Math.Max(0, outlook.GrowthPerDay) * days);
        var table = new PlanTable(input, balancer);
        var subject = new PlacementSubject(table.IndexOf(place.Partition), outlook.Curve, outlook.Bytes, bytesAtEnd, outlook.Regions);
        return new EntityExplanation
        {
            Outlook = outlook,
            Unit = place.Unit,
            Home = home,
            Score = ShardabilityScore.Of(
                new ShardabilitySubject
                {
                    Entity = entity,
                    Horizon = input.Horizon,
                    Curve = outlook.Curve,
                    Bytes = outlook.Bytes,
                    GrowthPerDay = outlook.GrowthPerDay,
                    Partition = home.Partition,
                    PartitionCurve = home.Before,
                    Split = ShardPart.Whole(outlook, input.Horizon.SlotCount).Subject(),
                },
                balancer.Cuts,
                ShardabilityOptions.Default),
            Candidates = TargetChoice.SelectTargetPartition(table.Load, table.Prices, subject),
            Steps = [.. analysis.Plan.Steps.Where(step => IsOf(step.Entity, step.Unit))],
            Refusals = [.. analysis.Plan.Refusals.Where(refusal => IsOf(refusal.Entity, refusal.Unit))],
        };

        bool IsOf(EntityKey whose, UnitId unit) => whose == entity || (whose.IsNone && unit == place.Unit);
    }
}
