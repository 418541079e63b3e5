namespace Foreshard.Simulation.AccessLogs;

/// <summary>Why a line was not accepted, or what is to be said of one that was. All before <see cref="OutOfOrder"/> are kinds of malformed.</summary>
internal enum LineFinding
{
    /// <summary>More or fewer fields than the header has.</summary>
    FieldCount,

    /// <summary>A quoted field doesn't end in its line, or something follows its end.</summary>
    Quotes,

    /// <summary>The line is no JSON object, or one of its known fields is an object.</summary>
    InvalidJson,

    /// <summary>The line is longer than <see cref="LogLines.MaxLineBytes"/>.</summary>
    TooLong,

    /// <summary>A text is not UTF-8.</summary>
    NotUtf8,

    /// <summary>The time is missing or has none of the known forms.</summary>
    BadTime,

    /// <summary>The entity is missing.</summary>
    MissingEntity,

    /// <summary>The entity, or a partner, is no key of its type.</summary>
    BadEntity,

    /// <summary>The entity's type has no possible name, or there are too many types.</summary>
    BadEntityType,

    /// <summary>The group is not of the kind that was asked for.</summary>
    BadGroup,

    /// <summary>The operation is no known word.</summary>
    BadOperation,

    /// <summary>Not a number where one is due, or too large a one.</summary>
    BadNumber,

    /// <summary>A negative number.</summary>
    NegativeNumber,

    /// <summary>Too many partners.</summary>
    TooManyPartners,

    /// <summary>Skipped: earlier than the latest time by more than the allowed lateness.</summary>
    OutOfOrder,

    /// <summary>Skipped: the same request, or the same line, was there before.</summary>
    Duplicate,

    /// <summary>Skipped: later than now, or far ahead of both its neighbours.</summary>
    Future,

    /// <summary>Accepted, though the same line was there before.</summary>
    IdenticalKept,
}

/// <summary>A line that something is to be said of.</summary>
/// <param name="Number">Its number in the file, from 1.</param>
/// <param name="Text">Its beginning, for malformed lines; otherwise null.</param>
internal readonly record struct LineSample(long Number, string? Text);
