namespace Foreshard.Forecasting;

/// <summary>What is known beforehand of the load of single series or of all: a sale, a holiday, a migration.</summary>
/// <remarks>
/// An announcement multiplies the forecasts of its slots; and what comes in them is divided by it before it is learned, so that
/// the next week isn't expected to be another sale.
/// </remarks>
internal sealed class Announcements
{
    private readonly List<Announcement> all = [];

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => all.Count == 0;

    /// <summary>Announces.</summary>
    /// <param name="series">Number of the series; null for all.</param>
    /// <param name="from">First slot.</param>
    /// <param name="to">First slot that isn't part of it any more.</param>
    /// <param name="times">What the usual load is multiplied by; above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">No slot, or no factor above 0.</exception>
    public void Add(int? series, long from, long to, double times)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(to, from);
        if (!(times > 0) || !double.IsFinite(times))
            throw new ArgumentOutOfRangeException(nameof(times), times, "The usual load is multiplied by a number above 0.");
        all.Add(new Announcement(series, from, to, (float)times));
    }

    /// <summary>Forgets what ended before a slot.</summary>
    public void Forget(long slot) => all.RemoveAll(announcement => announcement.To <= slot);

    /// <summary>What a series' usual load is multiplied by in a slot; several announcements multiply.</summary>
    public float FactorAt(int series, long slot)
    {
        var factor = 1f;
        foreach (var (of, from, to, times) in all)
        {
            if ((of is null || of == series) && from <= slot && slot < to) factor *= times;
        }

        return factor;
    }

    /// <summary>Announces for a series what was announced for another one that it is a part of.</summary>
    public void Share(int of, int with) =>
        all.AddRange(all.Where(announcement => announcement.Series == of).Select(announcement => announcement with { Series = with }).ToList());

    /// <summary>Multiplies a forecast.</summary>
    public void Apply(int series, Forecast forecast, int levels)
    {
        if (IsEmpty) return;
        for (var i = 0; i < forecast.Count; i++)
        {
            var factor = FactorOf(series, forecast.FirstSlot + ((long)i * forecast.SlotsPerStep), forecast.SlotsPerStep);
            if (factor == 1) continue;
            forecast.Mean[i] *= factor;
            for (var level = 0; level < levels; level++) forecast.Quantile(level)[i] *= factor;
        }
    }

    /// <summary>The mean factor of some slots.</summary>
    private float FactorOf(int series, long first, int slots)
    {
        var sum = 0f;
        for (var slot = first; slot < first + slots; slot++) sum += FactorAt(series, slot);
        return sum / slots;
    }

    private readonly record struct Announcement(int? Series, long From, long To, float Times);
}
