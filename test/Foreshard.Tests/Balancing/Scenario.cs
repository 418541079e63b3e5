using Foreshard.Balancing;

namespace Foreshard.Tests.Balancing;

/// <summary>An input and what is asked of it.</summary>
/// <param name="Input">What a plan is made from.</param>
/// <param name="Options">How.</param>
/// <param name="Fleet">Fewest and most partitions and the time it takes to wake one, if the fleet's size is asked for; otherwise null.</param>
internal sealed record Scenario(PlanInput Input, BalancerOptions Options, (int Min, int Max, TimeSpan WakeDelay)? Fleet)
{
    /// <summary>The plan, or the size of the fleet, as text.</summary>
    public string Answer()
    {
        if (Fleet is not { } fleet) return PlanText.Of(new Balancer(Options).Plan(Input));
        var size = new FleetSizer(Options).Advise(Input, fleet.Min, fleet.Max, fleet.WakeDelay);
        var names = Input.Partitions.ToDictionary(partition => partition.Id, partition => partition.Name);
        var drain = string.Concat(size.Drain.Select(id => $"drain {names[id]}\n"));
        return FormattableString.Invariant($"{size.Partitions} partitions for {size.Slots} slots: {size.Because}\n") + drain;
    }
}
