namespace Foreshard.Balancing;

/// <summary>An entity used in the same transactions.</summary>
/// <param name="Partner">Which one.</param>
/// <param name="PerSecond">Such transactions per second.</param>
internal readonly record struct PlanPartner(EntityKey Partner, double PerSecond);
