using System.Diagnostics;
using System.Numerics.Tensors;
using Foreshard.Profiling;

namespace Foreshard.Forecasting;

/// <summary>
/// Forecasts the loads of many series (entities, buckets, partitions): an ensemble of simple members per series, weighted by
/// their errors on its own past, with quantiles that are calibrated on all series together.
/// </summary>
/// <remarks>
/// Driven from outside, slot by slot: <see cref="Observe"/> what came, <see cref="Close"/> the slot, and so on; a series' numbers
/// depend on nothing after the last closed slot. Each series learns once a day, at a time of day of its own. For one thread.
/// </remarks>
internal sealed partial class Forecaster
{
    /// <summary>
    /// A load above that many times the largest of the last weeks is a spike, and is remembered as just that; the next one within
    /// two weeks is remembered as it was.
    /// </summary>
    private const float SpikeFactor = 3;

    /// <summary>Base slots of the first days, in which no load is a spike.</summary>
    private const int SpikeDays = 7;

    private const float FineGain = 0.1f;

    /// <summary>Place of a series that was removed.</summary>
    private const int Removed = -1;

    private readonly ForecastOptions options;
    private readonly SeriesSlab[] slabs;
    private readonly SeriesLearner[] learners;
    private readonly SeriesPredictor[] predictors;
    private readonly List<int> places = [];
    private readonly float peakDecay;
    private double total;
    private float[] cold = [];
    private float[] coldLogarithms = [];

    public Forecaster(SlotGrid grid, ForecastOptions options)
    {
        options.Check();
        Grid = grid;
        this.options = options;
        SeriesLayout[] layouts = [new(grid, SeriesTier.Warm), new(grid, SeriesTier.Hot)];
        slabs = [.. layouts.Select(layout => new SeriesSlab(layout))];
        learners = [.. layouts.Select(layout => new SeriesLearner(layout))];
        predictors = [.. layouts.Select(layout => new SeriesPredictor(layout, grid, options))];
        Population = new Population(layouts[1], options.Levels);
        peakDecay = MathF.Pow(0.5f, 1f / grid.BaseSlotsPerWeek);
    }

    /// <summary>How time is cut.</summary>
    public SlotGrid Grid { get; }

    /// <summary>The slot that is open: loads are observed in it, and forecasts begin with it.</summary>
    public long Open { get; private set; }

    /// <summary>Series ever added; those removed are among them.</summary>
    public int Count => places.Count;

    /// <summary>What is known beforehand.</summary>
    public Announcements Announcements { get; } = new();

    internal Population Population { get; }

    /// <summary>Begins at a slot. Only before anything was observed.</summary>
    public void StartAt(long slot)
    {
        if (places.Count > 0) throw new InvalidOperationException($"A forecaster with {places.Count} series can't begin anew at slot {slot}.");
        Open = slot;
    }

    /// <summary>Adds a series that knows nothing.</summary>
    /// <param name="tier">How much it shall remember.</param>
    /// <param name="isAggregate">True for a sum of other series, or a part of one: it doesn't count as one of the population.</param>
    /// <returns>Its number, from 0 on.</returns>
    public int Add(SeriesTier tier, bool isAggregate = false)
    {
        var place = slabs[(int)tier].Take();
        if (isAggregate) slabs[(int)tier].At(place).Head.Flags |= SeriesFlags.Aggregate;
        places.Add(Encode(tier, place));
        return places.Count - 1;
    }

    /// <summary>How much a series remembers.</summary>
    public SeriesTier TierOf(int series) => (SeriesTier)(places[series] & 1);

    /// <summary>Adds to the load of the open slot. A series that isn't observed in a slot had no load in it.</summary>
    /// <param name="series">The series.</param>
    /// <param name="load">Not negative; NaN says that the load of this slot isn't known.</param>
    public void Observe(int series, float load)
    {
        var view = At(series);
        ref var head = ref view.Head;
        if (float.IsNaN(load))
        {
            if (head.OpenMissing < ushort.MaxValue) head.OpenMissing++;
            return;
        }

        Debug.Assert(load >= 0 && float.IsFinite(load), "A load is a finite number and not negative.");
        if (load != MathF.Truncate(load)) head.Flags |= SeriesFlags.Fractional;
        if (!Announcements.IsEmpty) load /= Announcements.FactorAt(series, Open);
        head.Open += load;
        if (view.Layout.FineBins > 0) view.FineOpen[BinOf(view.Layout, Open)] += load;
    }

