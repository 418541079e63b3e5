using Foreshard.FleetClient;
using Foreshard.Mapping;
using Foreshard.Moving;
using Foreshard.Partitions;
using Foreshard.PostgreSql;
using Foreshard.Sessions;

namespace Foreshard.CrashWorker;

/// <summary>Moves, splits, merges and writes core rows on a fleet without end, whatever becomes of its servers meanwhile.</summary>
internal sealed class FleetRestlessness(EntityStore store, HistoryFile history, HistoryFile notes, int seed, Trap trap) : IDisposable
{
    /// <summary>Whose core rows are written where steps of that are waited for; nobody moves it then.</summary>
    private const long SplitBank = 2;

    /// <summary>Steps before the commit, at which an operation may be cancelled.</summary>
    private static readonly string[] Undoable =
        [MoveStep.Planned, MoveStep.Prepared, MoveStep.Copied, MoveStep.CaughtUp, MoveStep.Verified, MoveStep.Frozen, MoveStep.Activated];

    /// <summary>Banks that move while sessions go on; the others move at a stroke.</summary>
    private static readonly long[] Large = [.. FleetBank.Banks.Where(bank => bank.Value >= FleetBank.BlockingRows).Select(bank => bank.Key)];

    private readonly Random random = new(seed);

    /// <summary>One for all runs: it gives numbers to what it writes.</summary>
    private readonly SemaphoreSlim turn = new(1, 1);
    private bool isHushed;
    private BankClient? coreWriter;
    private readonly AsyncLocal<Cancellation?> armed = new();
    private volatile bool isResting;

    private bool AwaitsCore => trap.Step is MoveStep.CoreCopiesPrepared or MoveStep.CoreDecided or MoveStep.CoreCopied;

    /// <summary>Told of every step.</summary>
    public void Reached(string step)
    {
        if (armed.Value is { } cancellation && cancellation.Step == step) cancellation.Source.Cancel();
    }

    public void Dispose() => turn.Dispose();

    /// <summary>Begins nothing more.</summary>
    public void Rest() => isResting = true;

    /// <summary>Writes nothing of its own from now on: whoever hangs in the middle of a session keeps its locks, as with any database.</summary>
    public async Task HushAsync()
    {
        await turn.WaitAsync();
        isHushed = true;
    }

    public void Unhush()
    {
        if (isHushed) turn.Release();
        isHushed = false;
    }

    public async Task RunAsync()
    {
        isResting = false;
        if (AwaitsCore) await UntilDoneAsync(SpreadAsync);
        await Task.WhenAll(Task.Run(MoveAsync), Task.Run(WriteCoreAsync));
    }

    /// <summary>Whatever a server that is away makes of an operation: it is undone, left for later, or somebody else's.</summary>
    private static bool IsExpected(Exception exception) => exception
        is MoveRefusedException or MoveAbortedException or PartitionServerException or MappingStoreException or SupersededException or OwnershipException
        or CopiesBehindException or MoveInProgressException;

    /// <summary>What no server that is away is the cause of.</summary>
    private static bool IsFault(Exception? cause) =>
        cause is NullReferenceException or ArgumentException or IndexOutOfRangeException or InvalidCastException or KeyNotFoundException;

    private async Task UntilDoneAsync(Func<Task> work)
    {
        for (var isDone = false; !isDone && !isResting;)
        {
            try
            {
                await work();
                isDone = true;
            }
            catch (Exception exception) when (IsExpected(exception))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    /// <summary>A shard of the bank elsewhere than its home, so that core rows have a copy.</summary>
    private async Task SpreadAsync()
    {
        var bank = FleetBank.Key(SplitBank);
        if (store.Where(bank).Shards.Count == 1) await store.SplitAsync(bank, SplitPoints.Segments(["us"]));
        if (store.Where(bank).Shards is var shards && shards.All(shard => shard.Partition == shards[0].Partition))
            await store.MoveAsync(bank, store.Partitions.First(partition => partition.Name != shards[0].Partition).Name, "us");
    }

    private async Task MoveAsync()
    {
        while (!isResting)
        {
            using var source = new CancellationTokenSource();
            var isUndone = trap.Step is MoveStep.Aborting or MoveStep.Thawed or MoveStep.Discarded;
            if (random.Next(isUndone ? 2 : 6) == 0) armed.Value = new Cancellation(Undoable[random.Next(Undoable.Length)], source);
            await NotedAsync(OperationNow(), source.Token);
            armed.Value = null;
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(8)), TimeProvider.System);
        }
    }

