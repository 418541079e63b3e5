using CsCheck;
using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Simulation.Tests.AccessLogs;

/// <summary>What becomes of lines, and which are named.</summary>
public sealed class CountingTests
{
    private const string AllColumns = "time,entity,entity_type,group,segment,reads,writes,op,cost,bytes,partners,id\n";

    [Theory]
    [InlineData("2025-06-01,c1", LineFinding.FieldCount)]
    [InlineData("2025-06-01,c1,,,,,,,,,,,", LineFinding.FieldCount)]
    [InlineData("2025-06-01,\"c1,,,,,,,,,,", LineFinding.Quotes)]
    [InlineData("2025-06-01,c\uFFFD1\uD800,,,,,,,,,,", null)]
    [InlineData("yesterday,c1,,,,,,,,,,", LineFinding.BadTime)]
    [InlineData(",c1,,,,,,,,,,", LineFinding.BadTime)]
    [InlineData("2025-06-01,,,,,,,,,,,", LineFinding.MissingEntity)]
    [InlineData("2025-06-01,c1,no name,,,,,,,,,", LineFinding.BadEntityType)]
    [InlineData("2025-06-01,c1,,,,x,,,,,,", LineFinding.BadNumber)]
    [InlineData("2025-06-01,c1,,,,1.5,,,,,,", LineFinding.BadNumber)]
    [InlineData("2025-06-01,c1,,,,,9223372036854775808,,,,,", LineFinding.BadNumber)]
    [InlineData("2025-06-01,c1,,,,,,,NaN,,,", LineFinding.BadNumber)]
    [InlineData("2025-06-01,c1,,,,,,,1e999,,,", LineFinding.BadNumber)]
    [InlineData("2025-06-01,c1,,,,-1,,,,,,", LineFinding.NegativeNumber)]
    [InlineData("2025-06-01,c1,,,,,-1,,,,,", LineFinding.NegativeNumber)]
    [InlineData("2025-06-01,c1,,,,,,,-0.5,,,", LineFinding.NegativeNumber)]
    [InlineData("2025-06-01,c1,,,,,,,,-2,,", LineFinding.NegativeNumber)]
    [InlineData("2025-06-01,c1,,,,,,dance,,,,", LineFinding.BadOperation)]
    [InlineData("2025-06-01,c1,,,,,,,,,[1,", LineFinding.BadEntity)]
    [InlineData("2026-01-01T01:00:01Z,c1,,,,,,,,,,", LineFinding.Future)]
    [InlineData("2026-01-01T01:00:00Z,c1,,,,,,,,,,", null)]
    [InlineData("2025-06-01,c1,,,,,,,,,,", null)]
    public void A_line_is_counted_by_what_is_wrong_with_it(string line, object? kind)
    {
        var expected = (LineFinding?)kind;
        var run = LogRun.Of(AllColumns + "2025-06-01,c9,,,,,,,,,,\n# a comment\n\n  \n" + line + "\n");
        Assert.Equal(2, run.Counts.Lines);
        Assert.Equal((2, 1), (run.Counts.Empty, run.Counts.Comments));
        foreach (var finding in Enum.GetValues<LineFinding>())
            Assert.Equal(finding == expected ? [6L] : [], run.Numbers(finding));
        if (expected is < LineFinding.OutOfOrder) Assert.Equal(line, run.Counts.Samples(expected.Value)[0].Text);
    }

    [Theory]
    [InlineData("""{"time":"2025-06-01","entity":"c1" """, LineFinding.InvalidJson)]
    [InlineData("""{"time":"2025-06-01","entity":"c1"} x""", LineFinding.InvalidJson)]
    [InlineData("""["2025-06-01","c1"]""", LineFinding.InvalidJson)]
    [InlineData("""{"time":"2025-06-01","entity":{"id":1}}""", LineFinding.InvalidJson)]
    [InlineData("hello", LineFinding.InvalidJson)]
    [InlineData("""{"time":"2025-06-01","entity":"\ud800"}""", LineFinding.NotUtf8)]
    [InlineData("""{"time":"2025-06-01","entity":"a\u0000b"}""", LineFinding.BadEntity)]
    [InlineData("""{"time":"2025-06-01"}""", LineFinding.MissingEntity)]
    [InlineData("""{"time":"2025-06-01","entity":null}""", LineFinding.MissingEntity)]
    [InlineData("""{"entity":"c1"}""", LineFinding.BadTime)]
    [InlineData("""{"time":true,"entity":"c1"}""", LineFinding.BadTime)]
    [InlineData("""{"time":"2025-06-01","entity":"c1","reads":-3}""", LineFinding.NegativeNumber)]
    [InlineData("""{"time":"2025-06-01","entity":"c1","partners":[[1]]}""", LineFinding.BadEntity)]
    public void A_json_line_is_counted_by_what_is_wrong_with_it(string line, object kind)
    {
        var expected = (LineFinding)kind;
        var run = LogRun.Of("{\"time\":\"2025-06-01\",\"entity\":\"c0\"}\n" + line + "\n{\"time\":\"2025-06-02\",\"entity\":\"c0\"}\n");
        Assert.Equal(3, run.Counts.Lines);
        Assert.Equal([2L], run.Numbers(expected));
        Assert.Equal(1, run.Counts.Malformed);
    }