    /// <summary>Closes the open slot; the next one opens.</summary>
    public void Close()
    {
        Open++;
        if (Open % Grid.SlotsPerBase != 0) return;
        var open = Grid.BaseOf(Open);
        total = 0;
        for (var series = 0; series < places.Count; series++)
        {
            if (places[series] >= 0) Push(At(series), open - 1);
        }

        Population.AddTotal(open - 1, total);
        var day = Grid.BaseSlotsPerDay;
        for (var series = (int)(open % day); series < places.Count; series += day)
        {
            if (places[series] >= 0) learners[places[series] & 1].Learn(At(series), Population, open);
        }

        if (open % day == 0) Population.Refresh();
    }

    /// <summary>Forecasts a series from the open slot on.</summary>
    /// <param name="series">The series.</param>
    /// <param name="slots">How many slots; up to seven days.</param>
    /// <param name="into">Where to.</param>
    /// <exception cref="ArgumentOutOfRangeException">More than seven days, or none.</exception>
    public void Predict(int series, int slots, Forecast into)
    {
        if (slots < 1 || slots > Grid.SlotsPerWeek)
            throw new ArgumentOutOfRangeException(nameof(slots), slots, $"A forecast is of 1 to {Grid.SlotsPerWeek} slots: up to seven days.");
        Predict(series, ForecastSteps.Single(slots), into);
    }

    /// <summary>Forecasts a series in steps of several slots: what plans are made from, at a fraction of the time that single slots take.</summary>
    /// <param name="series">The series.</param>
    /// <param name="steps">Which slots; they end within seven days.</param>
    /// <param name="into">Where to. Means are those of a step's slots; quantiles are a slot's, averaged: no narrower because steps are long.</param>
    /// <exception cref="ArgumentOutOfRangeException">They end later, or there is none.</exception>
    public void Predict(int series, ForecastSteps steps, Forecast into)
    {
        if (steps.Lead < 0 || steps.SlotsPerStep < 1 || steps.Count < 1 || steps.Slots > Grid.SlotsPerWeek)
            throw new ArgumentOutOfRangeException(nameof(steps), steps, "A forecast is of some slots within seven days.");
        predictors[places[series] & 1].Predict(At(series), Population, Open, steps, into);
        Announcements.Apply(series, into, options.Levels.Count);
    }

    /// <summary>Forecasts an entity that is too cold to be a series: its mean load in the shape that all have together.</summary>
    /// <param name="load">Its mean load of a slot.</param>
    /// <param name="unit">Load of one access; above 0.</param>
    /// <param name="slots">How many slots; up to seven days.</param>
    /// <param name="into">Where to; abstains always.</param>
    public void PredictCold(float load, float unit, int slots, Forecast into)
    {
        into.Reset(Open, slots, options.Levels.Count);
        if (cold.Length < slots) (cold, coldLogarithms) = (new float[slots], new float[slots]);
        var shape = Population.Shape.Span;
        into.Mean.Fill(load);
        for (var i = 0; i < slots && !shape.IsEmpty; i++) into.Mean[i] *= shape[(int)(Grid.BaseOf(Open + i) % Grid.BaseSlotsPerWeek)];

        var events = cold.AsSpan(0, slots);
        TensorPrimitives.Multiply(into.Mean, 1 / unit, events);
        TensorPrimitives.Log2(events, coldLogarithms);
        for (var level = 0; level < options.Levels.Count; level++)
        {
            var quantile = into.Quantile(level);
            Population.Counts(level).Of(events, coldLogarithms, Population.Dispersion, isWhole: false, quantile);
            TensorPrimitives.Multiply(quantile, unit, quantile);
        }

        into.ScoredDays = 0;
        into.Skill = double.NaN;
        into.IsAbstaining = true;
    }

    /// <summary>Moves a series to another tier. It keeps what the tier has room for.</summary>
    public void SetTier(int series, SeriesTier tier)
    {
        if (TierOf(series) == tier) return;
        var old = places[series];
        var place = slabs[(int)tier].Take();
        SeriesTransfer.Copy(At(series), slabs[(int)tier].At(place), Grid.BaseOf(Open));
        places[series] = Encode(tier, place);
        slabs[old & 1].GiveBack(old >> 1);
    }

