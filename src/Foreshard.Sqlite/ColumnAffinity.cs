using System.Collections.Immutable;
using Foreshard.Schema;

namespace Foreshard.Sqlite;

/// <summary>Which forms of values a column keeps as they were written, by SQLite's rules of type affinity.</summary>
internal static class ColumnAffinity
{
    private static readonly ImmutableArray<ValueForm> Anything =
        [ValueForm.Integer, ValueForm.Text, ValueForm.Uuid, ValueForm.UuidBytes, ValueForm.Date, ValueForm.Time];

    /// <param name="type">The declared type; empty if none.</param>
    /// <param name="isStrict">Whether the table is STRICT, where ANY keeps everything as it is.</param>
    public static ImmutableArray<ValueForm> Forms(string type, bool isStrict)
    {
        if (type.Length == 0 || (isStrict && Is("ANY"))) return Anything;
        if (Is("INT")) return [ValueForm.Integer];
        if (Is("CHAR") || Is("CLOB") || Is("TEXT")) return [ValueForm.Text, ValueForm.Uuid, ValueForm.Date, ValueForm.Time];
        if (Is("BLOB")) return [ValueForm.UuidBytes];
        if (Is("REAL") || Is("FLOA") || Is("DOUB")) return [];

        // Numeric affinity (DATE, DATETIME, GUID) turns text into a number only where all of it is one: '007' would become 7,
        // while a date and a UUID with its hyphens stay text.
        return [ValueForm.Integer, ValueForm.Uuid, ValueForm.Date, ValueForm.Time];

        bool Is(string part) => type.Contains(part, StringComparison.OrdinalIgnoreCase);
    }
}
