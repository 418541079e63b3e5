using Foreshard.Profiling;
using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Simulation.Replay;

/// <summary>Reads a log or a table of loads through a replay, to its last complete slot.</summary>
/// <remarks>
/// The last slot of a log counts as complete if its last access lies in the last tenth of it; otherwise the slot stays open. The slots
/// of a table are complete. For one thread.
/// </remarks>
internal sealed class TrafficFeed : IDisposable
{
    private const double CompleteFrom = 0.9;

    /// <summary>After so many lines it is looked whether the reading is to be given up.</summary>
    private const int LinesBetweenLooks = 1 << 14;

    private readonly LogLines lines;
    private readonly AccessLogReader? reader;
    private readonly LoadTable? table;
    private AccessTally lastSlot;
    private long last = -1;

    private TrafficFeed(LogLines lines, AccessLogReader? reader, LoadTable? table, TrafficReplay replay)
    {
        this.lines = lines;
        this.reader = reader;
        this.table = table;
        Replay = replay;
    }

    /// <summary>What the input is.</summary>
    public InputKind Kind => table is null ? InputKind.Log : InputKind.Table;

    /// <summary>What it is read through; whoever wants to listen does so before <see cref="Run"/>.</summary>
    public TrafficReplay Replay { get; }

    /// <summary>What became of the lines.</summary>
    public LogCounts Lines => table?.Counts.Lines ?? reader!.Counts;

    /// <summary>What became of the cells; null of a log.</summary>
    public TableCounts? Cells => table?.Counts;

    /// <summary>Everything that came in complete slots. Of a table, an access is a cell that is above 0.</summary>
    public AccessTally Totals { get; private set; }

    /// <summary>Accesses in the last slot of a log, if it isn't complete: they are left out.</summary>
    public long LeftOut { get; private set; }

    /// <summary>The first slot that something came in. Known after <see cref="Run"/>.</summary>
    public long FirstSlot { get; private set; }

    /// <summary>The slot after the last complete one; of a log, known after <see cref="Run"/>.</summary>
    public long End { get; private set; }

    /// <summary>Begins; of a table, reads all of it.</summary>
    /// <param name="lines">Will be disposed of, if this fails, too.</param>
    /// <param name="options">How to read.</param>
    /// <exception cref="AccessLogException">It can't be read.</exception>
    /// <exception cref="ArgumentException">The options don't hold.</exception>
    public static TrafficFeed Open(LogLines lines, TrafficFeedOptions options)
    {
        try
        {
            if (!options.IsTable(lines))
            {
                var reader = new AccessLogReader(lines, options.Log);
                var replay = options.Begun ?? new TrafficReplay(new SlotGrid(options.Replay.SlotLength), ReplayOf(options));
                return new TrafficFeed(lines, reader, null, replay);
            }

            var table = LoadTable.Read(lines, options.Table);
            return new TrafficFeed(lines, null, table, new TrafficReplay(table.Grid, With(options, TimeSpan.Zero)))
            {
                FirstSlot = table.FirstSlot,
                End = table.FirstSlot + table.SlotCount,
            };
        }
        catch
        {
            lines.Dispose();
            throw;
        }
    }

    /// <summary>Reads all of a log for nothing but its end: <see cref="End"/> is known then, and this can't be run.</summary>
    /// <exception cref="AccessLogException">It can't be read.</exception>
    public void FindEnd(CancellationToken cancellationToken)
    {
        if (reader is null) return;
        for (var count = 1; reader.TryRead(out _); count++)
        {
            if (count % LinesBetweenLooks == 0) cancellationToken.ThrowIfCancellationRequested();
        }

        EndAt(Lines.LastTimeUtc);
    }

    /// <summary>Reads to the end.</summary>
    /// <param name="cancellationToken">Ends the reading before.</param>
    /// <param name="closed">Of a table: told after each slot how many of how many are over.</param>
    /// <exception cref="AccessLogException">It can't be read on, or a time must be wrong.</exception>
    public void Run(CancellationToken cancellationToken, Action<int, int>? closed = null)
    {
        try
        {
            if (reader is not null) RunLog(cancellationToken);
            else RunTable(table!, closed, cancellationToken);
        }
        catch (InvalidOperationException exception)
        {
            throw new AccessLogException(lines.Path, lines.LineNumber, exception.Message, exception);
        }
    }

    public void Dispose() => lines.Dispose();

    /// <summary>How a log is lived through: with its lateness.</summary>
    public static ReplayOptions ReplayOf(TrafficFeedOptions options) => With(options, options.Log.Lateness);

    private static ReplayOptions With(TrafficFeedOptions options, TimeSpan lateness) => new()
    {
        SlotLength = options.Replay.SlotLength,
        Lateness = lateness,
        Profiles = options.Replay.Profiles,
        Forecasts = options.Replay.Forecasts,
        Capacity = options.Replay.Capacity,
        HasProfiles = options.Replay.HasProfiles,
    };

    private void RunLog(CancellationToken cancellationToken)
    {
        var totals = default(AccessTally);
        for (var count = 1; reader!.TryRead(out var access); count++)
        {
            if (count % LinesBetweenLooks == 0) cancellationToken.ThrowIfCancellationRequested();
            if (!Replay.Add(access)) continue;
            var slot = Replay.Grid.SlotOf(access.TimeUtc);
            if (slot > last)
            {
                totals.Add(lastSlot);
                (lastSlot, last) = (default, slot);
            }

            ref var tally = ref slot == last ? ref lastSlot : ref totals;
            tally.Add(AccessTally.Of(new SessionUsage(access.Reads, access.Writes, access.Cost), access.Bytes, access.TimeUtc.Ticks));
        }

        EndAt(Lines.LastTimeUtc);
        if (End > last) totals.Add(lastSlot);
        else LeftOut = lastSlot.Accesses;
        Totals = totals;
        if (Lines.Accepted > 0) Replay.CloseBefore(End);
    }

    private void EndAt(DateTime? lastTime)
    {
        if (lastTime is not { } time) return;
        var grid = Replay.Grid;
        var slot = grid.SlotOf(time);
        var isComplete = time - grid.StartOf(slot) >= grid.SlotLength * CompleteFrom;
        FirstSlot = grid.SlotOf(Lines.FirstTimeUtc!.Value);
        End = isComplete ? slot + 1 : slot;
    }

    private void RunTable(LoadTable loads, Action<int, int>? closed, CancellationToken cancellationToken)
    {
        Replay.Begin(loads.FirstSlot);
        var series = loads.Entities.Select(entity => Replay.Register(entity)).ToArray();
        var totals = default(AccessTally);
        var came = new List<(int Series, float Load)>(series.Length);
        for (var slot = 0; slot < loads.SlotCount; slot++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            came.Clear();
            for (var i = 0; i < series.Length; i++)
            {
                var load = loads.Series(i)[slot];
                if (load > 0) totals.Add(AccessTally.Of(new SessionUsage(0, 0, load), 0, 0));
                if (series[i] >= 0 && load != 0) came.Add((series[i], load));
            }

            Replay.Close(came);
            closed?.Invoke(slot + 1, loads.SlotCount);
        }

        Totals = totals;
    }
}
