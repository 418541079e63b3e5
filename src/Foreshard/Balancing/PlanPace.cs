namespace Foreshard.Balancing;

/// <summary>When it is time for a plan: by the clock, or because a partition is too high. The same in production and in a simulation.</summary>
/// <param name="every">Who looks ahead plans that often; who only reacts tries that often again what he found nothing for.</param>
/// <param name="alarm">Share of capacity above which, in each of two intervals, a partition is too high; null: none ever is.</param>
/// <param name="looksAhead">Whether plans are made before something is wrong.</param>
internal sealed class PlanPace(TimeSpan every, double? alarm, bool looksAhead)
{
    /// <summary>Least time between plans because a partition is too high: what the last one began has to be given time to help.</summary>
    private static readonly TimeSpan AlarmEvery = TimeSpan.FromMinutes(10);

    /// <summary>Share of capacity by which a partition's load has to be higher for a plan that found nothing to be tried again.</summary>
    private const double WorthAsking = 0.02;

    private readonly Dictionary<PartitionId, Watch> watches = [];
    private bool isTooHigh;
    private bool foundNothing;

    /// <summary>When the last plan was made; null before the first.</summary>
    public DateTime? PlannedUtc { get; private set; }

    /// <summary>An interval is over.</summary>
    /// <param name="loads">Each partition's load in it, as a share of its capacity.</param>
    public void EndInterval(IEnumerable<(PartitionId Partition, double Share)> loads)
    {
        isTooHigh = false;
        foreach (var (partition, share) in loads)
        {
            var watch = watches.GetValueOrDefault(partition);
            var above = share > alarm ? watch.Above + 1 : 0;
            isTooHigh |= above >= 2;
            watches[partition] = watch with { Share = share, Above = above };
        }
    }

    /// <summary>Whether a plan should be made now.</summary>
    /// <param name="nowUtc">Now.</param>
    /// <param name="seesSurge">Whether more comes than the last plan was made for.</param>
    /// <param name="isDraining">Whether a partition is to be emptied.</param>
    public bool IsDue(DateTime nowUtc, bool seesSurge, bool isDraining)
    {
        if (!looksAhead) return isDraining || (isTooHigh && IsWorthAsking(nowUtc));
        return PlannedUtc is null || nowUtc - PlannedUtc >= every || seesSurge || (isTooHigh && nowUtc - PlannedUtc >= AlarmEvery);
    }

    /// <summary>A plan was made.</summary>
    /// <param name="nowUtc">When.</param>
    /// <param name="isEmpty">Whether it has no step.</param>
    public void Planned(DateTime nowUtc, bool isEmpty)
    {
        PlannedUtc = nowUtc;
        foundNothing = isEmpty;
        foreach (var (partition, watch) in watches) watches[partition] = watch with { WhenPlanned = watch.Share };
    }

    /// <summary>Where the last plan found nothing to do, the next one will too, until there is more load somewhere or some time has passed.</summary>
    private bool IsWorthAsking(DateTime nowUtc) =>
        !foundNothing || nowUtc - PlannedUtc >= every || watches.Values.Any(watch => watch.Share > watch.WhenPlanned + WorthAsking);

    private readonly record struct Watch(double Share, int Above, double WhenPlanned);
}
