using CsCheck;
using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Tests.Forecasting;

public sealed class SeriesLayoutTests
{
    private static readonly int[] Minutes = [5, 15, 30, 60, 90, 120, 360, 1440];
    private static readonly Gen<int> AnyMinutes = Gen.Int[0, Minutes.Length - 1].Select(at => Minutes[at]);

    [Fact]
    public void A_series_keeps_within_its_bytes_whatever_the_slots_length()
    {
        var grids = Enumerable.Range(1, 86_400).Where(count => 86_400 % count == 0).Select(count => new SlotGrid(TimeSpan.FromDays(1) / count)).ToList();

        Assert.Equal(96, grids.Count);
        Assert.All(grids, grid => Assert.InRange(new SeriesLayout(grid, SeriesTier.Warm).Size, 1, 780));
        Assert.All(grids, grid => Assert.InRange(new SeriesLayout(grid, SeriesTier.Hot).Size, 1, 3_000));
    }

    [Fact]
    public void What_a_series_remembers_lies_apart() => Gen.Select(AnyMinutes, Gen.Enum<SeriesTier>()).Sample((minutes, tier) =>
    {
        var layout = new SeriesLayout(new SlotGrid(TimeSpan.FromMinutes(minutes)), tier);
        var slab = new SeriesSlab(layout);
        var series = slab.At(slab.Take());
        var neighbour = slab.At(slab.Take());
        var before = slab.Bytes(1).ToArray();

        series.Ring.Fill(1);
        for (var model = 0; model < layout.Models; model++)
        {
            for (var block = 0; block < layout.Blocks; block++) series.Coefficients(model, block).Fill((Half)((10 * model) + block));
        }

        for (var block = 0; block < layout.Blocks; block++) series.ScoresOf(block).Fill((Half)(30 + block));
        series.Errors.Fill(40);
        series.FineShape.Fill((Half)50);
        series.FineOpen.Fill(60);

        Assert.Equal(1, series.Head.Bias);
        Assert.Equal(-1, series.Ring.IndexOfAnyExcept((byte)1));
        Assert.Equal(layout.RingLength * (tier == SeriesTier.Hot ? 2 : 1), series.Ring.Length);
        Assert.Equal(layout.Members, series.ScoresOf(0).Length);
        for (var model = 0; model < layout.Models; model++)
        {
            for (var block = 0; block < layout.Blocks; block++)
                Assert.Equal(-1, series.Coefficients(model, block).IndexOfAnyExcept((Half)((10 * model) + block)));
        }

        for (var block = 0; block < layout.Blocks; block++) Assert.Equal(-1, series.ScoresOf(block).IndexOfAnyExcept((Half)(30 + block)));
        Assert.Equal(-1, series.Errors.IndexOfAnyExcept(40f));
        Assert.Equal((tier == SeriesTier.Hot ? layout.Day : 0, layout.FineBins), (series.Errors.Length, series.FineShape.Length));
        Assert.Equal(-1, series.FineShape.IndexOfAnyExcept((Half)50));
        Assert.Equal(layout.FineBins / layout.Day, series.FineOpen.Length);
        Assert.Equal(before, slab.Bytes(1).ToArray());
        Assert.Equal(1, neighbour.Head.Bias);
    }, iter: 20);

    [Theory]
    [InlineData(5, 288)]
    [InlineData(15, 96)]
    [InlineData(1, 288)]
    [InlineData(60, 0)]
    [InlineData(90, 0)]
    public void Only_slots_shorter_than_their_base_have_a_shape_within(int minutes, int bins)
    {
        Assert.Equal(bins, new SeriesLayout(new SlotGrid(TimeSpan.FromMinutes(minutes)), SeriesTier.Hot).FineBins);
        Assert.Equal(0, new SeriesLayout(new SlotGrid(TimeSpan.FromMinutes(minutes)), SeriesTier.Warm).FineBins);
    }
}
