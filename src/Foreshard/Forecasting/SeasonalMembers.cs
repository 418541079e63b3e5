using System.Numerics.Tensors;

namespace Foreshard.Forecasting;

/// <summary>The members that repeat the past: days, weeks and days that resemble each other. Scratch: one instance per thread.</summary>
internal sealed class SeasonalMembers
{
    private const int WeekdayCount = 7;

    /// <summary>Weeks that means and medians of the same slots are taken over.</summary>
    private const int Weeks = 4;

    /// <summary>Loss of a last day's deviation, per hour of lead; of what was seen over longer, that of <see cref="SlowFadePerHour"/>.</summary>
    private const double FadePerHour = 0.97;

    private const double SlowFadePerHour = 0.995;

    /// <summary>A level is drawn to 1 as if a tenth of the usual load of the window had been as expected.</summary>
    private const float LevelPrior = 0.1f;

    private const float LevelMax = 10;

    /// <summary>Weight of a week relative to the one after it, among days that resemble each other.</summary>
    private const float WeekDiscount = 0.9f;

    /// <summary>Days whose shapes differ by that share of the mean load weigh a factor e less.</summary>
    private const float Likeness = 0.4f;

    /// <summary>No day counts for nothing: it may be the only one known.</summary>
    private const float LikenessMin = 1e-6f;

    /// <summary>Events of a slot below which the population's shape says more of likeness than the series' own.</summary>
    private const float EventsForOwnShape = 10;

    /// <summary>Weeks that the population's shape counts for in a sparse series.</summary>
    private const float PopulationWeeks = 0.3f;

    /// <summary>Share that a sparse series' slot gets from its two neighbours.</summary>
    private const float NeighbourShare = 0.1f;

    /// <summary>Events that a last week as expected counts for, when a sparse series' level is taken.</summary>
    private const float LevelEvents = 5;

    private readonly int day;
    private readonly int week;
    private readonly float rootOfDay;
    private readonly float[] fade;
    private readonly float[] slowFade;
    private readonly float[] factors;
    private readonly float[] similar;
    private readonly float[] scratch;
    private readonly float[] other;
    private readonly float[] days;
    private readonly float[] shapes;
    private readonly float[] known = new float[WeekdayCount];
    private readonly float[] sums = new float[WeekdayCount];
    private readonly float[] likeness = new float[WeekdayCount * WeekdayCount];

    private SeriesWindow window;
    private int end;
    private float mean;
    private float unit;
    private ReadOnlyMemory<float> population;
    private int phase;
    private bool hasDays;
    private int similarBlock;

    public SeasonalMembers(SeriesLayout layout)
    {
        day = layout.Day;
        week = layout.Week;
        rootOfDay = MathF.Sqrt(day);
        window = new SeriesWindow(layout);
        fade = Fade(FadePerHour);
        slowFade = Fade(SlowFadePerHour);
        factors = new float[day];
        similar = new float[day];
        scratch = new float[day];
        other = new float[day];
        days = new float[week];
        shapes = new float[week];
    }

    /// <summary>Turns to a series as it was known at an origin.</summary>
    /// <param name="window">Its loads.</param>
    /// <param name="origin">Number of loads known, of those in the window.</param>
    /// <param name="eventUnit">Load of one event, for a sparse series; 0 for another.</param>
    /// <param name="shape">Shape of the week of the whole population, twice in a row, mean 1; empty if not known.</param>
    /// <param name="phaseOfOrigin">Slot of the week that comes first after the origin.</param>
    public void Begin(SeriesWindow window, int origin, float eventUnit, ReadOnlyMemory<float> shape, int phaseOfOrigin)
    {
        this.window = window;
        end = origin;
        unit = eventUnit;
        population = shape;
        phase = phaseOfOrigin;
        mean = SeriesWindow.Mean(Known[Math.Max(0, end - (Weeks * week))..]);
        hasDays = false;
        similarBlock = -1;
    }

    private ReadOnlySpan<float> Known => window.Loads[..end];

    /// <summary>Forecasts one day.</summary>
    /// <param name="member">One that repeats the past.</param>
    /// <param name="block">Days ahead: 0 is the next one, 6 the last.</param>
    /// <param name="into">One day's slots.</param>
    /// <returns>False if the series is too young.</returns>
    public bool TryForecast(Member member, int block, Span<float> into)
    {
        if (end < day) return false;
        switch (member)
        {
            case Member.Day:
                Known[^day..].CopyTo(into);
                return true;
            case Member.Week:
                return SameSlots(block, 1, into) > 0;
            case Member.Median:
                return Middle(block, into);
            case Member.MedianByWeek:
                return Middle(block, into) && Level(week, isMedian: true, Weeks, into, slowFade, block);
            case Member.TwoWeeksByDay:
                return SameSlots(block, 2, into) > 0 && Level(day, isMedian: false, 2, into, fade, block);
            case Member.FourWeeksByDay:
                return SameSlots(block, Weeks, into) > 0 && Level(day, isMedian: false, Weeks, into, fade, block);
            case Member.FourWeeksByThreeDays:
                return SameSlots(block, Weeks, into) > 0 && Level(3 * day, isMedian: false, Weeks, into, slowFade, block);
            default:
                if (similarBlock != block) Similar(block, similar);
                similarBlock = block;
                similar.AsSpan().CopyTo(into);
                if (member == Member.SimilarByDay) LevelSimilar(1, 0, into);
                if (member == Member.SimilarByWeek) LevelSimilar(WeekdayCount, LevelEvents * unit, into);
                return true;
        }
    }

