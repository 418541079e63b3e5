using System.Buffers.Binary;
using System.Globalization;

namespace Foreshard;

/// <summary>One entity: its type and its key. What all placement goes by.</summary>
/// <remarks>
/// A value of 32 bytes; integer and UUID keys are held without boxing. The default value is no entity: using it as one throws
/// where a session or an operation begins. Ordered by type name, then by key (integers by number, UUIDs by their bytes in network
/// order, text by code point as UTF-16 ordinal).
/// </remarks>
public readonly struct EntityKey : IEquatable<EntityKey>, IComparable<EntityKey>
{
    private readonly EntityType? type;
    private readonly string? text;
    private readonly ulong high;
    private readonly ulong low;

    internal EntityKey(EntityType type, ulong high, ulong low, string? text)
    {
        this.type = type;
        this.high = high;
        this.low = low;
        this.text = text;
    }

    /// <summary>The entity's type.</summary>
    /// <exception cref="InvalidOperationException">This is the default value, which is no entity.</exception>
    public EntityType Type => type ?? throw new InvalidOperationException("default(EntityKey) is no entity; make one with EntityType.Key.");

    /// <summary>True for the default value, which is no entity.</summary>
    public bool IsNone => type is null;

    /// <summary>The key, of a type whose keys are integers.</summary>
    public long Integer => unchecked((long)low);

    /// <summary>The key, of a type whose keys are text; otherwise null.</summary>
    public string? Text => text;

    /// <summary>The key, of a type whose keys are UUIDs.</summary>
    public Guid Uuid
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, high);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], low);
            return new Guid(bytes, bigEndian: true);
        }
    }

    internal EntityType? TypeOrNull => type;

    internal ulong High => high;

    internal ulong Low => low;

    /// <summary>Whether both are the same entity.</summary>
    public static bool operator ==(in EntityKey left, in EntityKey right) => left.Equals(right);

    /// <summary>Whether they are different entities.</summary>
    public static bool operator !=(in EntityKey left, in EntityKey right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(EntityKey other) =>
        low == other.low && ReferenceEquals(type, other.type) && high == other.high
        && (ReferenceEquals(text, other.text) || string.Equals(text, other.text, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EntityKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(type?.Salt ?? 0, text, high, low);

    /// <inheritdoc/>
    public int CompareTo(EntityKey other)
    {
        var byType = string.CompareOrdinal(type?.Name, other.type?.Name);
        if (byType != 0) return byType;
        if (text is not null) return string.CompareOrdinal(text, other.text);
        return type?.KeyKind == KeyKind.Integer
            ? Integer.CompareTo(other.Integer)
            : (high, low).CompareTo((other.high, other.low));
    }

    /// <summary>The key alone, as <see cref="EntityType.Parse"/> reads it.</summary>
    public string KeyText() => type?.KeyKind switch
    {
        null => "",
        KeyKind.Integer => Integer.ToString(CultureInfo.InvariantCulture),
        KeyKind.Uuid => Uuid.ToString("D"),
        _ => text!,
    };

    /// <summary>Type and key, as <c>customer/42</c>.</summary>
    public override string ToString() => type is null ? "(no entity)" : $"{type.Name}/{KeyText()}";
}
