namespace Foreshard.Simulation.Runs;

/// <summary>An entity's demand over time, for the heat map.</summary>
/// <param name="Entity">Which one.</param>
/// <param name="Demand">Of each drawn interval after the warm-up, cost units per second.</param>
internal sealed record HeatRow(EntityKey Entity, float[] Demand);
