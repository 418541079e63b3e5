namespace Foreshard.Profiling;

/// <summary>An entity used in the same transactions.</summary>
/// <param name="Partner">Which one.</param>
/// <param name="Times">In how many transactions, recent ones counting more: at most that.</param>
/// <param name="TimesError">By how much that may be too high.</param>
internal readonly record struct PartnerProfile(EntityKey Partner, double Times, double TimesError);