    /// <summary>Mean of the same slots of the last weeks, as many as are known.</summary>
    private int SameSlots(int block, int weeks, Span<float> into) => SameSlotsBefore(end + (block * day), weeks, into);

    private int SameSlotsBefore(int start, int weeks, Span<float> into)
    {
        var count = 0;
        for (var back = start - week; back >= 0 && count < weeks; back -= week, count++)
        {
            var same = window.Loads.Slice(back, day);
            if (count == 0) same.CopyTo(into);
            else TensorPrimitives.Add(into, same, into);
        }

        if (count > 1) TensorPrimitives.Multiply(into, 1f / count, into);
        return count;
    }

    private bool Middle(int block, Span<float> into) => MiddleBefore(end + (block * day), into);

    /// <summary>Median of the same slots of the last weeks: of four, the mean of the two in the middle.</summary>
    private bool MiddleBefore(int start, Span<float> into)
    {
        var count = Math.Min(Weeks, start / week);
        if (count < 3) return SameSlotsBefore(start, count, into) > 0;
        ReadOnlySpan<float> a = window.Loads.Slice(start - week, day), b = window.Loads.Slice(start - (2 * week), day);
        ReadOnlySpan<float> c = window.Loads.Slice(start - (3 * week), day);
        var low = scratch.AsSpan();
        var high = other.AsSpan();
        if (count == 3)
        {
            MedianOfThree.Of(a, b, c, low, into);
            return true;
        }

        // The larger of the two smaller and the smaller of the two larger are the two in the middle.
        ReadOnlySpan<float> d = window.Loads.Slice(start - (4 * week), day);
        TensorPrimitives.Min(a, b, low);
        TensorPrimitives.Max(a, b, high);
        TensorPrimitives.Min(c, d, into);
        TensorPrimitives.Max(low, into, low);
        TensorPrimitives.Max(c, d, into);
        TensorPrimitives.Min(high, into, high);
        TensorPrimitives.Add(low, high, into);
        TensorPrimitives.Multiply(into, 0.5f, into);
        return true;
    }

    /// <summary>Multiplies by what was by what the same rule would have said, over the last slots.</summary>
    private bool Level(int slots, bool isMedian, int weeks, Span<float> into, float[] fading, int block)
    {
        slots = Math.Min(slots, (end - week) / day * day);
        if (slots <= 0) return true;
        var start = end - slots;
        var actual = TensorPrimitives.Sum(Known[start..]);
        var expected = isMedian ? SumOfMedians(start, slots) : SumOfMeans(start, slots, weeks);
        var prior = LevelPrior * slots * mean;
        if (expected + prior <= 0) return true;
        var level = Math.Clamp((actual + prior) / (expected + prior), 1 / LevelMax, LevelMax);
        var factor = factors.AsSpan();
        TensorPrimitives.Multiply(fading.AsSpan(block * day, day), MathF.Log(level), factor);
        TensorPrimitives.Exp(factor, factor);
        TensorPrimitives.Multiply(into, factor, into);
        return true;
    }

    private float SumOfMeans(int start, int slots, int weeks)
    {
        var sum = 0f;
        var count = 0;
        for (var back = start - week; back >= 0 && count < weeks; back -= week, count++) sum += TensorPrimitives.Sum(window.Loads.Slice(back, slots));
        return sum / count;
    }

    private float SumOfMedians(int start, int slots)
    {
        var sum = 0f;
        for (var at = 0; at < slots; at += day)
        {
            MiddleBefore(start + at, factors);
            sum += TensorPrimitives.Sum<float>(factors);
        }

        return sum;
    }

    /// <summary>Mean over the days of the week, each by how much it resembles the day of the forecast.</summary>
    private void Similar(int block, Span<float> into)
    {
        if (!hasDays) TakeDays();
        into.Clear();
        var total = 0f;
        for (var weekday = 0; weekday < WeekdayCount; weekday++)
        {
            if (known[weekday] == 0) continue;
            var weight = known[weekday] * LikenessOf(weekday, block);
            TensorPrimitives.MultiplyAdd(days.AsSpan(weekday * day, day), weight, into, into);
            total += weight;
        }

        if (total > 0) TensorPrimitives.Multiply(into, 1 / total, into);
        if (unit <= 0) return;
        if (!population.IsEmpty)
        {
            TensorPrimitives.Multiply(into, total / (total + PopulationWeeks), into);
            TensorPrimitives.MultiplyAdd(PopulationDay(block), mean * PopulationWeeks / (total + PopulationWeeks), into, into);
        }

        Smooth(into);
    }

