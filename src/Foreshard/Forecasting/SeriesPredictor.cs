using System.Numerics.Tensors;
using Foreshard.Profiling;

namespace Foreshard.Forecasting;

/// <summary>Makes forecasts of one tier's series. Scratch: one instance per thread.</summary>
internal sealed class SeriesPredictor
{
    /// <summary>Days of scores before a skill is told.</summary>
    private const int SkillDays = 3;

    /// <summary>Errors below that share of the peak are not told apart: what repeats exactly is forecast as well by anybody.</summary>
    private const float ErrorMin = 0.01f;

    /// <summary>What remains, an hour ahead, of the deviation of the open base slot.</summary>
    private const double OpenFadePerHour = 0.5;

    private const float YoungDispersion = 1;

    private readonly SeriesLayout layout;
    private readonly SlotGrid grid;
    private readonly ForecastOptions options;
    private readonly Ensemble ensemble;
    private readonly float[] point;
    private readonly float[] mean;
    private readonly float[] errors;
    private readonly float[] logarithms;
    private readonly float[][] quantiles;
    private readonly double openFade;

    /// <summary>Distance of each level from the middle, in mean absolute deviations of a normal distribution.</summary>
    private readonly float[] fineWidths;

    public SeriesPredictor(SeriesLayout layout, SlotGrid grid, ForecastOptions options)
    {
        this.layout = layout;
        this.grid = grid;
        this.options = options;
        ensemble = new Ensemble(layout);
        var longest = layout.Week + (2 * layout.Day);
        point = new float[longest];
        mean = new float[longest];
        errors = new float[layout.Day];
        logarithms = new float[longest];
        quantiles = [.. options.Levels.Select(_ => new float[longest])];
        openFade = Math.Pow(OpenFadePerHour, 24.0 / grid.SlotsPerDay);
        fineWidths = [.. options.Levels.Select(level => (float)CountQuantiles.NormalQuantile(level) * 1.25f)];
    }

    /// <inheritdoc cref="Forecaster.Predict(int, ForecastSteps, Forecast)"/>
    public void Predict(SeriesView series, Population population, long open, ForecastSteps steps, Forecast into)
    {
        into.Reset(open + steps.Lead, steps.Count, options.Levels.Count, steps.SlotsPerStep);
        var head = series.Head;
        var openBase = grid.BaseOf(open);
        var offset = (int)(open % grid.SlotsPerBase);
        var bases = (offset + steps.Slots + grid.SlotsPerBase - 1) / grid.SlotsPerBase;
        ensemble.Window.Read(series, openBase);
        if (ensemble.Window.Count < layout.Day) Young(head, population, openBase, bases);
        else Known(series, population, openBase, bases);
        Refine(series, open, offset, steps, into);
        for (var level = 1; level < options.Levels.Count; level++)
            TensorPrimitives.Max(into.Quantile(level), into.Quantile(level - 1), into.Quantile(level));
        Judge(head, into);
    }

    /// <summary>A series of less than a day: its mean so far, in the population's shape.</summary>
    private void Young(in SeriesHead head, Population population, long open, int bases)
    {
        var window = ensemble.Window;
        var shape = population.Shape.Span;
        var level = SeriesWindow.Mean(window.Loads);
        var first = (int)(open % layout.Week);
        if (!shape.IsEmpty && window.Count > 0)
        {
            var usual = 0f;
            for (var back = 1; back <= window.Count; back++) usual += shape[(first - back + layout.Week) % layout.Week];
            level = TensorPrimitives.Sum(window.Loads) / Math.Max(usual, 0.1f * window.Count);
        }

        for (var i = 0; i < bases; i++)
        {
            point[i] = level * (shape.IsEmpty ? 1 : shape[(first + i) % layout.Week]);
            mean[i] = point[i];
        }

        // The largest load so far stands for one event, and nothing speaks for even arrivals yet.
        var unit = Math.Max(head.Peak, 1e-9f);
        for (var quantile = 0; quantile < options.Levels.Count; quantile++)
        {
            var counts = population.Counts(quantile);
            for (var i = 0; i < bases; i++) quantiles[quantile][i] = counts.Of(mean[i] / unit, YoungDispersion, isWhole: false) * unit;
        }
    }

    private void Known(SeriesView series, Population population, long open, int bases)
    {
        ensemble.Begin(series, ensemble.Window.Count, population, open);
        for (var start = 0; start < bases; start += layout.Day)
        {
            // The last block of a week that begins within a base slot reaches one slot beyond the seventh day.
            var block = Math.Min(start / layout.Day, 6);
            ensemble.Forecast(series, population, block, point.AsSpan(start, layout.Day));
        }

        if (series.Head.Flags.HasFlag(SeriesFlags.Sparse)) Count(series, population, bases);
        else Flow(series, population, open, bases);
    }

    private void Count(SeriesView series, Population population, int bases)
    {
        var head = series.Head;
        var dispersion = SeriesLearner.DispersionOf(head, population);
        var isWhole = !head.Flags.HasFlag(SeriesFlags.Fractional) && grid.SlotsPerBase == 1;
        var aDay = TensorPrimitives.Sum<float>(point.AsSpan(0, layout.Day)) / head.Unit;
        TensorPrimitives.Multiply(point.AsSpan(0, bases), population.Means.FactorFor(aDay), mean);
        var events = point.AsSpan(0, bases);
        TensorPrimitives.Multiply(mean.AsSpan(0, bases), 1 / head.Unit, events);
        TensorPrimitives.Log2(events, logarithms);
        for (var level = 0; level < options.Levels.Count; level++)
        {
            // Between two counts there is nothing, but above the middle a step of one event is a step of several per cent of coverage.
            var into = quantiles[level].AsSpan(0, bases);
            population.Counts(level).Of(events, logarithms, dispersion, isWhole && options.Levels[level] <= 0.5, into);
            TensorPrimitives.Multiply(into, head.Unit, into);
        }

        mean.AsSpan(0, bases).CopyTo(point);
    }

