namespace Foreshard.Profiling;

/// <summary>What is known of one group of an entity.</summary>
/// <param name="Group">Which group.</param>
/// <param name="Load">Cost units per second, averaged with <see cref="ProfileOptions.MixTime"/>: at most that.</param>
/// <param name="LoadError">By how much that may be too high.</param>
/// <param name="BytesRate">Bytes per second to and from clients, averaged likewise: at least that.</param>
internal readonly record struct GroupProfile(GroupKey Group, double Load, double LoadError, double BytesRate);
