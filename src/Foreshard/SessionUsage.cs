namespace Foreshard;

/// <summary>What a session asked of its partition, as the engine measured it.</summary>
/// <param name="Reads">Pages read, from the cache or from disk (SQLite), or rows read (PostgreSQL).</param>
/// <param name="Writes">Rows inserted, updated or deleted, by triggers and cascades too.</param>
/// <param name="Cost">In cost units: 1 is one point read on an idle partition.</param>
public readonly record struct SessionUsage(long Reads, long Writes, double Cost);
