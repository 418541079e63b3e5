namespace Foreshard.Balancing;

/// <summary>The steps of a plan that haven't begun, and which of them may begin now. The same in production and in a simulation. For one thread.</summary>
/// <remarks>
/// Steps begin in the plan's order, when their start has come and both ends have room for one more move. A step that waits keeps its ends for
/// itself, so that later ones don't overtake it. A re-unit waits until the first move that follows of the same entity can begin: a live split
/// is a split in place and a move, and in between nothing is gained.
/// </remarks>
internal sealed class StepQueue
{
    private readonly List<PlanStep> pending = [];
    private readonly HashSet<PartitionId> claimed = [];
    private readonly HashSet<EntityKey> held = [];
    private int at;

    /// <summary>What hasn't begun, in the order of the plan.</summary>
    public IReadOnlyList<PlanStep> Pending => pending;

    /// <summary>Puts a plan in the place of what hasn't begun.</summary>
    public void Replace(IReadOnlyList<PlanStep> steps)
    {
        pending.Clear();
        pending.AddRange(steps);
    }

    /// <summary>When the next step begins whose start hasn't come; null if there is none.</summary>
    public DateTime? NextStartAfter(DateTime nowUtc)
    {
        foreach (var step in pending)
        {
            if (step.StartUtc > nowUtc) return step.StartUtc;
        }

        return null;
    }

    /// <summary>Begins to look through the steps whose start has come.</summary>
    public void StartRound()
    {
        claimed.Clear();
        held.Clear();
        at = 0;
    }

    /// <summary>The next step that may begin; its caller then tells <see cref="Took"/> or <see cref="Wait"/>.</summary>
    /// <param name="nowUtc">Now.</param>
    /// <param name="hasRoom">Whether a partition can take part in one more move, as its source or (true) as its target.</param>
    /// <returns>Null when the round is over.</returns>
    public PlanStep? Next(DateTime nowUtc, Func<PartitionId, bool, bool> hasRoom)
    {
        while (at < pending.Count && pending[at].StartUtc <= nowUtc)
        {
            var step = pending[at];
            if (MayBegin(step, nowUtc, hasRoom)) return step;
            Wait();
        }

        return null;
    }

    /// <summary>The step has begun, is done, or no longer fits: it leaves the queue.</summary>
    public void Took() => pending.RemoveAt(at);

    /// <summary>The step can't begin yet: it keeps its ends and its entity.</summary>
    public void Wait()
    {
        var step = pending[at++];
        if (!step.Entity.IsNone) held.Add(step.Entity);
        if (step.Kind != StepKind.Move) return;
        claimed.Add(step.From);
        claimed.Add(step.To);
    }

    private bool MayBegin(PlanStep step, DateTime nowUtc, Func<PartitionId, bool, bool> hasRoom)
    {
        if (!step.Entity.IsNone && held.Contains(step.Entity)) return false;
        if (step.Kind == StepKind.Move) return AreEndsFree(step, hasRoom);
        for (var later = at + 1; later < pending.Count; later++)
        {
            if (pending[later].Kind != StepKind.Move || pending[later].Entity != step.Entity) continue;
            return pending[later].StartUtc <= nowUtc && AreEndsFree(pending[later], hasRoom);
        }

        return true;
    }

    private bool AreEndsFree(PlanStep step, Func<PartitionId, bool, bool> hasRoom) =>
        !claimed.Contains(step.From) && !claimed.Contains(step.To) && hasRoom(step.From, false) && hasRoom(step.To, true);
}
