using System.Globalization;
using Foreshard.Moving;
using Foreshard.Sessions;

namespace Foreshard.CrashWorker;

/// <summary>Moves, splits, merges and drains without end, sometimes cancelling what it began.</summary>
internal sealed class Restlessness(EntityStore store, Journal journal, Random random)
{
    /// <summary>Steps before the commit, at which an operation may be cancelled.</summary>
    private static readonly string[] Undoable =
        [MoveStep.Planned, MoveStep.Prepared, MoveStep.Copying, MoveStep.Copied, MoveStep.CaughtUp, MoveStep.Verified, MoveStep.Frozen, MoveStep.Activated];

    private volatile Cancellation? armed;

    /// <summary>One operation in so many is cancelled.</summary>
    public int CancelOneIn { get; init; } = 5;

    /// <summary>Told of every step of the store's operations, also those of others.</summary>
    public void Reached(string step)
    {
        if (armed is { } cancellation && cancellation.Step == step) cancellation.Source.Cancel();
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var source = new CancellationTokenSource();
            if (random.Next(CancelOneIn) == 0) armed = new Cancellation(Undoable[random.Next(Undoable.Length)], source);
            try
            {
                await OperateAsync(source.Token);
            }
            catch (MoveRefusedException)
            {
                // Somebody else has the unit, or it is there already.
            }
            catch (MoveAbortedException exception) when (exception.InnerException is TimeoutException)
            {
                // Sessions went on too long for it.
            }
            catch (OperationCanceledException) when (source.IsCancellationRequested)
            {
                // As asked.
            }
            catch (Exception exception)
            {
                journal.Write(Journal.Violation, $"operation: {exception}");
                return;
            }
            finally
            {
                armed = null;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(8)), TimeProvider.System, CancellationToken.None);
        }
    }

    private async Task OperateAsync(CancellationToken stop)
    {
        var bank = random.Next(8) == 0 ? Bank.Control : Bank.Written[random.Next(Bank.Written.Count)];
        var region = Bank.Regions[random.Next(Bank.Regions.Count)];
        var target = string.Create(CultureInfo.InvariantCulture, $"p{random.Next(1, 5)}");
        var isSplit = store.Where(Bank.Key(bank)).Shards.Count > 1;
        switch (random.Next(100))
        {
            case < 40:
                var shard = isSplit ? region : default(GroupKey);
                await Noted($"move {bank} {shard} to {target}", store.MoveAsync(Bank.Key(bank), target, shard, cancellationToken: stop));
                break;

            case < 55:
                var bucket = random.Next(Bank.Options().Buckets);
                await Noted($"move bucket {bucket} to {target}", store.MoveBucketAsync(bucket, target, cancellationToken: stop));
                break;

            case < 75:
                await Noted($"split {bank} {region}", store.SplitAsync(Bank.Key(bank), SplitPoints.Segments([region]), stop));
                break;

            case < 85:
                await Noted($"merge {bank}", store.MergeAsync(Bank.Key(bank), cancellationToken: stop));
                break;

            case < 92:
                await Noted($"fold {bank}", store.FoldAsync(Bank.Key(bank), cancellationToken: stop));
                break;

            case < 97:
                await Noted($"isolate {bank}", store.IsolateAsync(Bank.Key(bank), stop));
                break;

            default:
                await DrainAsync(target, stop);
                break;
        }
    }

    private async Task DrainAsync(string partition, CancellationToken stop)
    {
        try
        {
            await Noted($"drain {partition}", store.DrainAsync(partition, cancellationToken: stop));
        }
        finally
        {
            await store.EndDrainAsync(partition, CancellationToken.None);
        }
    }

    private async Task Noted(string what, Task operation)
    {
        try
        {
            await operation;
            journal.Write(Journal.Move, what);
        }
        catch (Exception exception)
        {
            journal.Write(Journal.Move, $"{what}: {exception.GetType().Name} {exception.Message}");
            throw;
        }
    }

    private sealed record Cancellation(string Step, CancellationTokenSource Source);
}
