namespace Foreshard.Balancing;

internal sealed partial class LoadOutlook
{
    /// <summary>Slots of a plan for which it is kept what was expected, to see surges: a new plan comes before they are over.</summary>
    private const int WatchedSlots = 12;

    private double largestGap = double.NegativeInfinity;

    /// <summary>
    /// Whether an entity was so far above what the last plan was made for, in each of the last two intervals, that a new one should be made.
    /// Free of cost; false before the first look and right after one.
    /// </summary>
    /// <param name="capacity">Of a partition, in cost units per second.</param>
    public bool SeesSurge(double capacity) => slots is not null && largestGap > SurgeShare * capacity;

    /// <summary>Those entities, in the order of their keys.</summary>
    /// <param name="capacity">Of a partition, in cost units per second.</param>
    public IReadOnlyList<EntityKey> Surging(double capacity) => slots is null
        ? []
        : [.. watches.Values.Where(watch => watch.OverPlan > SurgeShare * capacity).Select(watch => watch.Entity).Order()];
}