    [Fact]
    public void Text_in_another_encoding_is_malformed()
    {
        var run = LogRun.Of([.. "time,entity\n2025-06-01,M"u8, 0xFC, .. "ller\n2025-06-01,ok\n"u8]);
        Assert.Equal([2L], run.Numbers(LineFinding.NotUtf8));
        Assert.Equal("2025-06-01,M\uFFFDller", run.Counts.Samples(LineFinding.NotUtf8)[0].Text);
    }

    [Fact]
    public void Too_many_partners_are_malformed()
    {
        string Line(int partners) => $"2025-06-01,c,{string.Join('|', Enumerable.Range(0, partners))}\n";
        var run = LogRun.Of("time,entity,partners\n" + Line(AccessText.MaxPartners) + Line(AccessText.MaxPartners + 1));
        Assert.Equal(AccessText.MaxPartners, Assert.Single(run.Accesses).Partners.Length);
        Assert.Equal([3L], run.Numbers(LineFinding.TooManyPartners));
    }

    [Fact]
    public void A_line_that_is_too_long_is_skipped_and_the_next_is_read()
    {
        var longest = new string('x', LogLines.MaxLineBytes - 20);
        var tooLong = new string('y', LogLines.MaxLineBytes + 1);
        var run = LogRun.Of($"time,entity\n2025-06-01,c1\n2025-06-01,{tooLong}\n2025-06-01,{longest}\n2025-06-01,c2\n2025-06-01,{tooLong}");
        Assert.Equal([3L, 6L], run.Numbers(LineFinding.TooLong));
        Assert.Equal(["c1", longest, "c2"], run.Accesses.Select(access => access.Entity.Text));
    }

