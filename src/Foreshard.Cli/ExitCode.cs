namespace Foreshard.Cli;

/// <summary>What the process says with its exit code; part of the command's contract (<c>docs/cli.md</c>).</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Found = 1;
    public const int Usage = 2;
    public const int Refused = 3;
    public const int Owned = 4;
    public const int Failed = 5;
    public const int Cancelled = 130;

    /// <summary>All of them, with what they mean.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Done, "done"),
        (Found, "problems or findings were found; they are printed"),
        (Usage, "the command line was not understood"),
        (Refused, "refused; nothing was changed"),
        (Owned, "another process owns the store; nothing was changed"),
        (Failed, "failed; the message says what became of the data"),
        (Cancelled, "given up at Ctrl+C"),
    ];
}
