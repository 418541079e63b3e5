namespace Foreshard.Forecasting;

/// <summary>All series of one tier, side by side in few large arrays: a million of them are nothing to the garbage collector.</summary>
internal sealed class SeriesSlab(SeriesLayout layout)
{
    private const int PerChunk = 256;

    private readonly List<byte[]> chunks = [];
    private readonly Stack<int> free = [];

    public SeriesLayout Layout { get; } = layout;

    /// <summary>Places ever taken; those given back are among them.</summary>
    public int Places { get; private set; }

    /// <summary>A place for a series that knows nothing.</summary>
    public int Take()
    {
        if (!free.TryPop(out var place))
        {
            place = Places++;
            if (place / PerChunk == chunks.Count) chunks.Add(GC.AllocateUninitializedArray<byte>(PerChunk * Layout.Size));
        }

        var bytes = Bytes(place);
        bytes.Clear();
        var series = At(place);
        series.Head.Flags = SeriesFlags.Taken;
        series.Head.Bias = 1;
        series.Head.NaiveWeekError = float.NaN;
        series.Scores.Fill(Half.NaN);
        series.FineShape.Fill((Half)1);
        series.Errors.Fill(float.NaN);
        series.Issued.Fill(byte.MaxValue);
        return place;
    }

    public void GiveBack(int place)
    {
        At(place).Head.Flags = SeriesFlags.None;
        free.Push(place);
    }

    public SeriesView At(int place) => new(Layout, Bytes(place));

    /// <summary>All that is remembered of a series, for saving.</summary>
    public Span<byte> Bytes(int place) => chunks[place / PerChunk].AsSpan(place % PerChunk * Layout.Size, Layout.Size);
}
