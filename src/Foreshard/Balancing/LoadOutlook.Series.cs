using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Balancing;

internal sealed partial class LoadOutlook
{
    /// <summary>
    /// Part of <see cref="OutlookOptions.GroupsFromShare"/> from which an entity's groups are counted: so that they are known when it gets heavy,
    /// and not forgotten when it is light for a night.
    /// </summary>
    private const double CountedPart = 0.25;

    /// <summary>Days that an entity has to be light for its groups to be forgotten: longer than a weekend.</summary>
    private const int LightDays = 3;

    private int hot;
    private long agedDay = -1;

    private int SeriesMax => (int)Math.Min(int.MaxValue, (long)options.Profiles.MaxHot + options.Profiles.MaxWarm);

    /// <summary>The watch of an entity; null if there is no room for one more.</summary>
    private EntityWatch? Register(in EntityKey entity)
    {
        if (watches.TryGetValue(entity, out var watch)) return watch;
        if (watches.Count >= SeriesMax) return null;
        var tier = hot < options.Profiles.MaxHot ? SeriesTier.Hot : SeriesTier.Warm;
        if (tier == SeriesTier.Hot) hot++;
        watch = new EntityWatch(entity, Forecaster.Add(tier));
        watches.Add(entity, watch);
        isOrdered = false;
        return watch;
    }

    private void Unregister(EntityWatch watch)
    {
        watch.Groups?.Forget(Forecaster);
        if (Forecaster.TierOf(watch.Series) == SeriesTier.Hot) hot--;
        Forecaster.Remove(watch.Series);
        watches.Remove(watch.Entity);
        isOrdered = false;
    }

    /// <summary>Once a day, forgets who wasn't there for long.</summary>
    private void Age()
    {
        var day = Open / Grid.SlotsPerDay;
        if (day == agedDay) return;
        agedDay = day;
        Profiles.Age(Grid.StartOf(Open));
        foreach (var watch in watches.Values.Where(watch => !watch.IsAnnounced && !Profiles.Contains(watch.Entity)).ToList()) Unregister(watch);
    }

    /// <summary>Where there are more entities than series, those with details have them; and the hot tier is for the hot.</summary>
    private void AssignSeries()
    {
        if (Profiles.Count > watches.Count) Exchange();
        var rising = new List<EntityWatch>();
        var others = new List<EntityWatch>();
        foreach (var watch in watches.Values)
        {
            var isHot = Profiles.TierOf(watch.Entity) == ProfileTier.Hot;
            if (Forecaster.TierOf(watch.Series) == SeriesTier.Hot && !isHot) others.Add(watch);
            else if (Forecaster.TierOf(watch.Series) == SeriesTier.Warm && isHot) rising.Add(watch);
        }

        // Down only where room is needed: what a series knows is lost on the way.
        if (hot + rising.Count > options.Profiles.MaxHot)
        {
            foreach (var watch in others) Forecaster.SetTier(watch.Series, SeriesTier.Warm);
            hot -= others.Count;
        }

        foreach (var watch in rising.Take(options.Profiles.MaxHot - hot))
        {
            Forecaster.SetTier(watch.Series, SeriesTier.Hot);
            hot++;
        }
    }

    private void Exchange()
    {
        var coming = Profiles.Summaries(Open - 1)
            .Where(summary => summary.Tier > ProfileTier.Cold && !watches.ContainsKey(summary.Entity))
            .Select(summary => summary.Entity)
            .Order()
            .ToList();
        var leaving = watches.Values.Where(watch => Profiles.TierOf(watch.Entity) is null or ProfileTier.Cold)
            .OrderBy(watch => watch.Peak)
            .ThenByDescending(watch => watch.Entity)
            .Take(watches.Count + coming.Count - SeriesMax)
            .ToList();
        foreach (var watch in leaving) Unregister(watch);
        foreach (var entity in coming) Register(entity);
    }

    private void AssignGroups(double capacity, Func<EntityKey, bool>? isSplit)
    {
        var candidates = new List<(EntityWatch Watch, bool IsSplit)>();
        foreach (var watch in ordered)
        {
            var split = isSplit is not null && isSplit(watch.Entity);
            Count(watch, split || watch.Peak >= CountedPart * options.GroupsFromShare * capacity);
            if (watch.Groups is not { } groups) continue;
            var isHeavy = watch.Peak >= options.GroupsFromShare * capacity || groups.HasSeries;
            if (groups.Count > 0 && (split || (isHeavy && groups.Count > 1))) candidates.Add((watch, split));
        }

        GroupSeries = 0;
        foreach (var (watch, _) in candidates.OrderByDescending(candidate => candidate.IsSplit).ThenByDescending(candidate => candidate.Watch.Peak))
        {
            var most = Math.Min(options.GroupsPerEntity, options.GroupsMax - GroupSeries);
            GroupSeries += watch.Groups!.Assign(most, watch.Series, Forecaster);
        }
    }

    private void Count(EntityWatch watch, bool isCounted)
    {
        isCounted &= options.IsSplittable is null || options.IsSplittable(watch.Entity);
        if (isCounted)
        {
            watch.LightSince = null;
            if (watch.Groups is not null) return;
            watch.Groups = new GroupWatch(options.GroupsPerEntity);
            if (Profiles.Find(watch.Entity, Open - 1) is { } profile) watch.Groups.Seed(profile, times.Seconds / times.SlowGain);
            return;
        }

        watch.LightSince ??= Open;
        if (watch.Groups is null || Open - watch.LightSince < LightDays * Grid.SlotsPerDay) return;
        watch.Groups.Forget(Forecaster);
        watch.Groups = null;
    }
}
