namespace Foreshard.Sessions;

/// <summary>What was found when a partition's own records were compared with the mapping table.</summary>
/// <param name="IsOtherServer">Whether its server was another than before: promoted, or restored.</param>
/// <param name="Ended">How many units it took for its own that live elsewhere; it no longer does.</param>
/// <param name="Missing">
/// The units, in words, that should be there and never arrived on this server: what was moved there is lost with the server before, unless that one comes
/// back. They serve nobody, or, if that was accepted, what there is of them.
/// </param>
public sealed record ReconcileResult(bool IsOtherServer, int Ended, IReadOnlyList<string> Missing);
