using Foreshard.Mapping;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>What SQLite's failures mean for a mapping store, in words that say what to do.</summary>
internal static class SqliteMappingStoreErrors
{
    private const int Busy = 5;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    public static MappingStoreException Of(string path, SqliteException error, bool isOutcomeUnknown = false)
    {
        var outcome = isOutcomeUnknown
            ? "Whether the last change was written is not known; read the table before you decide anything."
            : "Nothing was changed and nothing is lost.";
        return new MappingStoreException($"The mapping store '{path}' {What(error)} {outcome} (SQLite: {error.Message})", isOutcomeUnknown, error);
    }

    public static MappingStoreException Unreadable(string path, FormatException error) => new(
        $"The mapping store '{path}' can't be read: {error.Message}. Nothing was changed; if the file was damaged, restore it from a backup.",
        inner: error);

    private static string What(SqliteException error) => error.SqliteErrorCode switch
    {
        Full => "can't be written: the disk is full. Make room; moves go on by themselves.",
        Corrupt or NotADatabase => "is damaged or no SQLite file. Restore it from a backup; don't delete it, the partitions' data is found through it.",
        ReadOnly => "can't be written: file or folder are read-only. Give this process the right to write there.",
        CannotOpen => "can't be opened. Check that the folder exists and that this process may read and write it.",
        Busy => "is locked by another process. Close what else has it open for writing (a backup tool, a sqlite3 shell).",
        InputOutput => "can't be read or written: the disk reports an error. Check the disk before you go on.",
        _ => "failed.",
    };
}
