using System.Buffers;

namespace Foreshard.Profiling;

internal sealed partial class ProfileSet
{
    /// <summary>
    /// An entity that has details keeps them until another one's load is that much higher: details that come and go say nothing.
    /// </summary>
    private const float ResidentBonus = 1.25f;

    /// <summary>Loads are told apart by the upper 13 bits of their representation when those that count are sought: to a thirty-second.</summary>
    private const int LoadBits = 13;

    /// <summary>Moves every entity on by one interval: its class, and from that, as far as the budget goes, its tier.</summary>
    /// <remarks>
    /// The hot tier takes the hot entities, the warm tier warm ones and what found no room above; each in the order of their load, then of
    /// their keys. Room to spare goes to the busiest of the classes below.
    /// </remarks>
    /// <param name="capacity">Of a partition, in cost units per second; above 0.</param>
    /// <param name="slot">The slot that has just ended.</param>
    /// <param name="forecastLoad">
    /// An entity's forecast load in cost units per second. Where there is no forecast, be it null or NaN, the larger one of its averages.
    /// </param>
    /// <returns>The entities whose class has changed, in the order of their keys.</returns>
    public IReadOnlyList<ClassChange> Classify(double capacity, long slot, Func<EntityKey, double>? forecastLoad = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        var at = times.Short(slot);
        var changes = new List<ClassChange>();
        var loads = ArrayPool<float>.Shared.Rent(entities.Count);
        for (var place = 0; place < entities.Count; place++)
        {
            ref var record = ref entities[place];
            var load = forecastLoad is null ? double.NaN : forecastLoad(entities.KeyOf(place));
            if (double.IsNaN(load)) load = LoadOf(record, at);
            loads[place] = load > 0 ? (float)load : 0;
            var (before, after) = (record.Class, record.Class.Next(load / capacity, Options));
            record.Class = after;
            if (after.Class != before.Class) changes.Add(new ClassChange(entities.KeyOf(place), before.Class, after.Class));
        }

        AssignTiers(loads.AsSpan(0, entities.Count), at);
        ArrayPool<float>.Shared.Return(loads);
        changes.Sort(static (left, right) => left.Entity.CompareTo(right.Entity));
        return changes;
    }

    private void AssignTiers(ReadOnlySpan<float> loads, uint slot)
    {
        var candidates = CandidatesOf(loads);

        // Where all find room in the hot tier, their order decides nothing.
        if (candidates.Count > Options.MaxHot) candidates.Sort(CompareCandidates);

        var chosen = new HashSet<int>(candidates.Count);
        var room = Math.Min(candidates.Count, (int)Math.Min(int.MaxValue, (long)Options.MaxHot + Options.MaxWarm));
        for (var i = 0; i < room; i++) chosen.Add(candidates[i].Place);
        for (var place = 0; place < entities.Count; place++)
        {
            if (entities[place].Tier > ProfileTier.Cold && !chosen.Contains(place)) SetTier(place, ProfileTier.Cold, slot);
        }

        // Down before up, so that no more details are out at any time than the budget allows.
        for (var i = Options.MaxHot; i < room; i++) SetTier(candidates[i].Place, ProfileTier.Warm, slot);
        for (var i = 0; i < Math.Min(Options.MaxHot, room); i++) SetTier(candidates[i].Place, ProfileTier.Hot, slot);
    }

    private int CompareCandidates((int Place, ProfileClass Class, float Load) left, (int Place, ProfileClass Class, float Load) right)
    {
        var order = right.Class.CompareTo(left.Class);
        if (order == 0) order = right.Load.CompareTo(left.Load);
        return order != 0 ? order : entities.KeyOf(left.Place).CompareTo(entities.KeyOf(right.Place));
    }

    /// <summary>Those that may find room: all warm and hot ones, and of the cold ones as many of the busiest as there is room at all.</summary>
    private List<(int Place, ProfileClass Class, float Load)> CandidatesOf(ReadOnlySpan<float> loads)
    {
        Span<int> counts = stackalloc int[1 << LoadBits];
        counts.Clear();
        foreach (var load in loads) counts[BucketOf(load)]++;
        var (cutoff, room) = (counts.Length - 1, (long)Options.MaxHot + Options.MaxWarm - counts[^1]);
        while (cutoff > 1 && room > 0) room -= counts[--cutoff];

        // A resident's bonus is less than half an octave, that is 16 buckets: no one below that can outdo it.
        cutoff = Math.Max(1, cutoff - 16);
        var candidates = new List<(int Place, ProfileClass Class, float Load)>();
        for (var place = 0; place < loads.Length; place++)
        {
            ref var record = ref entities[place];
            var isResident = record.Tier > ProfileTier.Cold;
            if (record.Class.Class > ProfileClass.Cold || BucketOf(loads[place]) >= cutoff)
                candidates.Add((place, record.Class.Class, isResident ? loads[place] * ResidentBonus : loads[place]));
        }

        return candidates;
    }

    private static int BucketOf(float load) => (int)(BitConverter.SingleToUInt32Bits(load) >> (32 - LoadBits - 1)) & ((1 << LoadBits) - 1);

    /// <summary>Gives an entity details or takes them. Totals and cost averages are in the record and stay as they are.</summary>
    private void SetTier(int place, ProfileTier tier, uint slot)
    {
        ref var record = ref entities[place];
        if (record.Tier == ProfileTier.Cold && tier > ProfileTier.Cold) ColdToWarm(ref record, slot);
        if (record.Tier == ProfileTier.Warm && tier == ProfileTier.Hot) WarmToHot(ref record);
        if (record.Tier == ProfileTier.Hot && tier < ProfileTier.Hot) HotToWarm(ref record);
        if (record.Tier == ProfileTier.Warm && tier == ProfileTier.Cold) WarmToCold(ref record);
    }

    private void ColdToWarm(ref EntityRecord record, uint slot)
    {
        var at = warm.Take();
        warm[at] = new WarmDetail
        {
            Common = new CommonDetail { First = record.FirstOrDetail },
            Shape = DayShape.StartingAt(Math.Max(slot, record.Slot) + 1, times),
        };
        (record.Tier, record.FirstOrDetail) = (ProfileTier.Warm, at);
    }

    private void WarmToHot(ref EntityRecord record)
    {
        var (from, to) = (record.FirstOrDetail, hot.Take());
        hot[to] = HotDetail.From(ref warm[from], times);
        warm.Give(from);
        (record.Tier, record.FirstOrDetail) = (ProfileTier.Hot, to);
    }

    private void HotToWarm(ref EntityRecord record)
    {
        var (from, to) = (record.FirstOrDetail, warm.Take());
        warm[to] = WarmDetail.From(ref hot[from], times);
        hot.Give(from);
        (record.Tier, record.FirstOrDetail) = (ProfileTier.Warm, to);
    }

    private void WarmToCold(ref EntityRecord record)
    {
        var first = warm[record.FirstOrDetail].Common.First;
        warm.Give(record.FirstOrDetail);
        (record.Tier, record.FirstOrDetail) = (ProfileTier.Cold, first);
    }
}
