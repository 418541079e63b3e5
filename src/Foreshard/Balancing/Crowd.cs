namespace Foreshard.Balancing;

/// <summary>What all entities together asked for in an interval.</summary>
/// <param name="Load">Cost units per second.</param>
/// <param name="Left">What is left of what was before it; 0 to 1.</param>
internal readonly record struct Crowd(double Load, double Left);
