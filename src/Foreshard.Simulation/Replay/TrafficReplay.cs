using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Simulation.Replay;

/// <summary>Recorded traffic, lived through slot by slot: the same profiler and forecaster as in production, with the record's clock.</summary>
/// <remarks>
/// Slots are closed in order, each once, the ones without an access too. The load of an entity in a slot is the cost of its
/// accesses. For one thread.
/// </remarks>
internal sealed partial class TrafficReplay
{
    /// <summary>Slots without any access at one time: years of them are a wrong time, not a quiet night.</summary>
    private const int DaysSilentMax = 4000;

    /// <summary>How often a day all entities are told apart anew: their order costs more than all else of a slot.</summary>
    private const int ClassifiedPerDay = 4;

    /// <summary>Share of entities whose load may be missing in a slot whose total counts.</summary>
    private const double MissingShareMax = 0.02;

    /// <summary>Stands for the series of an entity that has none.</summary>
    private const int None = -1;

    private readonly ReplayOptions options;
    private readonly Dictionary<EntityKey, int> series = [];
    private readonly List<EntityKey> entities = [];
    private readonly SortedDictionary<long, AccessInterval> intervals = [];
    private readonly Stack<AccessInterval> spare = [];
    private readonly long latenessSlots;
    private double largest;
    private int hot;
    private bool hasBegun;

    public TrafficReplay(SlotGrid grid, ReplayOptions options)
        : this(grid, options, new ProfileSet(grid, options.Profiles), new Forecaster(grid, options.Forecasts))
    {
    }

    private TrafficReplay(SlotGrid grid, ReplayOptions options, ProfileSet profiles, Forecaster forecaster)
    {
        this.options = options;
        Grid = grid;
        Profiles = profiles;
        Forecaster = forecaster;
        latenessSlots = (options.Lateness.Ticks + grid.SlotLength.Ticks - 1) / grid.SlotLength.Ticks;
    }

    /// <summary>Told before each slot is closed, with what came in it: loads by entity.</summary>
    public event Action<long, IReadOnlyList<(int Series, float Load)>>? Closing;

    /// <summary>How time is cut.</summary>
    public SlotGrid Grid { get; }

    public ProfileSet Profiles { get; }

    public Forecaster Forecaster { get; }

    /// <summary>Number of the series that is the sum of all entities.</summary>
    public int Total { get; private set; } = -1;

    /// <summary>The slot that is open.</summary>
    public long Open => Forecaster.Open;

    /// <summary>The entities that have a series, in the order in which they came.</summary>
    public IReadOnlyList<EntityKey> Entities => entities;

    /// <summary>Entities without a series of their own, because there are more than the tiers have room for.</summary>
    public long WithoutSeries { get; private set; }

    /// <summary>Capacity of a partition, in cost units per second: as told, or the largest load of all entities together so far.</summary>
    public double Capacity => options.Capacity ?? Math.Max(largest / Grid.SlotLength.TotalSeconds, 1e-9);

    /// <summary>The series of an entity; null if it has none.</summary>
    public int? SeriesOf(in EntityKey entity) => series.TryGetValue(entity, out var number) && number != None ? number : null;

    /// <summary>The entity of a series.</summary>
    public EntityKey EntityOf(int number) => entities[number - 1];

    /// <summary>Accesses of slots that had been closed: in a log that begins before the end of what was gone on from.</summary>
    public long SeenBefore { get; private set; }

    /// <summary>Takes the next access, at most <see cref="ReplayOptions.Lateness"/> before the latest.</summary>
    /// <returns>False if its slot was closed before: it was counted then, and is not again.</returns>
    public bool Add(in Access access)
    {
        var slot = Grid.SlotOf(access.TimeUtc);
        if (hasBegun && slot < Open)
        {
            SeenBefore++;
            return false;
        }

        Begin(Math.Max(0, slot - latenessSlots)); // the first line may be late itself
        CloseBefore(slot - latenessSlots);
        IntervalOf(slot).Add(access);
        return true;
    }

