using Foreshard.Autopilot;
using Foreshard.Balancing;

namespace Foreshard.Tests.Autopilot;

public sealed class FreezeTimeTests
{
    /// <summary>A Monday.</summary>
    private static readonly DateTime Monday = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_daily_one_comes_every_day_and_may_go_over_midnight()
    {
        var windows = FreezeTime.Daily(new TimeOnly(22, 0), new TimeOnly(2, 0)).Windows(Monday.AddHours(1), Monday.AddHours(30));

        Assert.Equal(
            [new FreezeWindow(Monday.AddHours(-2), Monday.AddHours(2)), new FreezeWindow(Monday.AddHours(22), Monday.AddHours(26))], windows);
    }

    [Fact]
    public void A_weekly_one_comes_on_its_day_only()
    {
        var windows = FreezeTime.Weekly(DayOfWeek.Friday, new TimeOnly(8, 0), new TimeOnly(18, 0)).Windows(Monday, Monday.AddDays(14));

        Assert.Equal([4, 11], windows.Select(window => (window.FromUtc - Monday).Days));
        Assert.All(windows, window => Assert.Equal(TimeSpan.FromHours(10), window.ToUtc - window.FromUtc));
    }

    [Fact]
    public void Equal_times_are_the_whole_day()
    {
        var window = FreezeTime.Daily(default, default).Windows(Monday, Monday.AddHours(3)).Single();

        Assert.Equal(TimeSpan.FromDays(1), window.ToUtc - window.FromUtc);
    }

    [Fact]
    public void One_that_comes_once_is_over_afterwards()
    {
        var once = FreezeTime.Once(new DateTimeOffset(Monday.AddHours(6)), new DateTimeOffset(Monday.AddHours(7)));

        Assert.Single(once.Windows(Monday, Monday.AddDays(1)));
        Assert.Empty(once.Windows(Monday.AddHours(7), Monday.AddDays(1)));
        Assert.Throws<ArgumentException>(() => FreezeTime.Once(new DateTimeOffset(Monday), new DateTimeOffset(Monday)));
    }

    [Theory]
    [InlineData("17:00-19:00", "17:00-19:00", 7, 14)]
    [InlineData(" 22:30-02:00 ", "22:30-02:00", 8, 24.5)]
    [InlineData("Sun 02:00-04:00", "Sun 02:00-04:00", 1, 2)]
    [InlineData("friday 00:00-00:00", "Fri 00:00-00:00", 1, 24)]
    [InlineData("2026-03-03T18:00Z/2026-03-04T06:00+01:00", "2026-03-03T18:00:00.0000000Z/2026-03-04T05:00:00.0000000Z", 1, 11)]
    public void Text_says_when(string text, string written, int count, double hours)
    {
        var freeze = FreezeTime.Parse(text);

        var windows = freeze.Windows(Monday, Monday.AddDays(7)).ToList();

        Assert.Equal(written, freeze.ToString());
        Assert.Equal(written, FreezeTime.Parse(written).ToString());
        Assert.Equal(count, windows.Count);
        var inWeek = windows.Sum(window => (Earlier(window.ToUtc, Monday.AddDays(7)) - (window.FromUtc < Monday ? Monday : window.FromUtc)).TotalHours);
        Assert.Equal(hours, inWeek, 6);
    }

    [Theory]
    [InlineData("")]
    [InlineData("17:00")]
    [InlineData("17-19")]
    [InlineData("25:00-26:00")]
    [InlineData("Someday 17:00-19:00")]
    [InlineData("every Sun 17:00-19:00")]
    [InlineData("2026-03-04T06:00Z/2026-03-03T18:00Z")]
    [InlineData("never/2026-03-03T18:00Z")]
    public void What_is_no_freeze_is_said(string text) =>
        Assert.Contains("17:00-19:00", Assert.Throws<FormatException>(() => FreezeTime.Parse(text)).Message, StringComparison.Ordinal);

    private static DateTime Earlier(DateTime left, DateTime right) => left < right ? left : right;
}