    private async Task WriteCoreAsync()
    {
        coreWriter ??= new BankClient(store, notes, new Random(seed + 1));
        while (!isResting)
        {
            var bank = AwaitsCore ? SplitBank : random.Next(1, FleetBank.Banks.Count + 1);
            var shards = store.Where(FleetBank.Key(bank)).Shards;
            var home = shards.First(shard => shard.IsHome).Partition;
            trap.At(home, shards.Select(shard => shard.Partition).FirstOrDefault(partition => partition != home) ?? home);
            await turn.WaitAsync();
            try
            {
                await coreWriter.NoteAsync(bank);
            }
            finally
            {
                turn.Release();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(AwaitsCore ? 5 : 50), TimeProvider.System);
        }
    }

    private (string What, Func<CancellationToken, Task> Run) OperationNow()
    {
        var isLive = trap.Step is MoveStep.Copying or MoveStep.Copied or MoveStep.CaughtUp or MoveStep.Verified;
        var bank = isLive ? Large[random.Next(Large.Length)] : random.Next(1, FleetBank.Banks.Count + 1);
        if (AwaitsCore && bank == SplitBank) bank = 1;
        var key = FleetBank.Key(bank);
        var region = FleetBank.Regions[random.Next(FleetBank.Regions.Count)];
        var shards = store.Where(key).Shards;
        var from = shards.Count > 1 ? store.Where(key, region).Partition : shards[0].Partition;
        var others = store.Partitions.Select(partition => partition.Name).Where(name => name != from).ToList();
        var to = others[random.Next(others.Count)];
        trap.At(from, to);
        var shard = shards.Count > 1 ? region : default(GroupKey);
        return random.Next(100) switch
        {
            < 50 => ($"move {key} {shard} to {to}", stop => store.MoveAsync(key, to, shard, cancellationToken: stop)),
            < 60 when !AwaitsCore => ($"move bucket of {key} to {to}", stop => store.MoveBucketAsync(store.Where(key).Bucket, to, cancellationToken: stop)),
            < 80 => ($"split {key} {region}", stop => store.SplitAsync(key, SplitPoints.Segments([region]), stop)),
            < 90 => ($"merge {key}", stop => store.MergeAsync(key, cancellationToken: stop)),
            < 96 => ($"fold {key}", stop => store.FoldAsync(key, cancellationToken: stop)),
            _ => ($"isolate {key}", stop => store.IsolateAsync(key, stop)),
        };
    }

    private async Task NotedAsync((string What, Func<CancellationToken, Task> Run) operation, CancellationToken cancelled)
    {
        var number = history.Begin("operation", "", operation.What);
        try
        {
            await operation.Run(cancelled);
            history.End(number, Outcomes.Done, "");
        }
        catch (Exception exception) when (IsExpected(exception) || (exception is OperationCanceledException && cancelled.IsCancellationRequested))
        {
            history.End(number, Outcomes.Failed, $"{exception.GetType().Name} {exception.Message}");
            if (IsFault(exception.InnerException)) history.Violates($"operation: {exception}");
        }
        catch (Exception exception)
        {
            history.End(number, Outcomes.Unknown, "");
            history.Violates($"operation: {exception}");
        }
    }

    private sealed record Cancellation(string Step, CancellationTokenSource Source);
}
