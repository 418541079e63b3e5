using Foreshard.Forecasting;
using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Turns watched accesses into what plans are made from: one outlook per entity, of the mean, the room, and the groups of heavy ones.</summary>
/// <remarks>
/// Driven from outside: <see cref="Close"/> at the end of every interval, <see cref="SeesSurge"/> after it, <see cref="Look"/> once a plan. The
/// same in production and in a simulation; the same calls give the same outlooks, to the byte. For one thread.
/// <para>
/// Entities have series of the tier of their profile, those that come first as long as there is room. The room of a plan slot is that of the
/// intervals in it, not of their mean: a partition is overloaded in intervals.
/// </para>
/// <para>
/// An entity that abstains is expected to stay as it is: at its profile's fast average or the mean of its last two intervals, whichever is
/// more, with room for the noise between intervals. So it rises within two intervals, and falls as slowly as the average does.
/// </para>
/// </remarks>
internal sealed partial class LoadOutlook
{
    /// <summary>Share of a partition's capacity above the forecast's high quantile from which that is a surge: less is not worth a plan.</summary>
    public const double SurgeShare = 0.01;

    /// <summary>Time constant of what is known of busy times: a week, so that no day of it is forgotten before it comes again.</summary>
    private static readonly TimeSpan BusyTime = TimeSpan.FromDays(7);

    /// <summary>
    /// Time constant of how long a surge is expected to go on rising: at intervals of five minutes a trend damped by 0.78 each, about the strongest
    /// damping that is usual (Gardner and McKenzie, 1985). A rise that was seen twice is no reason to expect the same for hours.
    /// </summary>
    private static readonly TimeSpan RampTime = TimeSpan.FromMinutes(20);

    private readonly OutlookOptions options;
    private readonly OutlookSources sources;
    private readonly SlotTimes times;
    private readonly Dictionary<EntityKey, EntityWatch> watches = [];
    private readonly List<EntityWatch> ordered = [];
    private readonly Forecast forecast = new();
    private readonly double left;
    private readonly double busyLeft;
    private BusyLoad allWhenBusy = new();
    private BusyLoad allOnAverage = new();
    private bool isOrdered = true;
    private PlanSlots? slots;
    private double[] surgeFade = [];
    private double[] surgeRamp = [];
    private double[] presentFade = [];

    /// <param name="grid">How time is cut: a slot is an interval.</param>
    /// <param name="options">How load is watched.</param>
    /// <param name="sources">What others know better; null if nobody does.</param>
    /// <exception cref="ArgumentException">The options don't hold.</exception>
    public LoadOutlook(SlotGrid grid, OutlookOptions options, OutlookSources? sources = null)
        : this(grid, options, sources, new ProfileSet(grid, options.Profiles), new Forecaster(grid, options.Forecasts))
    {
    }

    private LoadOutlook(SlotGrid grid, OutlookOptions options, OutlookSources? sources, ProfileSet profiles, Forecaster forecaster)
    {
        if (options.RoomLevel < 0 || options.RoomLevel >= options.Forecasts.Levels.Count)
        {
            throw new ArgumentException(
                $"Room is kept for one of {options.Forecasts.Levels.Count} levels of the forecasts, not for number {options.RoomLevel}.", nameof(options));
        }

        this.options = options;
        this.sources = sources ?? OutlookSources.None;
        Grid = grid;
        Profiles = profiles;
        Forecaster = forecaster;
        times = new SlotTimes(grid, options.Profiles);
        left = 1 - times.SlowGain;
        busyLeft = Math.Exp(-(grid.SlotLength / BusyTime));
    }

    /// <summary>How time is cut.</summary>
    public SlotGrid Grid { get; }

    public ProfileSet Profiles { get; }

    public Forecaster Forecaster { get; }

    /// <summary>The interval that is open.</summary>
    public long Open => Forecaster.Open;

    /// <summary>What is expected of each entity that has a series, as of the last look; in the order of their keys.</summary>
    public IReadOnlyList<EntityOutlook> Entities { get; private set; } = [];

    /// <summary>Groups that are forecast one by one.</summary>
    public int GroupSeries { get; private set; }

    /// <summary>Begins at an interval. Only before anything came.</summary>
    public void Begin(long slot) => Forecaster.StartAt(slot);

