using System.Globalization;
using Foreshard.Schema;

namespace Foreshard.Sqlite;

/// <summary>Names and values as SQLite reads them in statements that can't have parameters.</summary>
internal static class Sql
{
    public static string Name(string name) => "\"" + name.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    public static string Names(IEnumerable<string> names, string prefix = "") =>
        string.Join(", ", names.Select(name => prefix + Name(name)));

    public static string Text(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";

    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A key in the form in which the column holds it.</summary>
    public static string Key(in EntityKey key, ValueForm form) => form switch
    {
        ValueForm.Integer => Number(key.Integer),
        ValueForm.UuidBytes => "X'" + Convert.ToHexString(key.Uuid.ToByteArray()) + "'",
        _ => Text((string)KeyValue(key, form)),
    };

    /// <summary>A key as a parameter or a column's value: <see cref="long"/>, <see cref="string"/> or <c>byte[]</c>.</summary>
    public static object KeyValue(in EntityKey key, ValueForm form) => form switch
    {
        ValueForm.Integer => key.Integer,
        ValueForm.Uuid => key.Uuid.ToString("D").ToUpperInvariant(),
        ValueForm.UuidBytes => key.Uuid.ToByteArray(),
        _ => key.Text!,
    };

    /// <summary>A position on a line in the form in which the column holds it.</summary>
    public static string Position(long position, ValueForm form) => form switch
    {
        ValueForm.Integer => Number(position),
        ValueForm.Date => Text(DateOnly.FromDayNumber(checked((int)position)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
        _ => Text(new DateTime(position).ToString(TimeFormat, CultureInfo.InvariantCulture)),
    };

    /// <summary>How Microsoft.Data.Sqlite writes a <see cref="DateTime"/>: sorts as time does, the fraction's zeros left out.</summary>
    public const string TimeFormat = "yyyy-MM-dd HH:mm:ss.FFFFFFF";

    /// <summary>The entity whose key a column's value is; default if the value is not in the column's canonical form.</summary>
    public static EntityKey ReadKey(EntityType type, ValueForm form, object value) => (form, value) switch
    {
        (ValueForm.Integer, long number) => type.Key(number),
        (ValueForm.Text, string text) when !text.Contains('\0', StringComparison.Ordinal) => type.Key(text),
        (ValueForm.Uuid, string text) when Guid.TryParseExact(text, "D", out var uuid)
            && string.Equals(text, text.ToUpperInvariant(), StringComparison.Ordinal) => type.Key(uuid),
        (ValueForm.UuidBytes, byte[] { Length: 16 } bytes) => type.Key(new Guid(bytes)),
        _ => default,
    };

    /// <summary>The group that a column's value is; none if the value is not in the column's canonical form.</summary>
    public static GroupKey ReadGroup(ValueForm form, object? value)
    {
        var invariant = CultureInfo.InvariantCulture;
        switch (form, value)
        {
            case (ValueForm.Text, string text):
                return GroupKey.Of(text);
            case (ValueForm.Integer, long number):
                return GroupKey.Of(number);
            case (ValueForm.Date, string text) when DateOnly.TryParseExact(text, "yyyy-MM-dd", invariant, DateTimeStyles.None, out var day):
                return GroupKey.Of(day);
            case (ValueForm.Time, string text) when DateTime.TryParseExact(
                text, TimeFormat, invariant, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
                && string.Equals(time.ToString(TimeFormat, invariant), text, StringComparison.Ordinal):
                return GroupKey.Of(time);
            default:
                return default;
        }
    }
}
