using System.Runtime.CompilerServices;
using Foreshard.Profiling;

namespace Foreshard.Forecasting;

/// <summary>Where what lies in the bytes of a series, by tier and grid.</summary>
internal sealed class SeriesLayout
{
    private const int WarmWeeks = 4;
    private const int HotWeeks = 5;

    /// <summary>Bins of the shape of a day finer than the base slots; more would be noise within five weeks.</summary>
    private const int FineBinsMax = 288;

    public SeriesLayout(SlotGrid grid, SeriesTier tier)
    {
        Tier = tier;
        Day = grid.BaseSlotsPerDay;
        Week = grid.BaseSlotsPerWeek;
        RingLength = Week * (tier == SeriesTier.Hot ? HotWeeks : WarmWeeks);
        Models = tier == SeriesTier.Hot ? 3 : 1;
        Members = tier == SeriesTier.Hot ? MemberInfo.Count : MemberInfo.WarmCount;
        Blocks = tier == SeriesTier.Hot ? 2 : 1;
        SlotsPerBase = grid.SlotsPerBase;
        FineBins = tier == SeriesTier.Warm || SlotsPerBase == 1 ? 0 : FineBinsPerBase(grid) * Day;

        var offset = Align(Unsafe.SizeOf<SeriesHead>());
        RingOffset = Take(ref offset, RingLength * (tier == SeriesTier.Hot ? sizeof(ushort) : sizeof(byte)));
        CoefficientsOffset = Take(ref offset, Models * Blocks * OwnModel.Features * Unsafe.SizeOf<Half>());
        ScoresOffset = Take(ref offset, Members * Blocks * Unsafe.SizeOf<Half>());
        offset = Align(offset);
        ErrorsOffset = Take(ref offset, tier == SeriesTier.Hot ? Day * sizeof(float) : 0);
        IssuedOffset = Take(ref offset, tier == SeriesTier.Hot ? 2 * Day * sizeof(ushort) : 0);
        FineShapeOffset = Take(ref offset, FineBins * Unsafe.SizeOf<Half>());
        offset = Align(offset);
        FineOpenOffset = Take(ref offset, FineBins == 0 ? 0 : FineBins / Day * sizeof(float));
        Size = Align(offset);
    }

    public SeriesTier Tier { get; }

    /// <summary>Base slots of a day.</summary>
    public int Day { get; }

    /// <summary>Base slots of a week.</summary>
    public int Week { get; }

    /// <summary>Base slots remembered.</summary>
    public int RingLength { get; }

    /// <summary>Regressions that the series has of its own.</summary>
    public int Models { get; }

    /// <summary>Members of the ensemble; the first of <see cref="Member"/>.</summary>
    public int Members { get; }

    /// <summary>Blocks of lead times that have coefficients and scores of their own: the first day, the days after.</summary>
    public int Blocks { get; }

    /// <summary>Slots of a base slot.</summary>
    public int SlotsPerBase { get; }

    /// <summary>Bins of the day finer than its base slots; 0 if the slots are not finer, or the tier keeps no such shape.</summary>
    public int FineBins { get; }

    public int RingOffset { get; }

    public int CoefficientsOffset { get; }

    public int ScoresOffset { get; }

    public int ErrorsOffset { get; }

    public int IssuedOffset { get; }

    public int FineShapeOffset { get; }

    public int FineOpenOffset { get; }

    /// <summary>Bytes of a series.</summary>
    public int Size { get; }

    /// <summary>Bins of a base slot: its slots, or several of them together.</summary>
    public static int FineBinsPerBase(SlotGrid grid)
    {
        var most = FineBinsMax / grid.BaseSlotsPerDay;
        return Enumerable.Range(1, Math.Min(most, grid.SlotsPerBase)).Last(count => grid.SlotsPerBase % count == 0);
    }

    private static int Take(ref int offset, int bytes)
    {
        var at = offset;
        offset += (bytes + 1) & ~1;
        return at;
    }

    private static int Align(int size) => (size + 3) & ~3;
}
