using Foreshard.Profiling;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>What a row of a table of loads is.</summary>
internal enum TableOrientation
{
    /// <summary>One slot: its time, then a cell per entity.</summary>
    SlotPerRow,

    /// <summary>One entity: its key, then its cells from the first slot on. There are no times.</summary>
    SeriesPerRow,
}

/// <summary>How a table of loads is to be read.</summary>
internal sealed class LoadTableOptions
{
    /// <summary>The moment after which nothing can have happened yet.</summary>
    public required DateTime NowUtc { get; init; }

    /// <summary>How far times may be ahead of <see cref="NowUtc"/>. Default 1 hour.</summary>
    public TimeSpan FutureTolerance { get; init; } = TimeSpan.FromHours(1);

    /// <summary>What a row is. Default: a slot.</summary>
    public TableOrientation Orientation { get; init; }

    /// <summary>
    /// Whether the first row names the columns. Default (null): of a slot per row it must; of a series per row it does if no cell of it
    /// is a number.
    /// </summary>
    public bool? HasHeader { get; init; }

    /// <summary>What stands between cells. Default (null): <c>,</c> <c>;</c> tab or <c>|</c>, seen from the first line.</summary>
    public char? Delimiter { get; init; }

    /// <summary>The name of the column with the times. Default (null): one that is known by its name, else the first.</summary>
    public string? TimeColumn { get; init; }

    /// <summary>The IANA name of the zone that times without an offset are in. Default (null): UTC.</summary>
    public string? TimeZoneId { get; init; }

    /// <summary>Of all entities of the table. Default <c>entity</c>, with text for keys.</summary>
    public EntityType EntityType { get; init; } = EntityType.Of("entity", KeyKind.Text);

    /// <summary>A divisor of the day. Default (null): the usual distance between times; of a series per row, an hour.</summary>
    public TimeSpan? SlotLength { get; init; }

    /// <summary>In the first slot of a table with a series per row, in UTC. Default: Monday, 2001-01-01.</summary>
    public DateTime FirstTimeUtc { get; init; } = new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <exception cref="ArgumentException">Options are out of range; the message names all that are.</exception>
    internal void Validate()
    {
        var problems = new List<string>();
        if (SlotLength is { } length && !SlotGrid.Divides(length))
            problems.Add($"{nameof(SlotLength)} is {length}: a slot lasts at least a second and divides the day (5 min, 15 min, 1 h, 90 min, …).");
        if (FirstTimeUtc.Kind != DateTimeKind.Utc) problems.Add($"{nameof(FirstTimeUtc)} has to be in UTC.");
        AccessLogOptions.Check(problems, NowUtc, FutureTolerance, Delimiter, TimeZoneId);
        if (problems.Count > 0) throw new ArgumentException(string.Join(' ', problems));
    }
}
