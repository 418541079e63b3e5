namespace Foreshard.Profiling;

/// <summary>What was wrong with saved profiles.</summary>
internal enum ProfileFormatProblem
{
    /// <summary>It doesn't begin as saved profiles do.</summary>
    NotProfiles,

    /// <summary>It is shorter or longer than what was saved.</summary>
    Truncated,

    /// <summary>It isn't what was saved: the checksum differs.</summary>
    Damaged,

    /// <summary>Another version of Foreshard saved it, whose format this one doesn't know.</summary>
    OtherVersion,

    /// <summary>It was saved with other slots or time constants.</summary>
    OtherSettings,
}

/// <summary>Saved profiles could not be read. Nothing of them was taken over: begin with an empty <see cref="ProfileSet"/>, and say so.</summary>
internal sealed class ProfileFormatException(ProfileFormatProblem problem, string what) : ForeshardException(
    $"The saved profiles can't be used: {what}. None of them was loaded; classes, averages and growth are learned anew if you go on without "
    + "them, which takes hours for loads and weeks for the shape of the week.")
{
    /// <summary>What was wrong.</summary>
    public ProfileFormatProblem Problem { get; } = problem;
}
