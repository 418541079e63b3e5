using Foreshard.Profiling;

namespace Foreshard.Simulation.Workloads;

/// <summary>Makes traces of made-up entities: hourly rates by their patterns, noise as a Poisson process.</summary>
internal static class WorkloadGenerator
{
    /// <summary>Makes a trace.</summary>
    /// <param name="startUtc">Begin of a day.</param>
    /// <param name="days">How long.</param>
    /// <param name="entities">Each once, in any order.</param>
    /// <param name="seed">Of the noise; null for none.</param>
    /// <exception cref="ArgumentException">It doesn't begin with a day, there are no days or no entities, or an entity comes twice.</exception>
    public static TrafficTrace Generate(DateTime startUtc, int days, IReadOnlyList<WorkloadEntity> entities, long? seed)
    {
        if (startUtc.TimeOfDay != TimeSpan.Zero) throw new ArgumentException($"A made-up trace begins with a day, not at {startUtc:u}.", nameof(startUtc));
        ArgumentOutOfRangeException.ThrowIfLessThan(days, 1);
        if (entities.Count == 0) throw new ArgumentException("A trace has at least one entity.", nameof(entities));
        var parts = entities.SelectMany(PartsOf).OrderBy(part => part.Key).ToList();
        var hours = parts.Select(part => HoursOf(part.Entity, part.Group, startUtc, days * 24)).ToArray();
        return new RateTrace(
            [.. parts.Select(part => part.Key)],
            [.. parts.Select(part => part.Entity.Shape)],
            TrafficTrace.Grid.SlotOf(startUtc),
            new HourlyRates(hours),
            1,
            seed,
            entities.Where(entity => entity.Bytes is not null).ToDictionary(entity => entity.Entity, entity => entity.Bytes!.Value));
    }

    private static IEnumerable<(AccessKey Key, WorkloadEntity Entity, WorkloadGroup Group)> PartsOf(WorkloadEntity entity)
    {
        IReadOnlyList<WorkloadGroup> groups = entity.Groups.Count > 0 ? entity.Groups : [new WorkloadGroup(default, 1)];
        foreach (var group in groups) yield return (new AccessKey(entity.Entity, group.Group, null, group.Region ?? entity.Region), entity, group);
    }

    private static float[] HoursOf(WorkloadEntity entity, WorkloadGroup group, DateTime startUtc, int hours)
    {
        var daily = Enumerable.Range(0, 24).Average(hour => Bell(hour, entity.Steepness));
        var rates = new float[hours];
        for (var hour = 0; hour < hours; hour++)
        {
            var time = TimeSpan.FromHours(hour + 0.5);
            if (time < entity.LivesFrom || time >= entity.LivesTo) continue;
            var peak = (group.Peak ?? entity.Peak) + (entity.DriftPerDay * time.TotalDays);
            var rate = entity.Rate * group.Share * (1 - entity.Daily + (entity.Daily * Bell((time - peak).TotalHours, entity.Steepness) / daily));
            if ((startUtc + time).DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday) rate *= entity.Weekend;
            var grown = (time < entity.GrowsTo ? time : entity.GrowsTo) - entity.GrowsFrom;
            if (grown > TimeSpan.Zero) rate *= Math.Pow(entity.GrowthPerDay, grown.TotalDays);
            foreach (var flash in entity.Flashes)
            {
                if (time >= flash.From && time < flash.From + flash.Length) rate *= flash.Times;
            }

            rates[hour] = (float)rate;
        }

        return rates;
    }

    /// <summary>A day's peak: the bell of a circle (von Mises), 1 at the peak.</summary>
    private static double Bell(double hours, double steepness) => Math.Exp(steepness * (Math.Cos(hours / 24 * 2 * Math.PI) - 1));
}
