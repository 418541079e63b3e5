namespace Foreshard.Profiling;

/// <summary>A label's share.</summary>
/// <param name="Label">Segment or region; null for accesses without one.</param>
/// <param name="Share">Of the entity's accesses, recent ones counting more; 0 to 1.</param>
internal readonly record struct LabelShare(string? Label, double Share);
