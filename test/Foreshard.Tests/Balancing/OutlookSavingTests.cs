using System.Buffers;
using Foreshard.Balancing;
using Foreshard.Profiling;

namespace Foreshard.Tests.Balancing;

public sealed class OutlookSavingTests
{
    private const int Day = 288;

    [Fact]
    public void What_was_saved_goes_on_as_if_nothing_had_been()
    {
        var (one, other) = (Known(), Known());
        foreach (var run in new[] { one, other }) run.RunTo(16 * Day).Look();

        other.Reload();
        foreach (var run in new[] { one, other }) run.Look();
        foreach (var run in new[] { one, other }) run.RunTo(17 * Day).Look();

        Assert.Equal(one.Outlook.Entities.Count, other.Outlook.Entities.Count);
        foreach (var (left, right) in one.Outlook.Entities.Zip(other.Outlook.Entities))
        {
            Assert.Equal(left.Entity, right.Entity);
            Assert.Equal(left.Curve.Mean.ToArray(), right.Curve.Mean.ToArray());
            Assert.Equal(left.Curve.Variance.ToArray(), right.Curve.Variance.ToArray());
            Assert.Equal(left.Curve.Busy, right.Curve.Busy);
            Assert.Equal(left.Groups.Select(group => (group.Group, group.Curve.Peak)), right.Groups.Select(group => (group.Group, group.Curve.Peak)));
        }

        Assert.NotEmpty(one.Outlook.Entities[0].Groups);
    }

    [Fact]
    public void What_is_damaged_or_of_another_interval_is_refused()
    {
        var run = Known();
        run.RunTo(Day);
        var saved = new ArrayBufferWriter<byte>();
        run.Outlook.Save(saved);
        var damaged = saved.WrittenSpan.ToArray();
        damaged[damaged.Length / 2] ^= 1;

        Assert.Throws<ProfileFormatException>(() => LoadOutlook.Load(damaged, run.Grid, OutlookOptions.Default));
        Assert.Throws<ProfileFormatException>(() => LoadOutlook.Load(saved.WrittenSpan, new SlotGrid(TimeSpan.FromMinutes(10)), OutlookOptions.Default));
        Assert.Throws<ProfileFormatException>(() => LoadOutlook.Load(saved.WrittenSpan[..^1], run.Grid, OutlookOptions.Default));
    }

    [Fact]
    public void Hours_that_nobody_recorded_are_not_quiet_hours()
    {
        var (away, quiet) = (Known(), Known());
        away.RunTo(16 * Day);
        quiet.RunTo(16 * Day);

        away.Outlook.SkipTo(away.Outlook.Open + (Day / 2));
        for (var slot = 0; slot < Day / 2; slot++) quiet.Outlook.Close(new AccessInterval(AccessLimits.Default));

        var (expected, afterAway, afterQuiet) = (Day * 10.0, Sum(away), Sum(quiet));
        Assert.InRange(afterAway / expected, 0.85, 1.15);
        Assert.True(afterQuiet < 0.95 * afterAway, $"quiet hours are learned: {afterQuiet} against {afterAway}");
    }

    private static double Sum(OutlookRun run)
    {
        run.Look();
        var curve = run.Of(1).Curve;
        return curve.MeanLoad * Day;
    }

    private static OutlookRun Known()
    {
        var run = new OutlookRun();
        return run.Add(1, slot => 0.6 * run.Daily(slot), "eu").Add(1, slot => 0.4 * run.Daily(slot), "us").Add(2, run.Daily).Add(3, slot => slot % 7);
    }
}
