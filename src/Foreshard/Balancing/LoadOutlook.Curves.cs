using Foreshard.Forecasting;
using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

internal sealed partial class LoadOutlook
{
    private EntityCurve CurveOf(EntityWatch watch, double capacity, PlanSlots slots)
    {
        var (mean, room, high) = (new float[slots.Count], new float[slots.Count], new float[Math.Min(slots.Count, WatchedSlots)]);
        var isAbstaining = !Foresee(watch.Series, slots, mean, room, high);
        if (isAbstaining) Present(watch, mean, room, high);

        var curve = new EntityCurve(mean, room, isAbstaining, watch.Busy.Value);
        if (watch.OverForecast > SurgeShare * capacity)
        {
            var rise = Math.Max(0, EntityCurve.Beyond(watch.Rise, watch.Noise));
            curve.Surge(Math.Max(watch.Last, watch.LastTwo), surgeFade, rise, surgeRamp);
        }
        else if (!isAbstaining)
        {
            curve.Correct(watch.Gap.Value, watch.Noise, presentFade);
        }

        watch.Gap.Expect(isAbstaining ? [] : mean[..high.Length]);
        watch.Expect(high, [.. high.Select((load, slot) => load + curve.Extra[slot])]);
        return curve;
    }

    private void Present(EntityWatch watch, float[] mean, float[] room, float[] high)
    {
        var now = Math.Max(Profiles.FastCostOf(watch.Entity, Open - 1), watch.LastTwo);
        Array.Fill(mean, (float)now);
        Array.Fill(room, (float)(options.Room * Math.Max(0, Deviations(options.RoomLevel)) * watch.Restlessness));
        Array.Fill(high, (float)(now + (Math.Max(0, Deviations(options.Forecasts.Levels.Count - 1)) * watch.Restlessness)));
    }

    private double Deviations(int level) => CountQuantiles.NormalQuantile(options.Forecasts.Levels[level]);

    /// <summary>Fills in what is forecast, cost units per second; room and high may be shorter.</summary>
    /// <returns>False if the forecast abstains; then nothing is filled in.</returns>
    private bool Foresee(int series, PlanSlots slots, Span<float> mean, Span<float> room, Span<float> high)
    {
        if (!options.UsesForecasts) return false;
        var perSecond = (float)(1 / times.Seconds);
        foreach (var part in slots.Parts)
        {
            Forecaster.Predict(series, part.Steps, forecast);
            if (forecast.IsAbstaining) return false;
            var likely = forecast.Quantile(options.RoomLevel);
            var highest = forecast.Quantile(options.Forecasts.Levels.Count - 1);
            for (var slot = part.From; slot < part.To; slot++)
            {
                var step = part.StepOf(slot);
                mean[slot] = forecast.Mean[step] * perSecond;
                if (slot < room.Length) room[slot] = (float)options.Room * Math.Max(0, (likely[step] * perSecond) - mean[slot]);
                if (slot < high.Length) high[slot] = Math.Max(mean[slot], highest[step] * perSecond);
            }
        }

        return true;
    }

    private EntityOutlook OutlookOf(EntityWatch watch, PlanSlots slots)
    {
        var (entity, curve) = (watch.Entity, watch.Curve!);
        var use = Profiles.UseOf(entity, Open - 1);
        var bytes = sources.EntityBytes?.Invoke(entity) ?? use?.SizeBytes ?? 0;
        var regions = use?.Regions ?? [];
        if (regions.All(share => share.Label is null)) regions = [];
        var (groups, withoutGroup) = GroupsOf(watch, bytes, regions, slots);
        return new EntityOutlook
        {
            Entity = entity,
            Curve = curve.Curve,
            IsAbstaining = curve.IsAbstaining,
            IsSurging = curve.IsSurging,
            Bytes = Math.Max(bytes, groups.Sum(group => group.Bytes)),
            GrowthPerDay = sources.GrowthPerDay?.Invoke(entity) ?? use?.GrowthPerDay ?? 0,
            Regions = regions,
            Partners = use is { } known ? PartnersOf(known) : [],
            Groups = groups,
            WithoutGroup = withoutGroup,
            Edges = groups.Count > 0 ? sources.Edges?.Invoke(entity) ?? [] : [],
        };
    }

    /// <summary>Per second: what is counted fades, and is the rate times the time constant once it was counted for long enough.</summary>
    private PlanPartner[] PartnersOf(in EntityUse use)
    {
        if (use.Partners.Count == 0) return [];
        var mix = options.Profiles.MixTime;
        var seconds = mix.TotalSeconds * (1 - Math.Exp(-Math.Max(1, (Grid.StartOf(Open) - use.FirstSeenUtc) / Grid.SlotLength) * Grid.SlotLength / mix));
        return [.. use.Partners.Select(partner => new PlanPartner(partner.Partner, partner.Times / seconds))];
    }

    private (IReadOnlyList<GroupLoad> Groups, LoadCurve? WithoutGroup) GroupsOf(
        EntityWatch watch, double bytes, IReadOnlyList<LabelShare> regions, PlanSlots slots)
    {
        if (watch.Groups is not { HasSeries: true } groups) return ([], null);
        var known = groups.WithSeries();
        var total = Math.Max(groups.Total, double.Epsilon);
        var (rest, restNow) = (groups.Total - groups.WithoutGroup, groups.LastTwo - groups.LastTwoWithoutGroup);
        var divided = new GroupCurves(watch.Curve!, watch.Noise, presentFade);
        foreach (var count in known)
        {
            rest -= count.Load;
            restNow -= count.LastTwo;
            AddGroup(divided, count, total, slots);
        }

        var firstSlots = Math.Min(slots.Count, WatchedSlots);

        divided.Add(groups.WithoutGroup / total, groups.LastTwoWithoutGroup / times.Seconds, busy: groups.BusyWithoutGroup.Value);
        divided.Add(Math.Max(0, rest) / total, restNow / times.Seconds, busy: double.NaN);
        var curves = divided.ToCurves();
        for (var i = 0; i < known.Count; i++) known[i].Gap.Expect(divided.BaseOf(i, firstSlots));
        var loads = known.Select((count, i) => new GroupLoad(
            count.Group,
            curves[i],
            sources.GroupBytes?.Invoke(watch.Entity, count.Group) ?? (bytes * count.Load / total),
            count.Regions() is { Count: > 0 } own ? own : regions));
        return ([.. loads], groups.WithoutGroup > 0 ? curves[known.Count] : null);
    }

    private void AddGroup(GroupCurves divided, GroupCount count, double total, PlanSlots slots)
    {
        var now = count.LastTwo / times.Seconds;
        var mean = new float[slots.Count];
        if (!Foresee(count.Series!.Value, slots, mean, [], []))
        {
            divided.Add(count.Load / total, now, count.Gap.Value, count.Busy.Value);
            return;
        }

        divided.Add(mean, now, count.Gap.Value, count.Busy.Value);
    }
}
