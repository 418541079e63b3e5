using System.Collections.Concurrent;
using System.Globalization;

namespace Foreshard;

/// <summary>What the keys of an entity type are.</summary>
public enum KeyKind : byte
{
    /// <summary>A signed 64-bit integer.</summary>
    Integer,

    /// <summary>
    /// A UUID; stored as the engine's driver writes it (SQLite: upper-case text with hyphens, or the 16 bytes of
    /// <see cref="Guid.ToByteArray()"/>).
    /// </summary>
    Uuid,

    /// <summary>Text, compared by its bytes in UTF-8 (binary collation).</summary>
    Text,
}

/// <summary>The name of a kind of entity (<c>customer</c>) together with the kind of its keys.</summary>
/// <remarks>
/// Immutable and safe for concurrent use. There is one instance per name and key kind in a process, so comparing references
/// is comparing types. Which tables belong to the type is declared in <see cref="Schema.StoreSchema"/>.
/// </remarks>
public sealed class EntityType
{
    /// <summary>Longest name, in characters; a name is ASCII letters, digits, <c>_</c> and <c>-</c>, and starts with a letter.</summary>
    public const int MaxNameLength = 64;

    private static readonly ConcurrentDictionary<(string Name, KeyKind KeyKind), EntityType> Known = new();

    private EntityType(string name, KeyKind keyKind)
    {
        Name = name;
        KeyKind = keyKind;
        var hash = 14695981039346656037UL;
        foreach (var c in name) hash = unchecked((hash ^ c) * 1099511628211UL);
        Salt = hash;
    }

    /// <summary>The type's name, as declared.</summary>
    public string Name { get; }

    /// <summary>What the type's keys are.</summary>
    public KeyKind KeyKind { get; }

    /// <summary>Told apart from the hash of a key by the name alone (FNV-1a); the same in every process.</summary>
    internal ulong Salt { get; }

    /// <summary>The type of that name and key kind; always the same instance.</summary>
    /// <exception cref="ArgumentException">The name is empty, too long or has a character that names can't have.</exception>
    public static EntityType Of(string name, KeyKind keyKind)
    {
        if (Known.TryGetValue((name, keyKind), out var known)) return known;
        if (!IsName(name))
        {
            throw new ArgumentException(
                $"'{name}' can't name an entity type: a name has 1 to {MaxNameLength} ASCII letters, digits, '_' or '-' and starts with a letter.",
                nameof(name));
        }

        return Known.GetOrAdd((name, keyKind), static id => new EntityType(id.Name, id.KeyKind));
    }

    /// <summary>The entity of this type with that key.</summary>
    /// <exception cref="ArgumentException">Keys of this type are not integers.</exception>
    public EntityKey Key(long value) => KeyKind == KeyKind.Integer
        ? new EntityKey(this, 0, unchecked((ulong)value), null)
        : throw WrongKind(value);

    /// <inheritdoc cref="Key(long)"/>
    /// <exception cref="ArgumentException">Keys of this type are not UUIDs.</exception>
    public EntityKey Key(Guid value)
    {
        if (KeyKind != KeyKind.Uuid) throw WrongKind(value);
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return new EntityKey(
            this,
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes),
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            null);
    }

    /// <inheritdoc cref="Key(long)"/>
    /// <exception cref="ArgumentException">Keys of this type are not text, or the text holds a NUL character.</exception>
    public EntityKey Key(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (KeyKind != KeyKind.Text) throw WrongKind(value);
        if (value.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"A key of '{Name}' can't hold a NUL character: databases cut text there.", nameof(value));
        return new EntityKey(this, 0, 0, value);
    }

    /// <summary>The entity whose key is written so: <c>42</c>, <c>0191…-…</c> or the text itself.</summary>
    /// <exception cref="FormatException">The text is no key of this type.</exception>
    public EntityKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return KeyKind switch
        {
            KeyKind.Integer => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? Key(number)
                : throw NoKey(text, "a 64-bit integer"),
            KeyKind.Uuid => Guid.TryParse(text, out var uuid) ? Key(uuid) : throw NoKey(text, "a UUID"),
            _ => Key(text),
        };
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private static bool IsName(string name) =>
        name is { Length: > 0 and <= MaxNameLength } && char.IsAsciiLetter(name[0])
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    private FormatException NoKey(string text, string what) => new($"'{text}' is no key of '{Name}': its keys are {what}.");

    private ArgumentException WrongKind<T>(T value) =>
        new($"'{value}' ({typeof(T).Name}) is no key of '{Name}': its keys are of kind {KeyKind}.", nameof(value));
}
