namespace Foreshard.Moving;

/// <summary>The points between the steps of operations; a crash at any of them must leave the store whole.</summary>
internal static class MoveStep
{
    public const string Planned = "planned";
    public const string Prepared = "prepared";
    public const string Copying = "copying";
    public const string Copied = "copied";
    public const string CaughtUp = "caught-up";
    public const string Verified = "verified";
    public const string Frozen = "frozen";
    public const string Activated = "activated";
    public const string Committed = "committed";
    public const string Retired = "retired";
    public const string Cleaned = "cleaned";
    public const string Done = "done";
    public const string Aborting = "aborting";
    public const string Thawed = "thawed";
    public const string Discarded = "discarded";
    public const string CoreCopiesPrepared = "core-copies-prepared";
    public const string CoreDecided = "core-decided";
    public const string CoreCopied = "core-copied";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Planned, Prepared, Copying, Copied, CaughtUp, Verified, Frozen, Activated, Committed, Retired, Cleaned, Done, Aborting, Thawed,
        Discarded, CoreCopiesPrepared, CoreDecided, CoreCopied,
    ];
}