    private void Flow(SeriesView series, Population population, long open, int bases)
    {
        TensorPrimitives.Multiply(point.AsSpan(0, bases), series.Head.Bias, mean);
        UsualError.Of(series, ensemble.Window.Loads, open, errors);
        TensorPrimitives.Multiply(errors, SeriesLearner.SpreadOf(series.Head), errors);
        for (var start = 0; start < bases; start += layout.Day)
        {
            for (var level = 0; level < options.Levels.Count; level++)
            {
                var into = quantiles[level].AsSpan(start, layout.Day);
                var distance = options.Levels[level] == 0.5 ? 0 : population.ResidualQuantile(start == 0 ? 0 : 1, level);
                TensorPrimitives.MultiplyAdd(errors, distance, point.AsSpan(start, layout.Day), into);
                TensorPrimitives.Max(into, 0f, into);
            }
        }
    }

    private void Copy(ForecastSteps steps, Forecast into)
    {
        mean.AsSpan(steps.Lead, steps.Count).CopyTo(into.Mean);
        for (var level = 0; level < options.Levels.Count; level++) quantiles[level].AsSpan(steps.Lead, steps.Count).CopyTo(into.Quantile(level));
    }

    /// <summary>From base slots to slots: by the shape within, and by what the open base slot shows already. Then to steps.</summary>
    private void Refine(SeriesView series, long open, int offset, ForecastSteps steps, Forecast into)
    {
        if (grid.SlotsPerBase == 1 && steps.SlotsPerStep == 1)
        {
            Copy(steps, into);
            return;
        }

        var level = MathF.Log(LevelOf(series, open, offset));
        for (var i = 0; i < steps.Count; i++)
        {
            into.Mean[i] = 0;
            for (var quantile = 0; quantile < options.Levels.Count; quantile++) into.Quantile(quantile)[i] = 0;

            // What is of one base slot is refined in one go: a step costs as much as a slot.
            var (slot, end) = (steps.Lead + (i * steps.SlotsPerStep), steps.Lead + ((i + 1) * steps.SlotsPerStep));
            while (slot < end)
            {
                var at = (offset + slot) / grid.SlotsPerBase;
                var next = Math.Min(end, ((at + 1) * grid.SlotsPerBase) - offset);
                var share = SharesOf(series, open, slot, next) / grid.SlotsPerBase;
                if (level != 0) share *= MathF.Exp(level * (float)Math.Pow(openFade, slot + ((next - 1 - slot) / 2.0)));
                AddStep(series.Head, at, share, i, into);
                slot = next;
            }

            into.Mean[i] /= steps.SlotsPerStep;
            for (var quantile = 0; quantile < options.Levels.Count; quantile++) into.Quantile(quantile)[i] /= steps.SlotsPerStep;
        }
    }

    /// <summary>What the open base slot brought so far, relative to what was expected.</summary>
    private float LevelOf(SeriesView series, long open, int offset)
    {
        if (offset == 0) return 1;
        var expected = 0f;
        for (var slot = open - offset; slot < open; slot++) expected += mean[0] * ShapeAt(series, slot) / grid.SlotsPerBase;
        var prior = 0.3f * mean[0];
        return expected + prior <= 0 ? 1 : Math.Clamp((series.Head.Open + prior) / (expected + prior), 0.1f, 10);
    }

    private float SharesOf(SeriesView series, long open, int from, int to)
    {
        if (layout.FineBins == 0) return to - from;
        var sum = 0f;
        for (var slot = from; slot < to; slot++) sum += ShapeAt(series, open + slot);
        return sum;
    }

    private void AddStep(in SeriesHead head, int at, float share, int step, Forecast into)
    {
        var centre = point[at] * share;
        into.Mean[step] += mean[at] * share;
        var within = head.FineError * centre;
        for (var quantile = 0; quantile < options.Levels.Count; quantile++)
        {
            var around = (quantiles[quantile][at] * share) - centre;
            var width = fineWidths[quantile] * within;
            var both = MathF.CopySign(MathF.Sqrt((around * around) + (width * width)), Math.Abs(width) > Math.Abs(around) ? width : around);
            into.Quantile(quantile)[step] += Math.Max(0, centre + both);
        }
    }

    /// <summary>Load of a slot relative to the mean of its base slot.</summary>
    private float ShapeAt(SeriesView series, long slot)
    {
        if (layout.FineBins == 0) return 1;
        var perBase = layout.FineBins / layout.Day;
        var withinDay = (int)(slot % grid.SlotsPerDay);
        return (float)series.FineShape[withinDay * perBase / grid.SlotsPerBase];
    }

    private void Judge(in SeriesHead head, Forecast into)
    {
        into.ScoredDays = head.Scored;
        var naive = float.IsNaN(head.NaiveWeekError) ? head.NaiveDayError : Math.Min(head.NaiveDayError, head.NaiveWeekError);
        var floor = Math.Max(ErrorMin * head.Peak, 1e-9f);
        into.Skill = head.Scored < SkillDays ? double.NaN : 1 - (Math.Max(head.Error, floor) / Math.Max(naive, floor));
        into.IsAbstaining = !(into.Skill >= options.SkillMin);
    }
}
