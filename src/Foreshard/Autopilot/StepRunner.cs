using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Moving;

namespace Foreshard.Autopilot;

/// <summary>Carries plans out: re-units one after the other, moves side by side. <see cref="StepQueue"/> says which steps may begin.</summary>
/// <remarks>
/// A step that no longer fits the mapping table is dropped: the next plan will see how things are. For one thread; moves run on others.
/// </remarks>
internal sealed class StepRunner(IStoreHands hands, AutopilotOptions options, TimeProvider time)
{
    private readonly StepQueue queue = new();
    private readonly List<Running> running = [];

    /// <summary>Steps whose time hasn't come.</summary>
    public IReadOnlyList<PlanStep> Pending => queue.Pending;

    /// <summary>The steps that run.</summary>
    public IEnumerable<PlanStep> RunningSteps => running.Select(one => one.Step);

    /// <summary>Ends when one of the moves does; null if none runs.</summary>
    public Task? AnyMove => running.Count == 0 ? null : Task.WhenAny(running.Select(one => one.Move));

    /// <summary>Puts a plan in the place of what hasn't begun.</summary>
    public void Replace(IReadOnlyList<PlanStep> steps) => queue.Replace(steps);

    /// <summary>When the next step begins whose start hasn't come; null if there is none.</summary>
    public DateTime? NextStartAfter(DateTime nowUtc) => queue.NextStartAfter(nowUtc);

    /// <summary>The moves that run, as plans see them: what is left is what their bytes and the time so far tell.</summary>
    public List<RunningMove> ForPlans(DateTime nowUtc) =>
    [
        .. running.OrderBy(one => one.Unit).Select(one =>
        {
            var left = Math.Max(0, one.Step.Bytes - ((nowUtc - one.StartedUtc).TotalSeconds * options.MoveBytesPerSecond));
            return new RunningMove(one.Unit, one.Step.From, one.Step.To, nowUtc.AddSeconds(1 + (left / options.MoveBytesPerSecond)), left);
        }),
    ];

    /// <summary>The moves that ended since the last call.</summary>
    public async ValueTask<List<StepResult>> CollectAsync()
    {
        var ended = running.Where(one => one.Move.IsCompleted).ToList();
        running.RemoveAll(one => one.Move.IsCompleted);
        var results = new List<StepResult>();
        foreach (var one in ended) results.Add(await one.Move.ConfigureAwait(false));
        return results;
    }

    /// <summary>Waits for all moves that run.</summary>
    public Task WaitAsync() => Task.WhenAll(running.Select(one => one.Move));