    /// <summary>Removes a series. Its number isn't given again.</summary>
    public void Remove(int series)
    {
        slabs[places[series] & 1].GiveBack(places[series] >> 1);
        places[series] = Removed;
    }

    internal SeriesView At(int series) => slabs[places[series] & 1].At(places[series] >> 1);

    private static int Encode(SeriesTier tier, int place) => (place << 1) | (int)tier;

    private static int BinOf(SeriesLayout layout, long slot)
    {
        var binsPerBase = layout.FineBins / layout.Day;
        return (int)(slot % layout.SlotsPerBase) * binsPerBase / layout.SlotsPerBase;
    }

    /// <summary>Remembers the load of a base slot that has just ended.</summary>
    private void Push(SeriesView series, long baseSlot)
    {
        ref var head = ref series.Head;
        var load = head.Open;
        if (head.OpenMissing > 0)
        {
            // What is known of the slot stands for the rest of it; less than half is too little.
            var knownSlots = Grid.SlotsPerBase - Math.Min(head.OpenMissing, Grid.SlotsPerBase);
            load = 2 * knownSlots < Grid.SlotsPerBase ? float.NaN : load * Grid.SlotsPerBase / knownSlots;
            if (!head.Flags.HasFlag(SeriesFlags.Fractional)) load = MathF.Round(load);
        }

        if (series.Layout.FineBins > 0) LearnShape(series, baseSlot, head.OpenMissing > 0 ? float.NaN : load);
        head.Open = 0;
        head.OpenMissing = 0;
        if (float.IsNaN(load) && head.Known == 0) return;
        load = CutSpike(ref head, load);
        if (!head.Flags.HasFlag(SeriesFlags.Aggregate) && !float.IsNaN(load)) total += load;
        Write(series, baseSlot, load);
    }

    private float CutSpike(ref SeriesHead head, float load)
    {
        head.Peak *= peakDecay;
        if (float.IsNaN(load) || load <= head.Peak) return load;
        var limit = SpikeFactor * head.Peak;
        var few = 10 * Math.Max(head.Unit, 0);
        if (head.Known >= SpikeDays * Grid.BaseSlotsPerDay && load > limit && load > few)
        {
            if (!head.Flags.HasFlag(SeriesFlags.Spiked)) load = Math.Max(limit, few);
            head.Flags |= SeriesFlags.Spiked;
        }

        head.Peak = load;
        return load;
    }

    private static void Write(SeriesView series, long baseSlot, float load)
    {
        ref var head = ref series.Head;
        var tier = series.Layout.Tier;
        if (load > LoadRing.Limit(tier, head.Scale) || (head.Scale == 0 && load > 0))
        {
            var scale = LoadRing.ScaleFor(tier, load, !head.Flags.HasFlag(SeriesFlags.Fractional));
            series.Rescale(scale);
        }
        else if (head.Scale == 1 && tier == SeriesTier.Hot && head.Flags.HasFlag(SeriesFlags.Fractional) && load < 1000)
        {
            // The first load that is no whole number ends the scale of whole ones.
            series.Rescale(Math.Min(1, LoadRing.ScaleFor(tier, Math.Max(series.LargestLoad(), load), isWhole: false)));
        }

        series.SetLoad(baseSlot, load);
        if (head.Known < series.Layout.RingLength && (head.Known > 0 || load > 0)) head.Known++;
    }

    private static void LearnShape(SeriesView series, long baseSlot, float load)
    {
        var bins = series.FineOpen;
        if (load > 0)
        {
            var start = (int)(baseSlot % series.Layout.Day) * bins.Length;
            var shape = series.FineShape.Slice(start, bins.Length);
            var deviation = 0f;
            for (var bin = 0; bin < bins.Length; bin++)
            {
                var now = bins[bin] * bins.Length / load;
                var before = (float)shape[bin];
                deviation += Math.Abs(now - before);
                shape[bin] = (Half)(before + (FineGain * (now - before)));
            }

            ref var head = ref series.Head;
            head.FineError += FineGain * ((deviation / bins.Length) - head.FineError);
        }

        bins.Clear();
    }
}
