namespace Foreshard.Cli.Fleets;

/// <summary>How grave a diagnosis is.</summary>
internal enum DiagnosisState : byte
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, and may hurt later.</summary>
    Warning,

    /// <summary>Something doesn't work, or data is in danger.</summary>
    Problem,
}

/// <summary>One thing that was looked at on a fleet.</summary>
/// <param name="Subject">Of what: <c>etcd</c>, a node's address, or a partition's name.</param>
/// <param name="Check">What was looked at, as <c>wal_level</c>.</param>
/// <param name="State">How it is.</param>
/// <param name="Found">What was found, in words.</param>
/// <param name="Advice">What to change; null if nothing.</param>
internal sealed record Diagnosis(string Subject, string Check, DiagnosisState State, string Found, string? Advice)
{
    public static Diagnosis Ok(string subject, string check, string found) => new(subject, check, DiagnosisState.Ok, found, null);

    public static Diagnosis Warning(string subject, string check, string found, string advice) => new(subject, check, DiagnosisState.Warning, found, advice);

    public static Diagnosis Problem(string subject, string check, string found, string advice) => new(subject, check, DiagnosisState.Problem, found, advice);
}
