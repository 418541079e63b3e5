using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Simulation.Replay;

/// <summary>How recorded traffic is read and lived through again.</summary>
internal sealed class TrafficFeedOptions
{
    /// <summary>How a log is to be read.</summary>
    public required AccessLogOptions Log { get; init; }

    /// <summary>How a table is to be read.</summary>
    public required LoadTableOptions Table { get; init; }

    /// <summary>How it is lived through. A table's own slots are taken, and <see cref="AccessLogOptions.Lateness"/> for how late accesses come.</summary>
    public ReplayOptions Replay { get; init; } = new();

    /// <summary>A replay to go on with, of the same slots; null to begin with nothing. Not for tables.</summary>
    public TrafficReplay? Begun { get; init; }

    /// <summary>What it is; null to see from its first lines.</summary>
    public InputKind? Kind { get; init; }

    /// <summary>Whether the input is a table: as told, or as its first lines look.</summary>
    /// <param name="lines">Before the first line is read.</param>
    public bool IsTable(LogLines lines) => Table.Orientation == TableOrientation.SeriesPerRow || Kind == InputKind.Table
        || (Kind is null && InputKinds.Of(lines, Log.Columns, Log.Delimiter) == InputKind.Table);

    /// <summary>The same, going on with a replay.</summary>
    public TrafficFeedOptions With(TrafficReplay begun) => new() { Log = Log, Table = Table, Replay = Replay, Kind = Kind, Begun = begun };
}
