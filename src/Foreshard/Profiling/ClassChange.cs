namespace Foreshard.Profiling;

/// <summary>That an entity has another class from now on.</summary>
/// <param name="Entity">Which entity.</param>
/// <param name="From">What it was.</param>
/// <param name="To">What it is.</param>
internal readonly record struct ClassChange(EntityKey Entity, ProfileClass From, ProfileClass To);
