namespace Foreshard.Balancing;

/// <summary>A time in which no move runs.</summary>
/// <param name="FromUtc">Its begin.</param>
/// <param name="ToUtc">Its end, exclusive.</param>
internal readonly record struct FreezeWindow(DateTime FromUtc, DateTime ToUtc);
