using System.Globalization;
using Foreshard.Balancing;
using Foreshard.Diagnostics;
using Foreshard.Mapping;

namespace Foreshard.Autopilot;

/// <summary>Which decision a plan's step is, from plan to plan, and what came of those that were carried out. For one thread.</summary>
/// <remarks>Plans are made every few minutes; a step that the next plan has again is the same decision.</remarks>
internal sealed class DecisionBook(DecisionLog log, StoreTelemetry telemetry)
{
    /// <summary>By so much a start has to shift to be written down anew.</summary>
    private static readonly TimeSpan WorthWriting = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan ComparedMax = TimeSpan.FromDays(1);

    private Dictionary<StepKey, Decision> planned = [];
    private readonly Dictionary<StepKey, Decision> running = [];
    private List<Decision> watched = [];

    /// <summary>Told of each decision when it begins to be carried out and when it is over; must be quick. Null: nobody.</summary>
    public Action<Decision>? Told { get; set; }

    /// <summary>Begins where an earlier process ended: what it had planned is forgotten, what ran was finished or undone by the store.</summary>
    public async ValueTask OpenAsync(DateTime nowUtc, CancellationToken cancellationToken)
    {
        var (left, compared) = await log.OpenAsync(nowUtc, cancellationToken).ConfigureAwait(false);
        watched = [.. compared];
        var ended = left.Select(decision => decision.State == DecisionState.Running
            ? decision with { State = DecisionState.Interrupted, Outcome = "the process ended meanwhile; the store finished or undid it when opened again" }
            : decision with { State = DecisionState.Withdrawn, Outcome = "the process ended before" }).ToList();
        await log.WriteAsync(ended, cancellationToken).ConfigureAwait(false);
        foreach (var decision in ended) Tell(decision);
    }

    /// <summary>Takes a new plan.</summary>
    public async ValueTask TakeAsync(Plan plan, MappingSnapshot mapping, CancellationToken cancellationToken)
    {
        var next = new Dictionary<StepKey, Decision>();
        var (changed, made) = (new List<Decision>(), new List<Decision>());
        var fresh = plan.Steps.Where(step => !planned.ContainsKey(StepKey.Of(step)) && !running.ContainsKey(StepKey.Of(step))).ToList();
        var id = fresh.Count == 0 ? 0 : await log.AllocateAsync(fresh.Count, cancellationToken).ConfigureAwait(false);
        foreach (var step in plan.Steps)
        {
            var key = StepKey.Of(step);
            if (running.ContainsKey(key)) continue;
            var decision = Of(step, plan, mapping);
            if (planned.TryGetValue(key, out var before))
            {
                decision = decision with { Id = before.Id, MadeAt = before.MadeAt };
                if ((decision.StartsAt - before.StartsAt).Duration() >= WorthWriting) changed.Add(decision);
                else decision = before;
            }
            else
            {
                decision = decision with { Id = id++ };
                made.Add(decision);
            }

            next[key] = decision;
        }

        var withdrawn = planned.Where(one => !next.ContainsKey(one.Key))
            .Select(one => one.Value with { State = DecisionState.Withdrawn, Outcome = "a later plan does without it" })
            .ToList();
        await log.WriteAsync([.. changed, .. made, .. withdrawn], cancellationToken).ConfigureAwait(false);
        planned = next;
        foreach (var one in withdrawn) Tell(one);
        foreach (var one in made) telemetry.DecisionMade(one.Id, one.Kind, one.Subject, one.From, one.To, one.Reason, one.Because);
    }

    /// <summary>A step begins.</summary>
    public async ValueTask BeganAsync(PlanStep step, DateTime nowUtc, CancellationToken cancellationToken)
    {
        var key = StepKey.Of(step);
        if (!planned.Remove(key, out var decision)) return;
        running[key] = decision = decision with { State = DecisionState.Running, StartsAt = nowUtc };
        Told?.Invoke(decision);
        await log.WriteAsync([decision], cancellationToken).ConfigureAwait(false);
        Tell(decision);
    }

    /// <summary>A step is over.</summary>
    public async ValueTask EndedAsync(StepResult result, DateTime nowUtc, CancellationToken cancellationToken)
    {
        var key = StepKey.Of(result.Step);
        if (!running.Remove(key, out var decision) && !planned.Remove(key, out decision)) return;
        var outcome = result.Move is { } move
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{move.Rows} rows copied live, {move.Bytes} bytes; sessions waited {move.Stall.TotalMilliseconds:0.0} ms at the end")
            : result.Error;
        decision = decision with { State = result.State, Outcome = outcome, EndsAt = nowUtc };
        Told?.Invoke(decision);
        if (result.State == DecisionState.Done && decision.Forecast is not null) watched.Add(decision);
        await log.WriteAsync([decision], cancellationToken).ConfigureAwait(false);
        Tell(decision);
    }

