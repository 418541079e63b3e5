namespace Foreshard.Autopilot;

/// <summary>Something that is known beforehand: during a time, an entity's usual load is multiplied, or that of all.</summary>
internal sealed record AnnouncedEvent
{
    /// <summary>Its number in the file; never given twice.</summary>
    public required int Id { get; init; }

    /// <summary>What people call it; null if it has no name.</summary>
    public string? Name { get; init; }

    /// <summary>Type and key, as <c>customer/42</c>; null for all entities.</summary>
    public string? Entity { get; init; }

    /// <summary>When it begins.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>When it is over.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>What the usual load is multiplied by.</summary>
    public required double Times { get; init; }

    /// <summary>What is wrong with it, in a sentence without its end; null if nothing is.</summary>
    public string? Problem()
    {
        if (To <= From) return FormattableString.Invariant($"it ends ({To.UtcDateTime:u}) before it begins ({From.UtcDateTime:u}), or at once");
        if (!(Times > 0) || !double.IsFinite(Times)) return FormattableString.Invariant($"the usual load is multiplied by a number above 0, not by {Times}");
        if (Entity is null) return null;
        var slash = Entity.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < Entity.Length - 1 ? null : $"'{Entity}' is no entity: write its type and its key, as customer/42";
    }
}
