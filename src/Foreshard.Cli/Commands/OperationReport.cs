using System.Globalization;
using Foreshard.Cli.Output;
using Foreshard.Moving;
using Foreshard.Sessions;
using Spectre.Console;

namespace Foreshard.Cli.Commands;

/// <param name="Id">Its number.</param>
/// <param name="Kind">move, isolate, split, merge or fold.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="From">Name of the partition that it begins on.</param>
/// <param name="To">Name of the partition that it ends on.</param>
/// <param name="State">How far it is: planned, copying, streaming, freezing, committed, cleaning, done, aborting or aborted.</param>
/// <param name="IsOver">Whether it neither goes on nor can go on.</param>
/// <param name="StartedAt">When it was planned.</param>
/// <param name="Rows">Rows copied.</param>
/// <param name="TotalRows">Rows to copy, as counted at its beginning.</param>
/// <param name="Bytes">Bytes copied, estimated.</param>
/// <param name="RemainingSeconds">Time until the copy is done at the speed so far; null unless it copies.</param>
/// <param name="Error">Why it was undone; null unless it was.</param>
internal sealed record OperationReport(
    long Id,
    string Kind,
    string Subject,
    string From,
    string To,
    string State,
    bool IsOver,
    DateTimeOffset StartedAt,
    long Rows,
    long TotalRows,
    long Bytes,
    double? RemainingSeconds,
    string? Error)
{
    public static OperationReport Of(OperationStatus status, TimeProvider time) => new(
        status.Id,
        Words.Of(status.Kind),
        status.Subject,
        status.From,
        status.To,
        Words.Of(status.State),
        status.IsOver,
        status.StartedAt,
        status.Rows,
        status.TotalRows,
        status.Bytes,
        Remaining(status, time.GetUtcNow()),
        status.Error);

    private static double? Remaining(OperationStatus status, DateTimeOffset now) => status is { State: OperationState.Copying, Rows: > 0 }
        ? Math.Round((now - status.StartedAt).TotalSeconds * Math.Max(0, status.TotalRows - status.Rows) / status.Rows, 1)
        : null;
}

/// <summary>Operations on the screen.</summary>
internal static class OperationView
{
    public static void Write(Terminal terminal, IReadOnlyList<OperationReport> operations)
    {
        terminal.Write(Of(operations, terminal.Time));
        foreach (var undone in operations.Where(operation => operation.Error is not null))
            terminal.Write(Markup.FromInterpolated(CultureInfo.InvariantCulture, $"[red]{undone.Id}[/] was undone: {undone.Error}"));
    }

    public static Table Of(IReadOnlyList<OperationReport> operations, TimeProvider time)
    {
        var table = Tables.Of(">id", "operation", "partitions", "state", ">rows", ">size", "started");
        foreach (var operation in operations)
        {
            table.AddRow(
                new Text(operation.Id.ToString(CultureInfo.InvariantCulture)),
                new Text($"{operation.Kind} {operation.Subject}"),
                new Text(operation.From == operation.To ? operation.From : $"{operation.From} → {operation.To}"),
                new Text(State(operation), Style.Parse(Colour(operation))),
                new Text(operation.Rows > 0 ? Words.Count(operation.Rows) : Words.Unknown),
                new Text(operation.Bytes > 0 ? Words.Bytes(operation.Bytes) : Words.Unknown),
                new Text(Words.Ago(operation.StartedAt, time)));
        }

        return table;
    }

    /// <summary>One operation in a line, for output that nobody redraws.</summary>
    public static string Line(OperationReport operation) => string.Create(
        CultureInfo.InvariantCulture,
        $"{operation.Id} {operation.Kind} {operation.Subject} {operation.From} → {operation.To}: {State(operation)}, ")
        + $"{Words.Count(operation.Rows, "row")}, {Words.Bytes(operation.Bytes)}";

    private static string State(OperationReport operation) => operation.RemainingSeconds is { } seconds
        ? string.Create(CultureInfo.InvariantCulture, $"{operation.State} {Percent(operation)} %, {Words.Duration(TimeSpan.FromSeconds(seconds))} left")
        : operation.State;

    private static long Percent(OperationReport operation) => operation.TotalRows == 0 ? 0 : Math.Min(100, operation.Rows * 100 / operation.TotalRows);

    private static string Colour(OperationReport operation) => operation switch
    {
        { Error: not null } => "red",
        { IsOver: true } => "grey",
        _ => "yellow",
    };
}
