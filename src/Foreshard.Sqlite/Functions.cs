using Foreshard.Mapping;
using Foreshard.Schema;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Foreshard.Sqlite;

/// <summary>The functions that our triggers and statements call; registered on every connection to a partition.</summary>
internal static class Functions
{
    /// <summary><c>foreshard_bucket(form, buckets, key)</c>: the bucket of a key; null if the key is not in its canonical form.</summary>
    public const string Bucket = "foreshard_bucket";

    /// <summary><c>foreshard_refuses(table, key, group)</c>: 1 if the running session may not write such a row.</summary>
    public const string Refuses = "foreshard_refuses";

    /// <summary><c>foreshard_logs(table, key)</c>: 1 if changes to that core row must reach copies on other partitions.</summary>
    public const string Logs = "foreshard_logs";

    private const int Deterministic = 0x800;

    public static void Register(SqliteConnection connection, Func<int, object?, object?, bool> refuses, Func<int, object?, bool> logs)
    {
        var handle = connection.Handle!;
        Check(connection, raw.sqlite3_create_function(handle, Bucket, 3, Deterministic, null, (context, _, arguments) =>
        {
            var form = (ValueForm)raw.sqlite3_value_int(arguments[0]);
            if (BucketOf(form, raw.sqlite3_value_int(arguments[1]), Value(arguments[2])) is { } bucket) raw.sqlite3_result_int(context, bucket);
            else raw.sqlite3_result_null(context);
        }));
        Check(connection, raw.sqlite3_create_function(handle, Refuses, 3, 0, null, (context, _, arguments) =>
            raw.sqlite3_result_int(context, refuses(raw.sqlite3_value_int(arguments[0]), Value(arguments[1]), Value(arguments[2])) ? 1 : 0)));
        Check(connection, raw.sqlite3_create_function(handle, Logs, 2, 0, null, (context, _, arguments) =>
            raw.sqlite3_result_int(context, logs(raw.sqlite3_value_int(arguments[0]), Value(arguments[1])) ? 1 : 0)));
    }

    private static readonly EntityType AnyInteger = EntityType.Of("any", KeyKind.Integer);
    private static readonly EntityType AnyText = EntityType.Of("any", KeyKind.Text);
    private static readonly EntityType AnyUuid = EntityType.Of("any", KeyKind.Uuid);

    private static int? BucketOf(ValueForm form, int buckets, object? value)
    {
        var type = form switch { ValueForm.Integer => AnyInteger, ValueForm.Text => AnyText, _ => AnyUuid };
        var key = value is null ? default : Sql.ReadKey(type, form, value);
        return key.IsNone ? null : KeyHash.BucketOf(key, buckets);
    }

    private static object? Value(sqlite3_value value) => raw.sqlite3_value_type(value) switch
    {
        raw.SQLITE_INTEGER => raw.sqlite3_value_int64(value),
        raw.SQLITE_FLOAT => raw.sqlite3_value_double(value),
        raw.SQLITE_TEXT => raw.sqlite3_value_text(value).utf8_to_string(),
        raw.SQLITE_BLOB => raw.sqlite3_value_blob(value).ToArray(),
        _ => null,
    };

    private static void Check(SqliteConnection connection, int code)
    {
        if (code != raw.SQLITE_OK) throw new SqliteException(raw.sqlite3_errmsg(connection.Handle).utf8_to_string(), code);
    }
}