    /// <summary>Begins what may begin now.</summary>
    /// <param name="nowUtc">Now.</param>
    /// <param name="began">Told of each step that begins, before it does.</param>
    /// <param name="cancellationToken">Undoes what can still be undone.</param>
    /// <returns>What is over already.</returns>
    public async ValueTask<List<StepResult>> BeginAsync(DateTime nowUtc, Func<PlanStep, ValueTask> began, CancellationToken cancellationToken)
    {
        var results = new List<StepResult>();
        if (queue.Pending.Count == 0 || queue.Pending[0].StartUtc > nowUtc) return results;
        queue.StartRound();
        var mapping = await hands.LoadAsync(cancellationToken).ConfigureAwait(false);
        while (queue.Next(nowUtc, HasRoom) is { } step)
        {
            if (WhyNot(step, mapping) is { } reason)
            {
                queue.Took();
                results.Add(new StepResult(step, DecisionState.Dropped, [], Error: reason));
            }
            else if (step.Kind == StepKind.Move)
            {
                queue.Took();
                await began(step).ConfigureAwait(false);
                var unit = PlaceOf(step, mapping)!.Value.Unit;
                running.Add(new Running(step, unit, nowUtc, MoveAsync(step, unit, cancellationToken)));
            }
            else if (IsInMove(step.Entity, mapping))
            {
                queue.Wait();
            }
            else
            {
                queue.Took();
                await began(step).ConfigureAwait(false);
                results.Add(await ReunitAsync(step, mapping, cancellationToken).ConfigureAwait(false));
                mapping = await hands.LoadAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return results;
    }

    private bool HasRoom(PartitionId partition, bool isTarget) =>
        running.Count(one => one.Step.From == partition || one.Step.To == partition) < options.MovesPerPartition;

    private bool IsInMove(EntityKey entity, MappingSnapshot mapping)
    {
        var bucket = mapping.PlacementOf(mapping.BucketOf(entity)).Unit;
        return running.Any(one => one.Step.Entity == entity || one.Unit == bucket);
    }

    /// <summary>The unit that a step is about; null if there is none of that scope any more.</summary>
    private static Placement? PlaceOf(PlanStep step, MappingSnapshot mapping)
    {
        if (step.Entity.IsNone) return mapping.TryPlacementOf(step.Unit, out var placement) ? placement : null;
        return PlaceOf(step.Entity, step.Scope, mapping);
    }

    private static Placement? PlaceOf(EntityKey entity, ShardScope scope, MappingSnapshot mapping)
    {
        if (mapping.EntryOf(entity) is not { } entry) return null;
        foreach (var shard in entry.Shards)
        {
            if (shard.Scope.Equals(scope)) return shard.Placement;
        }

        return null;
    }

    /// <summary>Why a step no longer fits; null if it does.</summary>
    private static string? WhyNot(PlanStep step, MappingSnapshot mapping)
    {
        var entry = step.Entity.IsNone ? null : mapping.EntryOf(step.Entity);
        switch (step.Kind)
        {
            case StepKind.Isolate:
                if (entry is not null) return "it has a place of its own already";
                return mapping.Find(step.Entity).Partition == step.From ? null : "its bucket has moved";
            case StepKind.Fold:
                return entry is { IsSplit: false } && entry.HomeShard.Placement.Partition == mapping.PlacementOf(mapping.BucketOf(step.Entity)).Partition
                    ? null
                    : "it is split, folded already, or not where its bucket is";
            case StepKind.Move:
                if (PlaceOf(step, mapping) is not { } place) return "there is no such unit any more";
                if (place.Partition != step.From) return "it has moved";
                return mapping.PartitionOf(step.To) is { State: PartitionState.Active } ? null : "its target takes no units any more";
            default:
                var old = step.Kind == StepKind.Split ? [step.Scope] : step.Parts;
                return old.All(scope => PlaceOf(step.Entity, scope, mapping)?.Partition == step.From) ? null : "its shards are others, or elsewhere";
        }
    }

    private async Task<StepResult> MoveAsync(PlanStep step, UnitId unit, CancellationToken cancellationToken)
    {
        try
        {
            var pace = new MovePace(options.MoveBytesPerSecond, time);
            var result = await hands.MoveAsync(unit, step.Entity, step.To, pace, cancellationToken).ConfigureAwait(false);
            return new StepResult(step, DecisionState.Done, [unit], result);
        }
        catch (Exception exception)
        {
            return Failed(step, exception);
        }
    }

    private async ValueTask<StepResult> ReunitAsync(PlanStep step, MappingSnapshot mapping, CancellationToken cancellationToken)
    {
        try
        {
            switch (step.Kind)
            {
                case StepKind.Isolate:
                    await hands.IsolateAsync(step.Entity, cancellationToken).ConfigureAwait(false);
                    return new StepResult(step, DecisionState.Done, []);
                case StepKind.Fold:
                    await hands.FoldAsync(step.Entity, cancellationToken).ConfigureAwait(false);
                    return new StepResult(step, DecisionState.Done, []);
                case StepKind.Split:
                    var shard = PlaceOf(step.Entity, step.Scope, mapping)!.Value.Unit;
                    await hands.SplitAsync(step.Entity, shard, step.Parts, cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    var shards = step.Parts.Select(scope => PlaceOf(step.Entity, scope, mapping)!.Value.Unit);
                    await hands.MergeAsync(step.Entity, [.. shards], step.Scope, cancellationToken).ConfigureAwait(false);
                    break;
            }

            var after = await hands.LoadAsync(CancellationToken.None).ConfigureAwait(false);
            return new StepResult(step, DecisionState.Done, [.. after.EntryOf(step.Entity)?.Shards.Select(one => one.Placement.Unit) ?? []]);
        }
        catch (Exception exception)
        {
            return Failed(step, exception);
        }
    }

    /// <summary>What was refused was not begun: something else was faster. What was cancelled is nobody's fault either.</summary>
    private static StepResult Failed(PlanStep step, Exception exception) => new(
        step,
        exception is MoveRefusedException or OperationCanceledException ? DecisionState.Dropped : DecisionState.Failed,
        [],
        Error: exception is OperationCanceledException ? "it was cancelled" : exception.Message);

    private sealed record Running(PlanStep Step, UnitId Unit, DateTime StartedUtc, Task<StepResult> Move);
}