    /// <summary>Means of the seven days that end at the origin, over the weeks; and the shapes that likeness goes by.</summary>
    private void TakeDays()
    {
        hasDays = true;
        Array.Fill(likeness, float.NaN);
        days.AsSpan().Clear();
        known.AsSpan().Clear();
        var weight = 1f;
        for (var start = end - week; start > -week; start -= week, weight *= WeekDiscount)
        {
            var unknown = start >= 0 ? 0 : (day - 1 - start) / day;
            var part = days.AsSpan(unknown * day);
            if (part.IsEmpty) break;
            TensorPrimitives.MultiplyAdd(window.Loads.Slice(start + (unknown * day), part.Length), weight, part, part);
            for (var weekday = unknown; weekday < WeekdayCount; weekday++) known[weekday] += weight;
        }

        for (var weekday = 0; weekday < WeekdayCount; weekday++)
        {
            var mean = days.AsSpan(weekday * day, day);
            if (known[weekday] > 0) TensorPrimitives.Multiply(mean, 1 / known[weekday], mean);
            sums[weekday] = TensorPrimitives.Sum<float>(mean);
        }

        TakeShapes();
    }

    /// <summary>The series' own shapes, and the population's as far as its own say little.</summary>
    private void TakeShapes()
    {
        var isAllKnown = known[0] > 0;
        if (population.IsEmpty || (unit <= 0 && isAllKnown))
        {
            days.AsSpan().CopyTo(shapes);
            return;
        }

        for (var weekday = 0; weekday < WeekdayCount; weekday++)
        {
            var events = known[weekday] * mean / Math.Max(unit, 1e-9f);
            var own = unit > 0 ? events / (events + EventsForOwnShape) : known[weekday] > 0 ? 1 : 0;
            var shape = shapes.AsSpan(weekday * day, day);
            TensorPrimitives.Multiply(days.AsSpan(weekday * day, day), own, shape);
            TensorPrimitives.MultiplyAdd(PopulationDay(weekday), mean * (1 - own), shape, shape);
        }
    }

    private float LikenessOf(int weekday, int target)
    {
        if (weekday == target || mean <= 0 || (known[target] == 0 && population.IsEmpty)) return 1;
        ref var cached = ref likeness[(Math.Min(weekday, target) * WeekdayCount) + Math.Max(weekday, target)];
        if (!float.IsNaN(cached)) return cached;
        var relative = TensorPrimitives.Distance<float>(shapes.AsSpan(weekday * day, day), shapes.AsSpan(target * day, day)) / (mean * Likeness * rootOfDay);
        return cached = Math.Max(LikenessMin, MathF.Exp(-relative * relative));
    }

    private ReadOnlySpan<float> PopulationDay(int block) => population.Span.Slice(phase + (block * day), day);

    /// <summary>Multiplies by what came by what <see cref="Similar"/> says of the same days.</summary>
    private void LevelSimilar(int dayCount, float prior, Span<float> into)
    {
        var days = Math.Min(dayCount, end / day);
        var actual = TensorPrimitives.Sum(Known[^(days * day)..]);
        var expected = 0f;
        for (var back = 1; back <= days; back++) expected += SumOfSimilar(WeekdayCount - back);
        var few = Math.Max(prior, 0.01f * mean * day);
        if (expected + few <= 0) return;
        TensorPrimitives.Multiply(into, Math.Clamp((actual + few) / (expected + few), 1 / LevelMax, LevelMax), into);
    }

    private float SumOfSimilar(int target)
    {
        var sum = 0f;
        var total = 0f;
        for (var weekday = 0; weekday < WeekdayCount; weekday++)
        {
            if (known[weekday] == 0) continue;
            var weight = known[weekday] * LikenessOf(weekday, target);
            sum += weight * sums[weekday];
            total += weight;
        }

        return total > 0 ? sum / total : 0;
    }

    private void Smooth(Span<float> values)
    {
        if (day < 8) return;
        var before = values[0];
        for (var i = 0; i < values.Length; i++)
        {
            var after = values[Math.Min(i + 1, values.Length - 1)];
            var self = values[i];
            values[i] = ((1 - NeighbourShare) * self) + (NeighbourShare / 2 * (before + after));
            before = self;
        }
    }

    private float[] Fade(double perHour) => [.. Enumerable.Range(0, week).Select(lead => (float)Math.Pow(perHour, (lead + 1) * 24.0 / day))];
}
