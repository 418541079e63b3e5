using Foreshard.Cli.Commands;
using Foreshard.Cli.Output;
using Foreshard.Moving;
using Foreshard.Sessions;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console;

namespace Foreshard.Cli.Tests;

public sealed class OperationViewTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_remains_of_a_copy_follows_from_its_speed_so_far()
    {
        var time = new FakeTimeProvider(Start.AddSeconds(30));

        Assert.Equal(90, OperationReport.Of(Copying(rows: 250), time).RemainingSeconds);
        Assert.Equal(0, OperationReport.Of(Copying(rows: 1100), time).RemainingSeconds);
        Assert.Null(OperationReport.Of(Copying(rows: 0), time).RemainingSeconds);
        Assert.Null(OperationReport.Of(Copying(rows: 250) with { State = OperationState.Cleaning }, time).RemainingSeconds);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    public void A_table_of_operations_fits_the_terminal_and_says_why_one_was_undone(int width)
    {
        using var output = new StringWriter();
        var terminal = new Terminal(output, output, width, AnsiSupport.No, new FakeTimeProvider(Start.AddSeconds(30)));
        var undone = Copying(rows: 12) with { Id = 8, State = OperationState.Aborted, Error = "the target's disk is full" };

        OperationView.Write(terminal, [.. new[] { Copying(rows: 250), undone }.Select(one => OperationReport.Of(one, terminal.Time))]);

        var shown = output.ToString();
        Assert.Contains("copying 25 %", shown, StringComparison.Ordinal);
        Assert.Contains("left", shown, StringComparison.Ordinal);
        Assert.Contains("8 was undone: the target's disk is full", shown, StringComparison.Ordinal);
        Assert.All(shown.Split('\n'), line => Assert.True(line.Length <= width, line));
    }

    [Fact]
    public void Names_with_brackets_are_names_and_no_markup()
    {
        using var output = new StringWriter();
        var terminal = new Terminal(output, output, 120, AnsiSupport.No, TimeProvider.System);

        OperationView.Write(terminal, [OperationReport.Of(Copying(rows: 1) with { Subject = "sensor/[red]", Error = "[bold]" }, terminal.Time)]);

        Assert.Contains("sensor/[red]", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("[bold]", output.ToString(), StringComparison.Ordinal);
    }

    private static OperationStatus Copying(long rows) =>
        new(7, OperationKind.Move, "customer/4200000 {eu, us, …new}", "p10", "p11", OperationState.Copying, Start, rows, 1000, 123_456_789, null);
}
