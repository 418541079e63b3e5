using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Benchmarks;

/// <summary>A forecaster of many series that know five weeks: first the hot ones, then the warm ones, then sums of others.</summary>
/// <remarks>
/// A few series of each tier live through these weeks. The rest become copies of them, byte for byte, each of one that learns at the
/// same hour: they know and do what they would if they had had the same loads.
/// </remarks>
internal sealed class ForecastFleet
{
    private const int Weeks = 5;
    private const int Day = 24;

    /// <summary>Series of a tier that live; of each hour of the day equally many.</summary>
    private const int Living = Day * 40;

    private readonly SyntheticLoad source = new(11);
    private readonly int hot;
    private readonly int warm;

    public ForecastFleet(SlotGrid grid, int hot, int warm, int aggregates)
    {
        this.hot = hot;
        this.warm = warm;
        Forecaster = new Forecaster(grid, new ForecastOptions());
        Loads = new float[hot + warm + aggregates];

        // A series learns at an hour that its number tells, and a model and its copies are whole days of numbers apart.
        var living = Enumerable.Range(0, Living).Concat(Enumerable.Range(FirstWarm, Living)).ToArray();
        var places = new int[Loads.Length];
        for (var i = 0; i < Loads.Length; i++) places[i] = Forecaster.Add(TierOf(i), isAggregate: i >= hot + warm);
        for (var hour = 0; hour < Weeks * 7 * Day; hour++)
        {
            foreach (var i in living) Forecaster.Observe(places[i], LoadOf(i));
            for (var i = hot + warm; i < Loads.Length; i++) Forecaster.Observe(places[i], source.Dense(i, hour) * 100);
            Forecaster.Close();
        }

        for (var i = 0; i < hot + warm; i++)
        {
            var model = ModelOf(i);
            if (model != i) Copy(Forecaster.At(places[model]), Forecaster.At(places[i]));
        }
    }

    public Forecaster Forecaster { get; }

    /// <summary>Loads of the open hour.</summary>
    public float[] Loads { get; }

    public int Series => Loads.Length;

    private int FirstWarm => (hot + Day - 1) / Day * Day;

    /// <summary>Makes the loads of the open hour.</summary>
    public void Next()
    {
        for (var i = 0; i < hot + warm; i++) Loads[i] = LoadOf(i);
    }

    private SeriesTier TierOf(int series) => series < hot || series >= hot + warm ? SeriesTier.Hot : SeriesTier.Warm;

    private int ModelOf(int series)
    {
        var first = series < hot ? 0 : FirstWarm;
        return first + ((series - first + Living) % Living);
    }

    /// <summary>Of five hot series four are dense, of five warm ones four are counts.</summary>
    private float LoadOf(int series)
    {
        var model = ModelOf(series);
        var isDense = (model % 5 == 0) != (TierOf(series) == SeriesTier.Hot);
        return isDense ? source.Dense(model, Forecaster.Open) : source.Sparse(model, Forecaster.Open);
    }

    private static void Copy(SeriesView from, SeriesView to) => Bytes(from).CopyTo(Bytes(to));

    /// <summary>The head is at the beginning of a series' bytes.</summary>
    private static Span<byte> Bytes(SeriesView series) =>
        MemoryMarshal.CreateSpan(ref Unsafe.As<SeriesHead, byte>(ref series.Head), series.Layout.Size);
}
