using System.Globalization;

namespace Foreshard;

/// <summary>What the values of a group column are.</summary>
public enum GroupKind : byte
{
    /// <summary>Segments: text, each value a group of its own.</summary>
    Segment,

    /// <summary>Intervals of a 64-bit integer column.</summary>
    Integer,

    /// <summary>Intervals of a date column; one position is one day.</summary>
    Date,

    /// <summary>Intervals of a date-and-time column in UTC; one position is 100 ns.</summary>
    Time,
}

/// <summary>A group of an entity: one segment (<c>eu</c>), or one position on the line that the group column's values lie on.</summary>
/// <remarks>
/// The default value is no group: the entity as a whole. Converts implicitly from what applications hold: text, integers,
/// <see cref="DateOnly"/>, <see cref="DateTime"/> (local times are converted to UTC; unspecified ones are taken as UTC) and
/// <see cref="DateTimeOffset"/>.
/// </remarks>
public readonly struct GroupKey : IEquatable<GroupKey>, IComparable<GroupKey>
{
    private readonly bool some;

    private GroupKey(GroupKind kind, long position, string? segment)
    {
        some = true;
        Kind = kind;
        Position = position;
        Segment = segment;
    }

    /// <summary>True for the default value: the entity as a whole.</summary>
    public bool IsNone => !some;

    /// <summary>What the group is; meaningless if <see cref="IsNone"/>.</summary>
    public GroupKind Kind { get; }

    /// <summary>
    /// Where on the line: the integer itself, the day number (<see cref="DateOnly.DayNumber"/>) or the ticks in UTC
    /// (<see cref="DateTime.Ticks"/>); 0 for segments.
    /// </summary>
    public long Position { get; }

    /// <summary>The segment; null for intervals.</summary>
    public string? Segment { get; }

    /// <summary>The group of that segment.</summary>
    public static GroupKey Of(string segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        return new GroupKey(GroupKind.Segment, 0, segment);
    }

    /// <summary>The group at that integer.</summary>
    public static GroupKey Of(long position) => new(GroupKind.Integer, position, null);

    /// <summary>The group of that day.</summary>
    public static GroupKey Of(DateOnly day) => new(GroupKind.Date, day.DayNumber, null);

    /// <summary>The group at that moment.</summary>
    public static GroupKey Of(DateTime time) =>
        new(GroupKind.Time, (time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time).Ticks, null);

    /// <summary>The group at that moment.</summary>
    public static GroupKey Of(DateTimeOffset time) => new(GroupKind.Time, time.UtcTicks, null);

    /// <summary>The group at that position of a line of that kind.</summary>
    public static GroupKey At(GroupKind kind, long position) => kind == GroupKind.Segment
        ? throw new ArgumentException("A segment has no position.", nameof(kind))
        : new(kind, position, null);

    /// <summary>The group that is written so: the segment itself, an integer, <c>2026-03-01</c>, or <c>2026-03-01T12:30:00Z</c>.</summary>
    /// <exception cref="FormatException">The text is no group of that kind.</exception>
    public static GroupKey Parse(GroupKind kind, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var invariant = CultureInfo.InvariantCulture;
        switch (kind)
        {
            case GroupKind.Segment:
                return Of(text);
            case GroupKind.Integer when long.TryParse(text, NumberStyles.AllowLeadingSign, invariant, out var number):
                return Of(number);
            case GroupKind.Date when DateOnly.TryParse(text, invariant, out var day):
                return Of(day);
            case GroupKind.Time when DateTimeOffset.TryParse(text, invariant, DateTimeStyles.AssumeUniversal, out var time):
                return Of(time);
            default:
                throw new FormatException($"'{text}' is no group: the group column's values are of kind {kind}.");
        }
    }

    /// <summary>The group of that segment.</summary>
    public static implicit operator GroupKey(string segment) => Of(segment);

    /// <summary>The group at that integer.</summary>
    public static implicit operator GroupKey(long position) => Of(position);

    /// <summary>The group of that day.</summary>
    public static implicit operator GroupKey(DateOnly day) => Of(day);

    /// <summary>The group at that moment.</summary>
    public static implicit operator GroupKey(DateTime time) => Of(time);

    /// <summary>The group at that moment.</summary>
    public static implicit operator GroupKey(DateTimeOffset time) => Of(time);

    /// <summary>Whether both are the same group.</summary>
    public static bool operator ==(in GroupKey left, in GroupKey right) => left.Equals(right);

    /// <summary>Whether they are different groups.</summary>
    public static bool operator !=(in GroupKey left, in GroupKey right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(GroupKey other) =>
        some == other.some && Kind == other.Kind && Position == other.Position
        && string.Equals(Segment, other.Segment, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GroupKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(some, Kind, Position, Segment);

    /// <inheritdoc/>
    public int CompareTo(GroupKey other) =>
        Segment is null ? Position.CompareTo(other.Position) : string.CompareOrdinal(Segment, other.Segment);

    /// <summary>As <see cref="Parse"/> reads it; <c>*</c> for the entity as a whole.</summary>
    public override string ToString() => !some ? "*" : Kind switch
    {
        GroupKind.Segment => Segment!,
        GroupKind.Integer => Position.ToString(CultureInfo.InvariantCulture),
        GroupKind.Date => DateOnly.FromDayNumber(checked((int)Position)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => new DateTime(Position, DateTimeKind.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
    };
}
