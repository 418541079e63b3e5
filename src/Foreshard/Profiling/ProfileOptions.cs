namespace Foreshard.Profiling;

/// <summary>How profiles are kept. Profiles merge and load only where the times and the grid are the same.</summary>
internal sealed record ProfileOptions
{
    /// <summary>The defaults.</summary>
    public static ProfileOptions Default { get; } = new();

    /// <summary>Time constant of the fast averages: after it, 37 % of a past load is left. 1 min to a day. Default: 15 min.</summary>
    public TimeSpan FastTime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Time constant of the slow averages; longer than <see cref="FastTime"/>, at most 90 days. Default: 24 h.</summary>
    public TimeSpan SlowTime { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Time constant of groups, segments, regions and partners; an hour to a year. Default: 7 days.</summary>
    public TimeSpan MixTime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Time constant at which sizes count less for growth; an hour to a year. Default: 14 days.</summary>
    public TimeSpan GrowthTime { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Share of a partition's capacity from which an entity is hot; above <see cref="WarmShare"/>, at most 1. Default: 1 %.</summary>
    public double HotShare { get; init; } = 0.01;

    /// <summary>Share of a partition's capacity from which an entity is warm; above 0. Default: 0.02 %.</summary>
    public double WarmShare { get; init; } = 0.0002;

    /// <summary>Most entities in the hot tier, about 1 KB each; 0 or more. Default: 10,000.</summary>
    public int MaxHot { get; init; } = 10_000;

    /// <summary>Most entities in the warm tier, about 230 B each; 0 or more. Default: 100,000.</summary>
    public int MaxWarm { get; init; } = 100_000;

    /// <summary>Most entities in all, 64 B each; at least 1. Beyond, the cold ones used longest ago leave. Default: 10,000,000.</summary>
    public int MaxEntities { get; init; } = 10_000_000;

    /// <summary>How long a cold entity without an access is remembered; at least a day. Default: 90 days.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Whether averages kept by these options and by others can be added.</summary>
    public bool HasTimesOf(ProfileOptions other) =>
        (FastTime, SlowTime, MixTime, GrowthTime) == (other.FastTime, other.SlowTime, other.MixTime, other.GrowthTime);

    /// <exception cref="ArgumentException">Something is out of range; the message names all of it.</exception>
    public void Validate()
    {
        var problems = new List<string>();
        Check(nameof(FastTime), FastTime, TimeSpan.FromMinutes(1), TimeSpan.FromDays(1));
        Check(nameof(SlowTime), SlowTime, FastTime + TimeSpan.FromTicks(1), TimeSpan.FromDays(90));
        Check(nameof(MixTime), MixTime, TimeSpan.FromHours(1), TimeSpan.FromDays(366));
        Check(nameof(GrowthTime), GrowthTime, TimeSpan.FromHours(1), TimeSpan.FromDays(366));
        Check(nameof(Retention), Retention, TimeSpan.FromDays(1), TimeSpan.MaxValue);
        Check(nameof(WarmShare), WarmShare, double.Epsilon, 1);
        Check(nameof(HotShare), HotShare, Math.BitIncrement(WarmShare), 1);
        Check(nameof(MaxHot), MaxHot, 0, DetailPool.MaxCount);
        Check(nameof(MaxWarm), MaxWarm, 0, DetailPool.MaxCount);
        Check(nameof(MaxEntities), MaxEntities, 1, EntityTable.MaxCount);
        if (problems.Count > 0) throw new ArgumentException($"The options of the profiles don't hold: {string.Join("; ", problems)}.");

        void Check<T>(string name, T value, T min, T max)
            where T : IComparable<T>
        {
            if (!(value.CompareTo(min) >= 0 && value.CompareTo(max) <= 0))
                problems.Add(FormattableString.Invariant($"{name} has to be from {min} to {max}, is {value}"));
        }
    }
}
