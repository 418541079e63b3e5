namespace Foreshard.Profiling;

/// <summary>One session's work on one entity: what all profiles are made of.</summary>
/// <remarks>A value; the texts are shared, so that copying it is cheap. Numbers are not negative.</remarks>
internal readonly record struct Access
{
    /// <summary>When the session ended.</summary>
    public required DateTime TimeUtc { get; init; }

    /// <summary>Whose rows it worked on.</summary>
    public required EntityKey Entity { get; init; }

    /// <summary>Which group of the entity; the default value if the session was on the entity as a whole.</summary>
    public GroupKey Group { get; init; }

    /// <summary>The application's label for the user behind it; null if it gave none.</summary>
    public string? Segment { get; init; }

    /// <summary>Where the router was; null if not known.</summary>
    public string? Region { get; init; }

    /// <summary>Pages or rows read.</summary>
    public long Reads { get; init; }

    /// <summary>Rows written.</summary>
    public long Writes { get; init; }

    /// <summary>In cost units: 1 is one point read on an idle partition.</summary>
    public double Cost { get; init; }

    /// <summary>Bytes that went to or came from the client; 0 if not known.</summary>
    public long Bytes { get; init; }

    /// <summary>The other entities of the same transaction.</summary>
    public ReadOnlyMemory<EntityKey> Partners { get; init; }
}