    /// <summary>Announces a multiple of the usual load; what comes then is no surge.</summary>
    /// <param name="entity">Whose; null: of all.</param>
    /// <param name="from">First slot.</param>
    /// <param name="to">First slot that isn't part of it any more.</param>
    /// <param name="factor">What the usual load is multiplied by; above 0.</param>
    /// <returns>False if there is no room to watch the entity.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No slot, or no factor above 0.</exception>
    public bool Announce(EntityKey? entity, long from, long to, double factor)
    {
        if (entity is not { } one)
        {
            Forecaster.Announcements.Add(null, from, to, factor);
            return true;
        }

        if (Register(one) is not { } watch) return false;
        Forecaster.Announcements.Add(watch.Series, from, to, factor);
        watch.IsAnnounced = true;
        foreach (var group in watch.Groups?.WithSeries() ?? []) Forecaster.Announcements.Add(group.Series, from, to, factor);
        return true;
    }

    /// <summary>Takes the accesses of the open interval and closes it.</summary>
    /// <param name="interval">All of its accesses; stays as it is.</param>
    /// <param name="isWellPlaced">As of <see cref="ProfileSet.Apply"/>.</param>
    public void Close(AccessInterval interval, Func<EntityKey, EntityKey, bool>? isWellPlaced = null)
    {
        var all = 0.0;
        for (var first = 0; first < interval.RowCount;)
        {
            var end = interval.SumOf(first, out var sum);
            all += sum.Cost / times.Seconds;
            if (Register(interval.Row(first).Key.Entity) is { } watch)
            {
                Forecaster.Observe(watch.Series, (float)sum.Cost);
                watch.Load = sum.Cost / times.Seconds;
                watch.Groups?.Take(interval, first, end, Forecaster);
            }

            first = end;
        }

        Profiles.Apply(interval, Open, isWellPlaced);
        var position = slots?.PositionOf(Open);
        var crowd = new Crowd(all, busyLeft);
        allWhenBusy.Push(all, crowd);
        allOnAverage.Push(all, crowd with { Load = 1 });
        largestGap = double.NegativeInfinity;
        foreach (var watch in watches.Values)
        {
            watch.EndInterval(position, times.SlowGain, crowd);
            watch.Groups?.EndInterval(left, position, times.Seconds, crowd);
            if (watch.OverPlan > largestGap) largestGap = watch.OverPlan;
        }

        Forecaster.Close();
    }

    /// <summary>Looks ahead: what <see cref="Entities"/> tells is of now. Once a plan.</summary>
    /// <param name="capacity">Of a partition, in cost units per second; above 0.</param>
    /// <param name="horizon">
    /// What to plan: from the open interval or later on, seven days at the most. Its slots are several whole intervals, or shorter than one.
    /// </param>
    /// <param name="isSplit">Whether an entity has several shards: its groups are told however light it is. Null: none has.</param>
    /// <exception cref="ArgumentException">The horizon doesn't fit the intervals.</exception>
    public void Look(double capacity, PlanHorizon horizon, Func<EntityKey, bool>? isSplit = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        slots = new PlanSlots(Grid, Open, horizon);
        (surgeFade, presentFade) = (slots.FadeOf(options.SurgeTime), slots.FadeOf(options.PresentTime));
        surgeRamp = slots.RampOf(RampTime);
        Forecaster.Announcements.Forget(Open);
        foreach (var watch in watches.Values) watch.Curve = CurveOf(watch, capacity, slots);
        Profiles.Classify(capacity, Open - 1, entity => watches.TryGetValue(entity, out var watch) ? watch.Peak : double.NaN);
        Age();
        AssignSeries();
        foreach (var watch in watches.Values) watch.Curve ??= CurveOf(watch, capacity, slots);

        Order();
        AssignGroups(capacity, isSplit);
        var outlooks = new EntityOutlook[ordered.Count];
        for (var i = 0; i < outlooks.Length; i++) outlooks[i] = OutlookOf(ordered[i], slots);
        Entities = outlooks;
        largestGap = double.NegativeInfinity;
    }

    private void Order()
    {
        if (isOrdered) return;
        ordered.Clear();
        ordered.AddRange(watches.Values);
        ordered.Sort(static (left, right) => left.Entity.CompareTo(right.Entity));
        isOrdered = true;
    }
}
