using System.Globalization;
using Foreshard.Schema;

namespace Foreshard.PostgreSql;

/// <summary>Names and values as PostgreSQL reads them in statements that can't have parameters.</summary>
internal static class Sql
{
    public static string Name(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    public static string Names(IEnumerable<string> names, string prefix = "") =>
        string.Join(", ", names.Select(name => prefix + Name(name)));

    /// <summary>Right whatever <c>standard_conforming_strings</c> says.</summary>
    public static string Text(string text) =>
        (text.Contains('\\', StringComparison.Ordinal) ? " E'" : "'")
        + text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal) + "'";

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A key as a literal that takes the column's type.</summary>
    public static string Key(in EntityKey key, ValueForm form) => form == ValueForm.Integer ? Number(key.Integer) : Text(key.KeyText());

    /// <summary>The hash that sorts keys into buckets, of an expression that yields a key.</summary>
    public static string Hash(string key, ValueForm form) => form switch
    {
        ValueForm.Integer => $"hashint8extended({key}::bigint, 0)",
        ValueForm.Uuid => $"uuid_hash_extended({key}, 0)",
        _ => $"hashtextextended({key}::text COLLATE \"C\", 0)",
    };

    /// <summary>A position on a line as a literal that takes the column's type; a moment between two microseconds is the later one.</summary>
    public static string Position(long position, ValueForm form) =>
        form == ValueForm.Integer ? Number(position) : Text(PositionText(position, form));

    /// <summary>A position as text; see <see cref="Position"/>.</summary>
    public static string PositionText(long position, ValueForm form) => form switch
    {
        ValueForm.Integer => Number(position),
        ValueForm.Date => DateOnly.FromDayNumber(checked((int)position)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => new DateTime(Math.Min(WholeMicroseconds(position), DateTime.MaxValue.Ticks))
            .ToString("yyyy-MM-dd HH:mm:ss.ffffff'+00'", CultureInfo.InvariantCulture),
    };

    /// <summary>The entity whose key a column's value is; default if the value is none.</summary>
    public static EntityKey ReadKey(EntityType type, object value) => (type.KeyKind, value) switch
    {
        (KeyKind.Integer, long number) => type.Key(number),
        (KeyKind.Integer, int number) => type.Key(number),
        (KeyKind.Integer, short number) => type.Key(number),
        (KeyKind.Text, string text) => type.Key(text),
        (KeyKind.Uuid, Guid uuid) => type.Key(uuid),
        _ => default,
    };

    /// <summary>The group that a column's value is; none if the value is outside of what groups can be.</summary>
    public static GroupKey ReadGroup(object value) => value switch
    {
        string text => GroupKey.Of(text),
        long number => GroupKey.Of(number),
        int number => GroupKey.Of(number),
        short number => GroupKey.Of(number),
        DateOnly day => GroupKey.Of(day),
        DateTime time => GroupKey.Of(time),
        _ => default,
    };

    private static long WholeMicroseconds(long ticks) =>
        (ticks + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond;
}
