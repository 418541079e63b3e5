using System.Buffers;
using Foreshard.Balancing;
using Foreshard.Profiling;
using Foreshard.Sharding;
using Foreshard.Tests.Profiling;

namespace Foreshard.Tests.Balancing;

/// <summary>An outlook that lives through loads given as functions of the interval; interval 0 begins at a Monday's midnight.</summary>
internal sealed class OutlookRun
{
    public const double Capacity = 100;

    private readonly AccessInterval interval = new(AccessLimits.Default);
    private readonly List<(EntityKey Entity, GroupKey Group, string? Region, Func<int, double> Load)> loads = [];
    private readonly long zero;
    private readonly OutlookOptions options;

    /// <param name="minutes">Length of an interval.</param>
    /// <param name="options">Null for the default.</param>
    /// <param name="sources">Null for none.</param>
    public OutlookRun(int minutes = 5, OutlookOptions? options = null, OutlookSources? sources = null)
    {
        Grid = new SlotGrid(TimeSpan.FromMinutes(minutes));
        zero = Grid.SlotOf(Accesses.Monday);
        this.options = options ?? OutlookOptions.Default;
        Outlook = new LoadOutlook(Grid, this.options, sources);
        Outlook.Begin(zero);
    }

    public SlotGrid Grid { get; }

    public LoadOutlook Outlook { get; private set; }

    /// <summary>The open interval.</summary>
    public int Now => (int)(Outlook.Open - zero);

    /// <summary>A day between 2 and 18 cost units per second, largest at 18:00.</summary>
    public double Daily(int slot) => 10 - (8 * Math.Sin(2 * Math.PI * slot / Grid.SlotsPerDay));

    /// <summary>Adds a load, in cost units per second.</summary>
    public OutlookRun Add(long entity, Func<int, double> load, GroupKey group = default, string? region = null)
    {
        loads.Add((Accesses.Customer.Key(entity), group, region, load));
        return this;
    }

    /// <summary>Goes on with what was saved, as after a restart.</summary>
    public void Reload()
    {
        var saved = new ArrayBufferWriter<byte>();
        Outlook.Save(saved);
        Outlook = LoadOutlook.Load(saved.WrittenSpan, Grid, options);
    }

    /// <summary>Lives through all intervals before one.</summary>
    public OutlookRun RunTo(int slot)
    {
        while (Now < slot)
        {
            interval.Clear();
            foreach (var (entity, group, region, load) in loads)
            {
                var cost = load(Now) * Grid.SlotLength.TotalSeconds;
                if (cost == 0) continue;
                interval.Add(new Access
                {
                    TimeUtc = Grid.StartOf(Outlook.Open), Entity = entity, Group = group, Region = region, Reads = 1, Cost = cost,
                });
            }

            Outlook.Close(interval);
        }

        return this;
    }

    /// <summary>Lives through a day, and looks often enough for groups to be known.</summary>
    public OutlookRun Begin()
    {
        RunDays(1).Look();
        RunTo(Now + 2).Look();
        return this;
    }

    public OutlookRun RunDays(int days) => RunTo(days * Grid.SlotsPerDay);

    /// <summary>Looks a day ahead in half hours.</summary>
    public IReadOnlyList<EntityOutlook> Look(int slotMinutes = 30, int slots = 48, Func<EntityKey, bool>? isSplit = null)
    {
        Outlook.Look(Capacity, new PlanHorizon(Grid.StartOf(Outlook.Open), TimeSpan.FromMinutes(slotMinutes), slots), isSplit);
        return Outlook.Entities;
    }

    public EntityOutlook Of(long entity) => Outlook.Entities.Single(outlook => outlook.Entity == Accesses.Customer.Key(entity));

    /// <summary>Mean load of a plan slot that begins now.</summary>
    public double MeanOf(Func<int, double> load, int slot, int perSlot = 6) =>
        Enumerable.Range(Now + (slot * perSlot), perSlot).Average(load);
}
