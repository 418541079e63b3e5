using System.Runtime.InteropServices;

namespace Foreshard.Forecasting;

/// <summary>The bytes of one series with names. Valid until the series changes its tier or is removed.</summary>
internal readonly ref struct SeriesView(SeriesLayout layout, Span<byte> bytes)
{
    private readonly Span<byte> bytes = bytes;

    public SeriesLayout Layout { get; } = layout;

    public ref SeriesHead Head => ref MemoryMarshal.AsRef<SeriesHead>(bytes);

    public Span<byte> Ring => bytes[Layout.RingOffset..Layout.CoefficientsOffset];

    /// <summary>All scores: members of the first block, then of the second.</summary>
    public Span<Half> Scores => Halves(Layout.ScoresOffset, Layout.ScoresOffset + (Layout.Members * Layout.Blocks * sizeof(ushort)));

    /// <summary>Mean absolute error by time of day; hot only.</summary>
    public Span<float> Errors => MemoryMarshal.Cast<byte, float>(bytes[Layout.ErrorsOffset..Layout.IssuedOffset]);

    /// <summary>What was forecast for the second day, today and yesterday, in the ring's codes; hot only.</summary>
    public Span<byte> Issued => bytes[Layout.IssuedOffset..Layout.FineShapeOffset];

    /// <summary>Shape of the day within its base slots, relative to their mean; hot and fine only.</summary>
    public Span<Half> FineShape => Halves(Layout.FineShapeOffset, Layout.FineShapeOffset + (Layout.FineBins * sizeof(ushort)));

    /// <summary>Loads of the open base slot, by bin; hot and fine only.</summary>
    public Span<float> FineOpen => MemoryMarshal.Cast<byte, float>(bytes[Layout.FineOpenOffset..Layout.Size]);

    /// <summary>Coefficients of one of the series' own models for one block of leads.</summary>
    public Span<Half> Coefficients(int model, int block)
    {
        var all = Halves(Layout.CoefficientsOffset, Layout.ScoresOffset);
        return all.Slice(((model * Layout.Blocks) + Math.Min(block, Layout.Blocks - 1)) * OwnModel.Features, OwnModel.Features);
    }

    /// <summary>Scores of the members for one block of leads.</summary>
    public Span<Half> ScoresOf(int block) => Scores.Slice(Math.Min(block, Layout.Blocks - 1) * Layout.Members, Layout.Members);

    /// <summary>The load of a base slot that is remembered; NaN if it is missing.</summary>
    public float LoadAt(long slot)
    {
        var at = (int)(slot % Layout.RingLength);
        if (Layout.Tier == SeriesTier.Warm) return Ring[at] == LoadRing.NarrowMissing ? float.NaN : Ring[at] * Ring[at] * Head.Scale;
        var code = MemoryMarshal.Cast<byte, ushort>(Ring)[at];
        return code == LoadRing.WideMissing ? float.NaN : code * Head.Scale;
    }

    /// <summary>The largest load that is remembered; 0 if there is none.</summary>
    public float LargestLoad()
    {
        var largest = 0f;
        for (var slot = 0; slot < Layout.RingLength; slot++)
        {
            var load = LoadAt(slot);
            if (load > largest) largest = load;
        }

        return largest;
    }

    /// <summary>Remembers the load of a base slot, instead of the oldest. It has to fit the scale.</summary>
    public void SetLoad(long slot, float load)
    {
        var at = (int)(slot % Layout.RingLength);
        var scale = Head.Scale > 0 ? Head.Scale : 1;
        if (Layout.Tier == SeriesTier.Warm) Ring[at] = LoadRing.Narrow(load, scale);
        else MemoryMarshal.Cast<byte, ushort>(Ring)[at] = LoadRing.Wide(load, scale);
    }

    /// <summary>Remembers all loads at another scale.</summary>
    public void Rescale(float scale)
    {
        if (Head.Scale > 0)
        {
            LoadRing.Rescale(Layout.Tier, Ring, Head.Scale, scale);
            LoadRing.Rescale(SeriesTier.Hot, Issued, Head.Scale, scale);
        }

        Head.Scale = scale;
    }

    private Span<Half> Halves(int from, int to) => MemoryMarshal.Cast<byte, Half>(bytes[from..to]);
}
