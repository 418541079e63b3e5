using System.Globalization;
using Foreshard.Cli.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Foreshard.Cli.Demo;

/// <summary>Shows runs while they go on: a picture that changes, or lines where nobody draws.</summary>
/// <param name="terminal">Where.</param>
/// <param name="isLines">Whether lines go to the error output, since the output is for something else.</param>
internal sealed class DemoView(Terminal terminal, bool isLines)
{
    private const int BarWidth = 24;
    private const int StepsShown = 5;

    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(200);

    /// <summary>A line is printed so often; fleet time.</summary>
    private static readonly TimeSpan LineEvery = TimeSpan.FromHours(2);

    private readonly TextWriter lines = isLines ? terminal.Error : terminal.Output;

    /// <summary>Says something, between runs.</summary>
    public void Say(string paragraph)
    {
        if (isLines) lines.WriteLine(paragraph);
        else terminal.Say(paragraph);
    }

    /// <summary>Shows a run until it is over.</summary>
    /// <param name="run">The run.</param>
    /// <param name="work">Its work, begun by this.</param>
    public async Task<DemoOutcome> FollowAsync(DemoRun run, Func<Task<DemoOutcome>> work)
    {
        var running = Task.Run(work);
        try
        {
            if (terminal.IsInteractive && !isLines)
                await terminal.Console.Live(Picture(run.Look())).StartAsync(context => DrawAsync(run, running, context));
            else
                await WriteAsync(run, running);
            return await running;
        }
        finally
        {
            await Task.WhenAny(running);
        }
    }

    private async Task DrawAsync(DemoRun run, Task running, LiveDisplayContext context)
    {
        while (!running.IsCompleted)
        {
            context.UpdateTarget(Picture(run.Look()));
            await Task.WhenAny(running, Task.Delay(Refresh, terminal.Time));
        }

        context.UpdateTarget(Picture(run.Look()));
    }

    private async Task WriteAsync(DemoRun run, Task running)
    {
        var (next, steps) = (DemoPlan.Begin, 0);
        while (true)
        {
            var isOver = running.IsCompleted;
            var look = run.Look();
            foreach (var step in look.Steps.Skip(steps)) lines.WriteLine(LineOf(step));
            steps = look.Steps.Count;
            if (look.TimeUtc >= next || isOver)
            {
                lines.WriteLine(LineOf(look));
                next += LineEvery;
            }

            if (isOver) return;
            await Task.WhenAny(running, Task.Delay(Refresh, terminal.Time));
        }
    }

    private static string LineOf(DemoLook look)
    {
        var loads = string.Join("  ", look.Partitions.Select(partition => $"{partition.Name} {LoadOf(partition.Load)}"));
        return $"{Words.Of(look.Policy)} {DemoPlan.Moment(look.TimeUtc)}  {loads}  {Answers(look)}"
            + (look.Trouble is { } trouble ? $"  autopilot: {trouble}" : "");
    }

    private static string LineOf(DemoStep step) =>
        $"  {DemoPlan.Moment(step.StartUtc)} {step.What}{(step.IsMove ? $" {step.From} → {step.To}" : $" on {step.From}")}: {step.Because}";

    private static string Answers(DemoLook look) =>
        $"p50 {Milliseconds(look.P50Ms)} p99 {Milliseconds(look.P99Ms)}  {Words.Count(look.Answered)} answered, {Words.Count(look.Failed)} failed";

    private static string Milliseconds(double value) => Words.Duration(TimeSpan.FromMilliseconds(value));

    private static string LoadOf(double share) => double.IsFinite(share) ? Words.Percent(share) : Words.Unknown;

    /// <summary>A look, as it is drawn.</summary>
    internal static Rows Picture(DemoLook look)
    {
        var table = Tables.Of("partition", "load, last 15 min", ">of capacity", ">forecast", ">waiting", ">overloaded", "");
        foreach (var partition in look.Partitions)
        {
            table.AddRow(
                new Text(partition.Name),
                Bar(partition),
                new Text(LoadOf(partition.Load)),
                new Text(partition.Forecast is { } forecast ? LoadOf(forecast) : Words.Unknown),
                new Text(Words.Count(partition.Waiting)),
                new Text(DemoTable.Minutes(partition.Overloaded)),
                new Text(partition.IsMoving ? "moving" : "", Style.Parse("yellow")));
        }

        var head = new Markup(string.Create(
            CultureInfo.InvariantCulture, $"[bold]{Words.Of(look.Policy)}[/]  {DemoPlan.Moment(look.TimeUtc)}  {Markup.Escape(Answers(look))}"));
        var steps = look.Steps.Reverse().Take(StepsShown).Select(step => new Text(LineOf(step), Style.Parse("grey")) { Overflow = Overflow.Ellipsis });
        return new Rows([head, table, .. steps, .. look.Trouble is { } trouble ? [new Text($"Autopilot: {trouble}")] : Array.Empty<IRenderable>()]);
    }

    private static Markup Bar(PartitionLook partition)
    {
        var share = double.IsFinite(partition.Load) ? Math.Min(1, partition.Load) : 0;
        var full = (int)Math.Round(share * BarWidth);
        var colour = partition.Load switch { > 1 => "red", > 0.8 => "yellow", _ => "green" };
        return new Markup($"[{colour}]{new string('█', full)}[/][grey]{new string('░', BarWidth - full)}[/]");
    }
}
