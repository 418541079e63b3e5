using System.Globalization;
using System.Text;
using CsCheck;
using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Simulation.Tests.AccessLogs;

public sealed class LogTimeTests
{
    [Theory]
    [InlineData("2026-03-01", "2026-03-01T00:00:00.0000000")]
    [InlineData("2026-03-01 07:05", "2026-03-01T07:05:00.0000000")]
    [InlineData("2026-03-01T07:05", "2026-03-01T07:05:00.0000000")]
    [InlineData("2026-03-01 07:05:09", "2026-03-01T07:05:09.0000000")]
    [InlineData("2026-03-01t07:05:09z", "2026-03-01T07:05:09.0000000")]
    [InlineData("2026-03-01 07:05:09.5", "2026-03-01T07:05:09.5000000")]
    [InlineData("2026-03-01 07:05:09,123", "2026-03-01T07:05:09.1230000")]
    [InlineData("2026-03-01T07:05:09.123456789Z", "2026-03-01T07:05:09.1234567")]
    [InlineData("2026-03-01T07:05:09+02:00", "2026-03-01T05:05:09.0000000")]
    [InlineData("2026-03-01T07:05+0530", "2026-03-01T01:35:00.0000000")]
    [InlineData("2026-03-01T07:05:09.25 -08", "2026-03-01T15:05:09.2500000")]
    [InlineData("1772348709", "2026-03-01T07:05:09.0000000")]
    [InlineData("1772348709.25", "2026-03-01T07:05:09.2500000")]
    [InlineData("1772348709123", "2026-03-01T07:05:09.1230000")]
    [InlineData("1772348709123.5", "2026-03-01T07:05:09.1235000")]
    [InlineData("1772348709123456", "2026-03-01T07:05:09.1234560")]
    [InlineData("1772348709123456789", "2026-03-01T07:05:09.1234567")]
    [InlineData("100000000", "1973-03-03T09:46:40.0000000")]
    public void Every_form_is_read(string text, string expected)
    {
        Assert.True(TryParse(text, out var time));
        Assert.Equal(DateTimeKind.Utc, time.Kind);
        Assert.Equal(expected, time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("")]
    [InlineData("now")]
    [InlineData("13")]
    [InlineData("20260301")]
    [InlineData("-1772348709")]
    [InlineData("+1772348709")]
    [InlineData("99999999999999999999")]
    [InlineData("1772348709.")]
    [InlineData("1772348709x")]
    [InlineData("2026-02-29")]
    [InlineData("2026-13-01")]
    [InlineData("2026-00-01")]
    [InlineData("0000-01-01")]
    [InlineData("2026-1-1 00:00")]
    [InlineData("2026-03-01 24:00")]
    [InlineData("2026-03-01 07:60")]
    [InlineData("2026-03-01 07:05:60")]
    [InlineData("2026-03-01 07:05:09.")]
    [InlineData("2026-03-01 07:05:09.1234567890")]
    [InlineData("2026-03-01T07:05:09+15:00")]
    [InlineData("2026-03-01T07:05:09+0:00")]
    [InlineData("2026-03-01T07:05:09 UTC")]
    [InlineData("2026-03-01T")]
    [InlineData("2026-03-01T07")]
    [InlineData("2026-03-01X07:05")]
    [InlineData("0001-01-01T00:00+01:00")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    public void Anything_else_is_no_time(string text) => Assert.False(TryParse(text, out _));

    [Fact]
    public void Times_are_read_as_the_framework_reads_them()
    {
        string[] formats = ["yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", "yyyy-MM-dd HH:mm:ss.fffffff"];
        Gen.Select(Gen.Long[0, DateTime.MaxValue.Ticks], Gen.Int[0, formats.Length - 1]).Sample((ticks, format) =>
        {
            var text = new DateTime(ticks).ToString(formats[format], CultureInfo.InvariantCulture);
            Assert.True(TryParse(text, out var time));
            const DateTimeStyles Utc = DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal;
            Assert.Equal(DateTime.ParseExact(text, formats[format], CultureInfo.InvariantCulture, Utc), time);
        });
    }

    [Fact]
    public void What_is_read_as_a_time_the_framework_reads_alike_whatever_was_changed_in_it()
    {
        Gen.Select(Gen.Int[0, 27], Gen.Char["0123456789-:.TZ +x"]).Sample((at, c) =>
        {
            var text = "2026-03-01T07:05:09.123+02:00".Remove(at, 1).Insert(at, c.ToString());
            if (TryParse(text, out var time)) Assert.Equal(DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).UtcDateTime, time);
        });
    }

    [Fact]
    public void A_zone_holds_for_times_without_an_offset_in_winter_and_in_summer()
    {
        var time = LogTime.In("America/Los_Angeles");
        Assert.Equal(new DateTime(2014, 1, 1, 8, 14, 0), Parse(time, "2014-01-01 00:14"));
        Assert.Equal(new DateTime(2014, 7, 1, 7, 14, 0), Parse(time, "2014-07-01 00:14"));
        Assert.Equal(new DateTime(2014, 7, 1, 0, 14, 0), Parse(time, "2014-07-01 00:14Z"));

        // Clocks went from 2:00 to 3:00 on March 9, and from 2:00 back to 1:00 on November 2.
        Assert.Equal(new DateTime(2014, 3, 9, 9, 59, 0), Parse(time, "2014-03-09 01:59"));
        Assert.Equal(new DateTime(2014, 3, 9, 10, 30, 0), Parse(time, "2014-03-09 02:30"));
        Assert.Equal(new DateTime(2014, 3, 9, 10, 0, 0), Parse(time, "2014-03-09 03:00"));
        Assert.Equal(new DateTime(2014, 11, 2, 9, 30, 0), Parse(time, "2014-11-02 01:30"));
        Assert.Equal(new DateTime(2014, 11, 2, 7, 59, 0), Parse(time, "2014-11-02 00:59"));
    }

    private static bool TryParse(string text, out DateTime time) => LogTime.In(null).TryParse(Encoding.UTF8.GetBytes(text), out time);

    private static DateTime Parse(LogTime time, string text)
    {
        Assert.True(time.TryParse(Encoding.UTF8.GetBytes(text), out var timeUtc));
        return timeUtc;
    }
}
