using Foreshard.Sessions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Foreshard.Hosting;

/// <summary>How the store is, in the words of hosts.</summary>
internal sealed class StoreHealthCheck(EntityStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.CheckReadableAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ForeshardException or IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, $"The store can't be read: {exception.Message}", exception);
        }

        var status = store.Autopilot.Status;
        var reasons = new List<string>();
        if (store.PendingProblems is [var problem, ..]) reasons.Add($"the tables don't obey the schema yet, and no session begins: {problem}");
        if (status.Paused is { } paused) reasons.Add($"the autopilot is paused: {paused}");
        if (status.LastError is { } error) reasons.Add($"the last round of the autopilot failed: {error}");
        var data = new Dictionary<string, object>
        {
            ["mode"] = status.Mode.ToString(),
            ["pendingSteps"] = status.PendingSteps,
            ["runningMoves"] = status.RunningMoves,
        };
        return reasons.Count == 0
            ? HealthCheckResult.Healthy("The store can be read.", data)
            : HealthCheckResult.Degraded($"The store can be read, but {string.Join("; ", reasons).TrimEnd('.')}.", data: data);
    }
}