    [Fact]
    public void The_first_five_lines_of_a_kind_are_kept_and_shortened()
    {
        var run = LogRun.Of("time,entity\n" + string.Concat(Enumerable.Range(0, 9).Select(_ => $"no\ttime{new string('x', 500)},c1\n")));
        Assert.Equal(9, run.Counts.Malformed);
        Assert.Equal([2L, 3, 4, 5, 6], run.Numbers(LineFinding.BadTime));
        var text = run.Counts.Samples(LineFinding.BadTime)[0].Text!;
        Assert.Equal(80, text.Length);
        Assert.StartsWith("no\uFFFDtimexx", text, StringComparison.Ordinal);
        Assert.EndsWith("…", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Late_lines_are_skipped_when_they_are_later_than_allowed()
    {
        var run = LogRun.Of("""
            time,entity
            2025-06-01 10:00,c1
            2025-06-01 09:00,c2
            2025-06-01 08:59:59,c3
            2025-06-01 10:30,c4
            2025-06-01 09:29,c5
            """);
        Assert.Equal(["c1", "c2", "c4"], run.Accesses.Select(access => access.Entity.Text));
        Assert.Equal([4L, 6L], run.Numbers(LineFinding.OutOfOrder));
        Assert.Equal(new DateTime(2025, 6, 1, 9, 0, 0), run.Counts.FirstTimeUtc);
        Assert.Equal(new DateTime(2025, 6, 1, 10, 30, 0), run.Counts.LastTimeUtc);
    }

    [Theory]
    [InlineData("2099-01-01")]
    [InlineData("2025-12-24")]
    public void One_wrong_clock_does_not_make_the_rest_late(string wrong)
    {
        var run = LogRun.Of($"time,entity\n2025-06-01 10:00,c1\n{wrong},c2\n2025-06-01 10:01,c3\n2025-06-01 10:02,c4\n");
        Assert.Equal(["c1", "c3", "c4"], run.Accesses.Select(access => access.Entity.Text));
        Assert.Equal([3L], run.Numbers(LineFinding.Future));

        var first = LogRun.Of($"time,entity\n{wrong},c1\n2025-06-01 10:01,c3\n2025-06-01 10:02,c4\n");
        Assert.Equal(["c3", "c4"], first.Accesses.Select(access => access.Entity.Text));
        Assert.Equal([2L], first.Numbers(LineFinding.Future));

        var near = LogRun.Of("time,entity\n2025-06-01,c1\n2025-07-03,c2\n2025-06-03,c3\n2025-06-03,c4\n");
        Assert.Equal([3L], near.Numbers(LineFinding.Future));
        Assert.Equal(3, near.Counts.Accepted);
    }

    [Fact]
    public void A_late_second_line_says_nothing_against_the_first()
    {
        var run = LogRun.Of("time,entity\n2025-06-01 10:00,c1\n2025-06-01 08:00,c2\n2025-06-01 10:01,c3\n");
        Assert.Equal(["c1", "c3"], run.Accesses.Select(access => access.Entity.Text));
        Assert.Equal([3L], run.Numbers(LineFinding.OutOfOrder));
    }

    [Fact]
    public void A_long_pause_is_believed_when_the_next_line_is_there_too_or_nothing_follows()
    {
        var run = LogRun.Of("time,entity\n2024-01-01,c1\n2024-06-01,c2\n2024-06-01 00:01,c3\n2024-12-01,c4\n2025-12-01,c5\n");
        Assert.Equal(["c1", "c2", "c3", "c4", "c5"], run.Accesses.Select(access => access.Entity.Text));
    }

    [Fact]
    public void The_same_id_is_a_duplicate_whatever_else_the_line_says()
    {
        var run = LogRun.Of(
            "time,entity,id\n2025-06-01 10:00,c1,a\n2025-06-01 10:01,c2,b\n2025-06-01 10:02,c3,a\n2025-06-01 10:02,c4,\n2025-06-01 10:02,c4,\n");
        Assert.Equal(["c1", "c2", "c4", "c4"], run.Accesses.Select(access => access.Entity.Text));
        Assert.Equal([4L], run.Numbers(LineFinding.Duplicate));
        Assert.Equal([6L], run.Numbers(LineFinding.IdenticalKept));
    }

    [Fact]
    public void A_skipped_line_is_no_reason_to_skip_another()
    {
        var run = LogRun.Of(
            "time,entity,id\n2025-06-01 10:00,c1,a\n2025-06-01 08:00,c2,b\n2099-01-01,c2,c\n2025-06-01 10:01,c2,b\n2025-06-01 10:01,c2,c\n");
        Assert.Equal((3L, 0L), (run.Counts.Accepted, run.Counts.Duplicate));
    }

    [Theory]
    [InlineData(DuplicatePolicy.Auto, "10:00:00", 3, 0, 2)]
    [InlineData(DuplicatePolicy.Auto, "10:00:00.000", 3, 0, 2)]
    [InlineData(DuplicatePolicy.Auto, "10:00:00.250", 1, 2, 0)]
    [InlineData(DuplicatePolicy.Skip, "10:00:00", 1, 2, 0)]
    [InlineData(DuplicatePolicy.Keep, "10:00:00.250", 3, 0, 0)]
    public void Equal_lines_go_by_the_policy_and_the_fineness_of_times(object policy, string time, long accepted, long duplicate, long kept)
    {
        var run = LogRun.Of(
            $"time,entity\n2025-06-01 {time},c1\n2025-06-01 {time},c1\n2025-06-01 {time},c1\n",
            new() { NowUtc = LogRun.Now, Duplicates = (DuplicatePolicy)policy });
        Assert.Equal((accepted, duplicate, kept), (run.Counts.Accepted, run.Counts.Duplicate, run.Counts.IdenticalKept));
    }

    [Fact]
    public void Hashes_are_found_in_the_window_and_forgotten_after_twice_as_many()
    {
        Gen.Select(Gen.Int[1, 3_000], Gen.ULong.Array[1, 40]).Sample((window, seeds) =>
        {
            var recent = new RecentHashes(window);
            var added = new List<ulong>();
            foreach (var seed in seeds)
            {
                for (var i = 0UL; i < 200; i++)
                {
                    var hash = unchecked((seed + i) * 0x9E3779B97F4A7C15UL);
                    if (recent.Contains(hash)) continue;
                    recent.Add(hash);
                    added.Add(hash);
                }
            }

            Assert.All(added.TakeLast(window), hash => Assert.True(recent.Contains(hash)));
            Assert.All(added.Except(added.TakeLast(2 * window)), hash => Assert.False(recent.Contains(hash)));
        }, iter: 50);
    }
}
