using System.Globalization;
using Foreshard.Profiling;
using Foreshard.Simulation.AccessLogs;
using Microsoft.Extensions.Time.Testing;

namespace Foreshard.Simulation.Tests.AccessLogs;

/// <summary>A real file that grows, is renamed and is cut off while it is read.</summary>
public sealed class LogFollowerTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    private readonly string folder = Directory.CreateTempSubdirectory("foreshard-tests").FullName;
    private readonly FakeTimeProvider clock = new(Start);

    private string Log => Path.Combine(folder, "access.csv");

    [Fact]
    public void What_is_appended_is_read_once_and_what_was_there_is_not()
    {
        Write("time,entity\n", Line("old"), Line("older"));
        using var follower = Follow(startsAtEnd: true);

        Assert.Empty(Keys(follower));
        Append(Line("a"), Line("b"));
        Assert.Equal(["a", "b"], Keys(follower));
        Assert.Empty(Keys(follower));
        Append(Line("c"));
        Assert.Equal(["c"], Keys(follower));
        Assert.Equal((3, 3, 0), (follower.Lines, follower.Accepted, follower.Rotations));
    }

    [Fact]
    public void From_the_start_all_is_read()
    {
        Write("# written by the shop\n\ntime,entity\n", Line("a"), Line("b"));
        using var follower = Follow(startsAtEnd: false);

        Assert.Equal(["a", "b"], Keys(follower));
    }

    [Fact]
    public void A_line_that_is_not_finished_is_left_until_it_is()
    {
        Write("time,entity\n");
        using var follower = Follow(startsAtEnd: true);
        Assert.Empty(Keys(follower));

        var line = Line("abc");
        Append(line[..^3]);
        Assert.Empty(Keys(follower));
        Append(line[^3..]);
        Assert.Equal(["abc"], Keys(follower));
    }

    [Fact]
    public void A_line_that_was_being_written_at_the_start_is_read_whole()
    {
        var line = Line("abc");
        Write("time,entity\n", Line("old"), line[..^3]);
        using var follower = Follow(startsAtEnd: true);
        Assert.Empty(Keys(follower));

        Append(line[^3..]);

        Assert.Equal(["abc"], Keys(follower));
        Assert.Equal(1, follower.Lines);
    }

    [Fact]
    public void Lines_of_json_without_a_header_are_followed()
    {
        Write(Json("old"), Json("older"));
        using var follower = Follow(startsAtEnd: true);

        Assert.Empty(Keys(follower));
        Append(Json("a"), "{ no json\n", Json("b"));

        Assert.Equal(["a", "b"], Keys(follower));
        Assert.Equal((3, 2, 1), (follower.Lines, follower.Accepted, follower.Found(LineFinding.InvalidJson)));
    }

    [Fact]
    public void A_file_that_is_not_there_yet_is_waited_for_and_read_from_its_start()
    {
        using var follower = Follow(startsAtEnd: true);
        Assert.Empty(Keys(follower));
        Write();
        Assert.Empty(Keys(follower));
        Append("time,entity\n", Line("a"));

        Assert.Equal(["a"], Keys(follower));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    public void Of_a_renamed_file_the_end_is_read_before_its_successor(int linesBefore)
    {
        Write(["time,entity\n", .. Enumerable.Range(0, linesBefore).Select(number => Line($"old{number}"))]);
        using var follower = Follow(startsAtEnd: true);
        Assert.Empty(Keys(follower));

        Append(Line("last"));
        File.Move(Log, Log + ".1");
        Assert.Equal(["last"], Keys(follower));
        Write(["entity,time\n", .. Enumerable.Range(0, 80).Select(number => $"n{number},{Time()}\n")]);

        Assert.Equal(Enumerable.Range(0, 80).Select(number => $"n{number}"), Keys(follower));
        Assert.Equal(1, follower.Rotations);
        Assert.Equal((81, 81), (follower.Lines, follower.Accepted));
    }

    [Fact]
    public void A_last_line_without_a_line_break_counts_when_the_next_file_is_there()
    {
        Write("time,entity\n");
        using var follower = Follow(startsAtEnd: true);
        Assert.Empty(Keys(follower));

        Append(Line("a"), Line("b")[..^1]);
        Assert.Equal(["a"], Keys(follower));
        File.Move(Log, Log + ".1");
        Write("time,entity\n", Line("c"));

        Assert.Equal(["b", "c"], Keys(follower));
    }

    [Fact]
    public void A_file_that_is_cut_off_is_read_from_its_start()
    {
        Write("time,entity\n", Line("a"));
        using var follower = Follow(startsAtEnd: false);
        Assert.Equal(["a"], Keys(follower));

        Write("time,entity\n", Line("b"), Line("c"), Line("d"));

        Assert.Equal(["b", "c", "d"], Keys(follower));
        Assert.Equal(1, follower.Rotations);
    }

    [Fact]
    public void Lines_of_later_days_are_not_taken_for_the_future()
    {
        Write("time,entity\n");
        using var follower = Follow(startsAtEnd: true);
        Assert.Empty(Keys(follower));

        clock.Advance(TimeSpan.FromDays(3));
        Append(Line("a"));
        Assert.Equal(["a"], Keys(follower));
        Append($"{clock.GetUtcNow().AddDays(1):O},wrong\n");
        Assert.Empty(Keys(follower));
        Append(Line("b"));
        Assert.Equal(["b"], Keys(follower));
        Assert.Equal(1, follower.Found(LineFinding.Future));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static List<string> Keys(LogFollower follower)
    {
        var keys = new List<string>();
        foreach (Access access in follower.ReadNew()) keys.Add(access.Entity.KeyText());
        return keys;
    }

    private LogFollower Follow(bool startsAtEnd) => new(Log, new AccessLogOptions { NowUtc = Start.UtcDateTime }, clock, startsAtEnd);

    private void Write(params string[] lines) => File.WriteAllText(Log, string.Concat(lines));

    private void Append(params string[] lines) => File.AppendAllText(Log, string.Concat(lines));

    private string Line(string key) => $"{Time()},{key}\n";

    private string Json(string key) => $"{{\"time\":\"{Time()}\",\"entity\":\"{key}\"}}\n";

    /// <summary>No two lines are from the same moment.</summary>
    private string Time()
    {
        clock.Advance(TimeSpan.FromMilliseconds(1));
        return clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
    }
}