    /// <summary>An interval is over: what came is compared with what was forecast.</summary>
    /// <param name="nowUtc">Its end.</param>
    /// <param name="shareOf">Load of a partition in it, by name, as a share of capacity.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask CompareAsync(DateTime nowUtc, Func<string, double> shareOf, CancellationToken cancellationToken)
    {
        for (var i = 0; i < watched.Count; i++)
        {
            var forecast = watched[i].Forecast!;
            watched[i] = watched[i] with
            {
                Forecast = forecast with
                {
                    FromActual = Math.Max(forecast.FromActual, shareOf(watched[i].From)),
                    ToActual = Math.Max(forecast.ToActual, shareOf(watched[i].To)),
                },
            };
        }

        var over = watched.Where(decision => decision.Forecast!.Until <= nowUtc).ToList();
        if (over.Count == 0) return;
        watched = [.. watched.Where(decision => decision.Forecast!.Until > nowUtc)];
        await log.WriteAsync(over, cancellationToken).ConfigureAwait(false);
        foreach (var decision in over)
        {
            telemetry.Compared(decision.Forecast!.FromAfter, decision.Forecast.FromActual, decision.From);
            telemetry.Compared(decision.Forecast.ToAfter, decision.Forecast.ToActual, decision.To);
        }
    }

    /// <summary>Writes down what was compared so far: the process ends.</summary>
    public ValueTask CloseAsync(CancellationToken cancellationToken) => log.WriteAsync(watched, cancellationToken);

    private void Tell(Decision decision) => telemetry.DecisionChanged(
        decision.Id, decision.Kind, decision.Subject, decision.State.ToString().ToLowerInvariant(), decision.Outcome);

    private static Decision Of(PlanStep step, Plan plan, MappingSnapshot mapping)
    {
        string NameOf(PartitionId id) => mapping.PartitionOf(id)?.Name ?? id.ToString();
        return new Decision
        {
            Id = 0,
            MadeAt = plan.Horizon.StartUtc,
            Kind = step.Kind.ToString().ToLowerInvariant(),
            Subject = SubjectOf(step.Unit, step.Entity, step.Scope),
            Entity = step.Entity.IsNone ? null : step.Entity.ToString(),
            Parts = [.. step.Kind == StepKind.Split ? step.Parts.Select(part => part.ToString()) : []],
            From = NameOf(step.From),
            To = NameOf(step.To),
            StartsAt = step.StartUtc,
            EndsAt = step.EndUtc,
            Bytes = step.Bytes,
            Reason = step.Reason.ToString().ToLowerInvariant(),
            Because = step.Because,
            Gain = step.Gain.Total,
            Options = [.. step.Candidates.Select(one => new DecisionOption(NameOf(one.Partition), one.Cost.Total, one.PeakSum, one.Refusal))],
            Forecast = step.Kind == StepKind.Move ? ForecastOf(step, plan) : null,
            State = DecisionState.Planned,
        };
    }

    /// <summary>What people call a unit.</summary>
    public static string SubjectOf(UnitId unit, EntityKey entity, ShardScope scope) =>
        entity.IsNone ? string.Create(CultureInfo.InvariantCulture, $"bucket {unit.Value}") : scope.IsWhole ? entity.ToString() : $"{entity} {scope}";

    private static DecisionForecast ForecastOf(PlanStep step, Plan plan)
    {
        var (from, to) = (plan.Partitions.First(one => one.Partition.Id == step.From), plan.Partitions.First(one => one.Partition.Id == step.To));
        var until = plan.Horizon.EndUtc - plan.Horizon.StartUtc < ComparedMax ? plan.Horizon.EndUtc : plan.Horizon.StartUtc + ComparedMax;
        return new DecisionForecast(
            until,
            from.Before.Peak / from.Partition.Capacity,
            from.After.Peak / from.Partition.Capacity,
            to.After.Peak / to.Partition.Capacity,
            0,
            0);
    }

    /// <summary>What makes two steps of different plans the same.</summary>
    private readonly record struct StepKey(StepKind Kind, UnitId Unit, EntityKey Entity, string Scope, PartitionId From, PartitionId To)
    {
        public static StepKey Of(PlanStep step) => new(
            step.Kind, step.Entity.IsNone ? step.Unit : default, step.Entity, step.Scope.ToString(), step.From, step.To);
    }
}
