using Foreshard.Balancing;
using Foreshard.Moving;

namespace Foreshard.Autopilot;

/// <summary>What became of a step.</summary>
/// <param name="Step">The step.</param>
/// <param name="State">Done, dropped or failed.</param>
/// <param name="Units">The units that it changed, as they are called now; they stay for the cooldown.</param>
/// <param name="Move">What a move carried; null of re-units and of what failed.</param>
/// <param name="Error">Why it was dropped or failed, in words.</param>
internal sealed record StepResult(PlanStep Step, DecisionState State, IReadOnlyList<UnitId> Units, MoveResult? Move = null, string? Error = null);