    /// <summary>Begins at a slot, if nothing came yet.</summary>
    public void Begin(long slot)
    {
        if (hasBegun) return;
        hasBegun = true;
        Forecaster.StartAt(slot);
        Total = Forecaster.Add(SeriesTier.Hot, isAggregate: true);
    }

    /// <summary>Closes all slots before one.</summary>
    public void CloseBefore(long slot)
    {
        if (slot - Open > (long)DaysSilentMax * Grid.SlotsPerDay)
            throw new InvalidOperationException($"Between {Grid.StartOf(Open):u} and {Grid.StartOf(slot):u} nothing came: one of these times is wrong.");
        while (Open < slot) Close();
    }

    /// <summary>Adds an entity as if its first load came now; of a table all are known from the start.</summary>
    /// <returns>Its series; -1 if there is no room for one.</returns>
    public int Register(in EntityKey entity)
    {
        if (series.TryGetValue(entity, out var known)) return known;
        if (entities.Count >= options.Profiles.MaxHot + options.Profiles.MaxWarm)
        {
            WithoutSeries++;
            series.Add(entity, None);
            return None;
        }

        var tier = hot < options.Profiles.MaxHot ? SeriesTier.Hot : SeriesTier.Warm;
        if (tier == SeriesTier.Hot) hot++;
        var number = Forecaster.Add(tier);
        series.Add(entity, number);
        entities.Add(entity);
        return number;
    }

    private AccessInterval IntervalOf(long slot)
    {
        if (intervals.TryGetValue(slot, out var interval)) return interval;
        if (!spare.TryPop(out interval)) interval = new AccessInterval(AccessLimits.Default);
        intervals.Add(slot, interval);
        return interval;
    }

    private void Close()
    {
        var slot = Open;
        var loads = new List<(int Series, float Load)>();
        var sum = 0.0;
        if (intervals.Remove(slot, out var interval))
        {
            foreach (var (entity, tally) in interval.Entities())
            {
                sum += tally.Cost;
                if (Register(entity) is var number and >= 0) loads.Add((number, (float)tally.Cost));
            }

            if (options.HasProfiles) Profiles.Apply(interval, slot);
            interval.Clear();
            spare.Push(interval);
        }

        Closing?.Invoke(slot, loads);
        Observe(loads, (float)sum);
        Classify(slot);
    }

    /// <summary>Takes the loads of the open slot of a table and closes it; those that aren't told are 0, NaN is missing.</summary>
    public void Close(IReadOnlyList<(int Series, float Load)> loads)
    {
        var sum = 0.0;
        var missing = 0;
        foreach (var (_, load) in loads)
        {
            if (float.IsNaN(load)) missing++;
            else sum += load;
        }

        if (options.HasProfiles) ApplyLoads(loads);
        Closing?.Invoke(Open, loads);

        // What is missing is missing in the sum, too: without it the sum would seem to fall.
        Observe(loads, missing > MissingShareMax * entities.Count ? float.NaN : (float)sum);
        Classify(Open - 1);
    }

    private void Classify(long slot)
    {
        var basesBetween = Math.Max(1, Grid.BaseSlotsPerDay / ClassifiedPerDay);
        if (options.HasProfiles && Forecaster.Open % (Grid.SlotsPerBase * basesBetween) == 0) Profiles.Classify(Capacity, slot);
    }

    private void ApplyLoads(IReadOnlyList<(int Series, float Load)> loads)
    {
        var interval = IntervalOf(Open);
        foreach (var (number, load) in loads)
        {
            if (!(load > 0)) continue;
            interval.Add(new Access
            {
                TimeUtc = Grid.StartOf(Open),
                Entity = EntityOf(number),
                Reads = (long)Math.Round(load),
                Cost = load,
            });
        }

        Profiles.Apply(interval, Open);
        intervals.Remove(Open);
        interval.Clear();
        spare.Push(interval);
    }

    private void Observe(IReadOnlyList<(int Series, float Load)> loads, float sum)
    {
        foreach (var (number, load) in loads) Forecaster.Observe(number, load);
        Forecaster.Observe(Total, sum);
        if (sum > largest) largest = sum;
        Forecaster.Close();
    }
}
