using Foreshard.Cli.Output;
using Foreshard.Moving;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console;

namespace Foreshard.Cli.Tests;

public sealed class ProgressBarTests
{
    private static readonly MoveProgress Quarter = new(7, OperationState.Copying, 250, 1000, 5000, TimeSpan.FromSeconds(3));

    [Theory]
    [InlineData(AnsiSupport.Yes, 1, true, false)]
    [InlineData(AnsiSupport.Yes, 3, true, true)]
    [InlineData(AnsiSupport.Yes, 3, false, false)]
    [InlineData(AnsiSupport.No, 3, true, false)]
    public async Task A_bar_is_drawn_after_two_seconds_if_a_person_looks_on(AnsiSupport ansi, int seconds, bool isShown, bool isDrawn)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var time = new FakeTimeProvider();
        var bar = new ProgressBar(new Terminal(output, error, 80, ansi, time));
        var work = new TaskCompletionSource<int>();
        bar.Show(Quarter);

        var waiting = bar.WaitAsync(() => work.Task, isShown, CancellationToken.None);
        await AdvanceAsync(time, seconds);
        work.SetResult(42);

        Assert.Equal(42, await waiting);
        Assert.Equal(isDrawn, error.ToString().Contains("copying: 250 rows, 5.0 kB, 3.0 s left", StringComparison.Ordinal));
        Assert.Empty(output.ToString());
    }

    /// <summary>In steps, with real pauses for the bar to begin in.</summary>
    private static async Task AdvanceAsync(FakeTimeProvider time, int seconds)
    {
        for (var step = 0; step < seconds * 4; step++)
        {
            await Task.Delay(25);
            time.Advance(TimeSpan.FromMilliseconds(250));
        }
    }
}
