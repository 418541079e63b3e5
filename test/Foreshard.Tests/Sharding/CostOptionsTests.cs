using Foreshard.Sharding;

namespace Foreshard.Tests.Sharding;

public sealed class CostOptionsTests
{
    [Fact]
    public void Defaults_hold()
    {
        CostOptions.Default.Validate();
        CutOptions.Default.Validate();
    }

    [Fact]
    public void Everything_out_of_range_is_named_at_once()
    {
        var options = CostOptions.Default with
        {
            TargetShare = 1.1, Strain = -1, Imbalance = double.NaN, Band = -0.1, LatencyMs = -1, PartnerMs = -1, Transfer = -1, MoveShare = 2,
            MoveSeconds = -1, ShardSeconds = -1, MoveOverhead = TimeSpan.FromDays(2), ForesightTime = TimeSpan.Zero, ForesightFloor = 2,
        };

        var message = Assert.Throws<ArgumentException>(options.Validate).Message;

        Assert.StartsWith("The prices of placement don't hold: TargetShare has to be from 0.3 to 1, is 1.1; ", message, StringComparison.Ordinal);
        string[] others =
            ["Strain", "Imbalance", "Band", "LatencyMs", "PartnerMs", "Transfer", "MoveShare", "MoveSeconds", "ShardSeconds", "MoveOverhead",
            "ForesightTime", "ForesightFloor"];
        foreach (var name in others)
            Assert.Contains($"; {name} has to be from ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void So_is_what_is_wrong_with_the_demands_on_cuts()
    {
        var options = new CutOptions { LargestShare = 0.4, StraddlingShare = 1.1, Balance = -1, Straddling = -1, Bytes = -1, Regions = double.NaN };

        var message = Assert.Throws<ArgumentException>(options.Validate).Message;

        foreach (var name in (string[])["LargestShare", "StraddlingShare", "Balance", "Straddling", "Bytes", "Regions"])
            Assert.Contains($" {name} has to be from ", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(1)]
    public void Ends_of_ranges_are_in_them(double share) => (CostOptions.Default with { TargetShare = share, MoveShare = 1, Strain = 0 }).Validate();
}
