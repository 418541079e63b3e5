using System.Collections.Frozen;

namespace Foreshard.Sharding;

/// <summary>Milliseconds of a round trip between regions. Immutable.</summary>
internal sealed class RoundTrips
{
    private readonly FrozenDictionary<(string From, string To), double> milliseconds;

    /// <param name="milliseconds">By pair of regions, in either order; not negative.</param>
    /// <param name="within">Round trip inside a region.</param>
    /// <param name="unknown">Round trip of a pair that isn't told, and from users whose region isn't.</param>
    /// <exception cref="ArgumentException">A round trip is negative or no number.</exception>
    public RoundTrips(IReadOnlyDictionary<(string From, string To), double> milliseconds, double within = 0, double unknown = 0)
    {
        foreach (var ((from, to), time) in milliseconds)
        {
            if (!(time >= 0) || !double.IsFinite(time))
                throw new ArgumentException(FormattableString.Invariant($"The round trip {from}–{to} can't take {time} ms."), nameof(milliseconds));
        }

        this.milliseconds = milliseconds.ToFrozenDictionary();
        Within = within;
        Unknown = unknown;
    }

    /// <summary>Everything is equally near: no unit is better off anywhere.</summary>
    public static RoundTrips None { get; } = new(new Dictionary<(string, string), double>());

    /// <summary>Inside a region.</summary>
    public double Within { get; }

    /// <summary>Of a pair that isn't told.</summary>
    public double Unknown { get; }

    /// <summary>Whether it matters where a unit is.</summary>
    public bool IsUniform => milliseconds.Count == 0 && Within == Unknown;

    /// <summary>Milliseconds between users in one region and a partition in another.</summary>
    public double Between(string? user, string? partition)
    {
        if (string.IsNullOrEmpty(user) || string.IsNullOrEmpty(partition)) return Unknown;
        if (milliseconds.TryGetValue((user, partition), out var time) || milliseconds.TryGetValue((partition, user), out time)) return time;
        return string.Equals(user, partition, StringComparison.Ordinal) ? Within : Unknown;
    }
}
