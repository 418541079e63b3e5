namespace Foreshard.Sharding;

/// <summary>What came of looking for a cut.</summary>
/// <param name="Best">The best one; null if there is none that may be.</param>
/// <param name="Refusal">Why there is none.</param>
/// <param name="Because">The same in words, with figures; of a cut, how good it is.</param>
/// <param name="Refused">The best of those that may not be, if there are any: for explanations.</param>
internal sealed record CutResult(Cut? Best, CutRefusal? Refusal, string Because, Cut? Refused = null);
