using Foreshard.Cli.Output;
using Foreshard.Simulation.AccessLogs;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console;

namespace Foreshard.Cli.Tests;

/// <summary>How far the reading of a log is, told to whoever looks on.</summary>
public sealed class FeedProgressTests
{
    [Theory]
    [InlineData(AnsiSupport.Yes, true, "reading: 12 B of 12 B")]
    [InlineData(AnsiSupport.Yes, false, "reading: 12 B")]
    [InlineData(AnsiSupport.No, true, "")]
    public async Task A_bar_is_drawn_if_a_person_looks_on(AnsiSupport ansi, bool hasLength, string said)
    {
        using var error = new StringWriter();
        var time = new FakeTimeProvider();
        var bar = new ProgressBar(new Terminal(TextWriter.Null, error, 80, ansi, time));
        using Stream stream = hasLength ? new MemoryStream([.. "time,entity\n"u8]) : new Pipe("time,entity\n"u8.ToArray());
        using var lines = LogLines.Open("log.csv", stream);
        bar.Show(lines);
        var work = new TaskCompletionSource<int>();

        var waiting = bar.WaitAsync(() => work.Task, isShown: true, CancellationToken.None);
        for (var step = 0; step < 12; step++)
        {
            await Task.Delay(25);
            time.Advance(TimeSpan.FromMilliseconds(250));
        }

        work.SetResult(1);
        await waiting;
        Assert.Contains(said, error.ToString(), StringComparison.Ordinal);
        if (said.Length == 0 || !hasLength) Assert.DoesNotContain("12 B of", error.ToString(), StringComparison.Ordinal);
    }

    private sealed class Pipe(byte[] text) : MemoryStream(text)
    {
        public override bool CanSeek => false;
    }
}
