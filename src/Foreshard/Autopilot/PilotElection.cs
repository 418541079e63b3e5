using Foreshard.Mapping;

namespace Foreshard.Autopilot;

/// <summary>
/// Sees to it that of several processes one runs the autopilot: the one that has the lease. The others leave it what their sessions did, and one of
/// them goes on when it ends.
/// </summary>
/// <remarks>That a process which lost the lease unnoticed does something still harms nobody: each operation is decided by the mapping store.</remarks>
internal sealed class PilotElection : IAsyncDisposable
{
    public const string LeaseName = "autopilot";

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly StoreAutopilot autopilot;
    private readonly LeaseKeeper lease;
    private readonly TimeProvider time;
    private readonly Action<Exception> failed;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task running;

    private PilotElection(StoreAutopilot autopilot, LeaseKeeper lease, TimeProvider time, Action<Exception> failed)
    {
        this.autopilot = autopilot;
        this.lease = lease;
        this.time = time;
        this.failed = failed;
        running = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <param name="autopilot">This process's; not started.</param>
    /// <param name="mapping">Where the lease is.</param>
    /// <param name="owner">This process.</param>
    /// <param name="time">The lease's clock.</param>
    /// <param name="failed">Told of what went wrong; it goes on.</param>
    public static PilotElection Start(StoreAutopilot autopilot, IMappingStore mapping, string owner, TimeProvider time, Action<Exception> failed) =>
        new(autopilot, LeaseKeeper.Start(mapping, LeaseName, owner, Duration, time), time, failed);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        await running.ConfigureAwait(false);
        await lease.DisposeAsync().ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (lease.IsHeld) await LeadAsync().ConfigureAwait(false);
                else await FollowAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is ForeshardException or OperationCanceledException or IOException)
            {
                failed(exception);
                await Task.Delay(Pause, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async ValueTask LeadAsync()
    {
        await autopilot.StartAsync(stopping.Token).ConfigureAwait(false);
        try
        {
            await lease.WaitAsync(isHeld: false, stopping.Token).ConfigureAwait(false);
        }
        finally
        {
            await autopilot.StopAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Until the interval's end, or until this process leads.</summary>
    private async ValueTask FollowAsync()
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        var now = autopilot.Time.GetUtcNow().UtcDateTime;
        var end = Task.Delay(autopilot.EndOfInterval - now, autopilot.Time, over.Token);
        await Task.WhenAny(end, lease.WaitAsync(isHeld: true, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        stopping.Token.ThrowIfCancellationRequested();
        if (end.IsCompletedSuccessfully) await autopilot.PostAsync(stopping.Token).ConfigureAwait(false);
    }
}
