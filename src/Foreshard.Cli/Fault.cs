using Foreshard.Cli.Servers;
using Foreshard.Moving;
using Foreshard.Partitions;
using Foreshard.Schema;
using Foreshard.Sqlite;

namespace Foreshard.Cli;

/// <summary>What a failure means to the person at the terminal.</summary>
/// <param name="Code">One of <see cref="ExitCode"/>.</param>
/// <param name="Message">What to print; never a stack trace.</param>
internal readonly record struct Fault(int Code, string Message)
{
    public static Fault Of(Exception exception) => exception switch
    {
        UsageException or FormatException => new(ExitCode.Usage, exception.Message),
        SchemaException => new(ExitCode.Found, exception.Message),
        StoreLockedException locked => new(
            ExitCode.Owned,
            $"{locked.Message} Commands that only read (check, status, where, moves, verify, mapping export, decisions, explain, partition list) "
            + "work beside it."),
        MoveRefusedException or SchemaScriptException or StoreFolderException => new(ExitCode.Refused, exception.Message),
        ArgumentException refused => new(ExitCode.Refused, WithoutParameter(refused)),
        OperationCanceledException => new(ExitCode.Cancelled, "Given up. Everything is as it was."),
        TrafficException or LocalServerException => new(ExitCode.Failed, exception.Message),
        ForeshardException or IOException or UnauthorizedAccessException => new(ExitCode.Failed, exception.Message),
        _ => new(ExitCode.Failed, $"Unexpected failure: {exception.Message} Run with --verbose for details."),
    };

    /// <summary>The message without the parameter's name, which means nothing outside of code.</summary>
    private static string WithoutParameter(ArgumentException exception)
    {
        var suffix = $" (Parameter '{exception.ParamName}')";
        return exception.Message.EndsWith(suffix, StringComparison.Ordinal) ? exception.Message[..^suffix.Length] : exception.Message;
    }
}

/// <summary>A word on the command line means nothing to the store.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>Recorded traffic can be read, but nothing can be told from it.</summary>
internal sealed class TrafficException(string message) : Exception(message);
