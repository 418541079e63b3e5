namespace Foreshard.Sqlite;

/// <summary>How partitions on SQLite are opened.</summary>
/// <param name="IsReadOnly">Beside the process that owns the store; nothing can be written.</param>
/// <param name="IsFullSync">Whether every commit waits for the disk.</param>
/// <param name="AlwaysCheckRows">Whether key and group of every written row are checked, also while nothing moves.</param>
/// <param name="TimeProvider">Clock for waits.</param>
internal sealed record SqliteOptions(bool IsReadOnly, bool IsFullSync, bool AlwaysCheckRows, TimeProvider TimeProvider);
