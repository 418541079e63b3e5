using Microsoft.Extensions.Logging;

namespace Foreshard.Diagnostics;

/// <summary>Log messages. Their ids and names are a contract (<c>docs/telemetry.md</c>): one that is no longer sent is not given to another.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(100, LogLevel.Debug, "Operation {Operation}, {Kind} of {Subject} from {From} to {To}, began.")]
    public static partial void OperationBegan(this ILogger log, long operation, string kind, string subject, string from, string to);

    [LoggerMessage(
        101,
        LogLevel.Information,
        "Operation {Operation}, {Kind} of {Subject} from {From} to {To}, is done after {DurationMs} ms; sessions waited {StallMs} ms, "
        + "{Bytes} bytes were copied live.")]
    public static partial void OperationDone(
        this ILogger log, long operation, string kind, string subject, string from, string to, double durationMs, double stallMs, long bytes);

    [LoggerMessage(102, LogLevel.Warning, "Operation {Operation}, {Kind} of {Subject}, was undone; nothing was lost: {Reason}")]
    public static partial void OperationUndone(this ILogger log, long operation, string kind, string subject, string reason);

    [LoggerMessage(
        103,
        LogLevel.Error,
        "Operation {Operation}, {Kind} of {Subject}, stopped between two steps. Nothing was lost; the next operation, or opening of the store, "
        + "finishes or undoes it.")]
    public static partial void OperationLeft(this ILogger log, long operation, string kind, string subject);

    [LoggerMessage(104, LogLevel.Information, "Operation {Operation}, {Kind} of {Subject}, which was left unfinished, was {Outcome}.")]
    public static partial void OperationResolved(this ILogger log, long operation, string kind, string subject, string outcome);

    [LoggerMessage(200, LogLevel.Information, "The autopilot begins in mode {Mode}; it knows {Entities} entities.")]
    public static partial void AutopilotStarted(this ILogger log, string mode, int entities);

    [LoggerMessage(201, LogLevel.Information, "Decision {Decision}: {Kind} {Subject} from {From} to {To}: {Reason}: {Because}")]
    public static partial void DecisionMade(
        this ILogger log, long decision, string kind, string subject, string from, string to, string reason, string because);

    [LoggerMessage(110, LogLevel.Warning, "What other processes left, or a partition missed, can't be looked after for now; it is tried again: {Reason}")]
    public static partial void CareFailed(this ILogger log, string reason);

    [LoggerMessage(202, LogLevel.Debug, "Decision {Decision}, {Kind} {Subject}, is being carried out.")]
    public static partial void DecisionBegan(this ILogger log, long decision, string kind, string subject);

    [LoggerMessage(203, LogLevel.Information, "Decision {Decision}, {Kind} {Subject}, is carried out: {Outcome}")]
    public static partial void DecisionDone(this ILogger log, long decision, string kind, string subject, string? outcome);

    [LoggerMessage(204, LogLevel.Warning, "Decision {Decision}, {Kind} {Subject}, failed; nothing was lost: {Outcome}")]
    public static partial void DecisionFailed(this ILogger log, long decision, string kind, string subject, string? outcome);

    [LoggerMessage(205, LogLevel.Information, "Decision {Decision}, {Kind} {Subject}, is {State}: {Outcome}")]
    public static partial void DecisionEnded(this ILogger log, long decision, string kind, string subject, string state, string? outcome);

    [LoggerMessage(210, LogLevel.Warning, "The autopilot is paused and carries nothing out until it is resumed: {Reason}")]
    public static partial void AutopilotPaused(this ILogger log, string reason);

    [LoggerMessage(211, LogLevel.Information, "The autopilot is resumed.")]
    public static partial void AutopilotResumed(this ILogger log);

    [LoggerMessage(220, LogLevel.Error, "A round of the autopilot failed; sessions go on, and the next interval tries again: {Reason}")]
    public static partial void RoundFailed(this ILogger log, Exception exception, string reason);

    [LoggerMessage(221, LogLevel.Warning, "What the autopilot learned before can't be used, so it begins anew: {Reason} The file is kept as '{File}'.")]
    public static partial void ProfilesUnusable(this ILogger log, string reason, string file);

    [LoggerMessage(222, LogLevel.Warning, "What the autopilot learned could not be saved when it ended: {Reason}")]
    public static partial void ProfilesNotSaved(this ILogger log, Exception exception, string reason);

    [LoggerMessage(223, LogLevel.Warning, "What is written beside sessions on partition {Partition} is not all known: {Reason}")]
    public static partial void WriteLogTroubled(this ILogger log, string partition, string reason);

    [LoggerMessage(230, LogLevel.Warning, "The fleet lacks capacity: {Because}")]
    public static partial void CapacityAdvised(this ILogger log, string because);
}
