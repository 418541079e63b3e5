using Foreshard.Moving;
using Foreshard.Simulation.AccessLogs;
using Spectre.Console;

namespace Foreshard.Cli.Output;

/// <summary>Shows how far an operation is, if it takes long and a person looks on.</summary>
internal sealed class ProgressBar(Terminal terminal)
{
    /// <summary>What is over sooner needs no bar.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(100);

    private volatile Look current = new("beginning", 0, CanGiveUp: true);

    private sealed record Look(string Text, double Share, bool CanGiveUp);

    public void Show(MoveProgress progress)
    {
        var isDecided = progress.State is OperationState.Committed or OperationState.Cleaning or OperationState.Done;
        var share = isDecided ? 1 : progress.TotalRows == 0 ? 0 : Math.Min(1, (double)progress.Rows / progress.TotalRows);
        var left = progress.Remaining is { } remaining && progress.State == OperationState.Copying ? $", {Words.Duration(remaining)} left" : "";
        var text = $"{Words.Of(progress.State)}: {Words.Count(progress.Rows, "row")}, {Words.Bytes(progress.Bytes)}{left}";
        current = new Look(text, share, !isDecided);
    }

    public void Show(DrainProgress progress) =>
        current = new Look(
            $"{Words.Count(progress.Moved)} of {Words.Count(progress.Total, "unit")} moved",
            (double)progress.Moved / Math.Max(1, progress.Total),
            CanGiveUp: true);

    /// <summary>Shows how much of a file was read; of what has no length, only how much.</summary>
    public void Show(LogLines lines)
    {
        var of = lines.LengthBytes is { } length ? $" of {Words.Bytes(length)}" : "";
        var share = lines.LengthBytes is > 0 and var whole ? Math.Min(1, (double)lines.BytesRead / whole) : 0;
        current = new Look($"reading: {Words.Bytes(lines.BytesRead)}{of}", share, CanGiveUp: true);
    }

    /// <summary>Shows how many slots of a table were lived through.</summary>
    public void Show(int slots, int total) =>
        current = new Look($"{Words.Count(slots)} of {Words.Count(total, "slot")}", (double)slots / total, CanGiveUp: true);

    /// <summary>Shows how much of recorded traffic was lived through.</summary>
    public void ShowAnalysed(int done, int total) => current = new Look("learning", total == 0 ? 0 : (double)done / total, CanGiveUp: true);

    /// <summary>Shows how much of a simulation was run.</summary>
    public void ShowSimulated(int done, int total) => current = new Look("simulating", total == 0 ? 0 : (double)done / total, CanGiveUp: true);

    /// <summary>Waits for the work and, if it takes longer than two seconds, shows what it tells.</summary>
    /// <param name="operation">Work that tells this bar how far it is.</param>
    /// <param name="isShown">False: only waits.</param>
    /// <param name="cancellationToken">What the work was asked to stop by; said in the bar.</param>
    public async Task<T> WaitAsync<T>(Func<Task<T>> operation, bool isShown, CancellationToken cancellationToken)
    {
        // SQLite works on the thread that calls it, and this one has a bar to draw.
        var work = Task.Run(operation, CancellationToken.None);
        try
        {
            if (isShown && terminal.IsInteractive && await Task.WhenAny(work, Task.Delay(Patience, terminal.Time, CancellationToken.None)) != work)
                await DrawAsync(work, cancellationToken);
            return await work;
        }
        finally
        {
            // Whatever becomes of the bar: the store stays open until the work is over.
            await Task.WhenAny(work);
        }
    }

    private Task DrawAsync(Task work, CancellationToken cancellationToken) =>
        terminal.ProgressConsole.Progress()
            .AutoClear(true)
            .Columns(new SpinnerColumn(), new ProgressBarColumn { Width = 24 }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(async context =>
            {
                var task = context.AddTask(current.Text, maxValue: 1);
                while (!work.IsCompleted)
                {
                    var look = current;
                    var isGivingUp = cancellationToken.IsCancellationRequested && look.CanGiveUp;
                    task.Description = Markup.Escape(isGivingUp ? $"giving up ({look.Text})" : look.Text);
                    task.Value = look.Share;
                    await Task.WhenAny(work, Task.Delay(Refresh, terminal.Time, CancellationToken.None));
                }
            });
}
