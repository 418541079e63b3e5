using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite;

/// <summary>A partition's file can't be opened, read or written: the disk is full, the file is missing, damaged or not permitted.</summary>
public sealed class PartitionFileException : ForeshardException
{
    private PartitionFileException(string message, string partition, string path, int errorCode, Exception? inner)
        : base(message, inner)
    {
        Partition = partition;
        Path = path;
        ErrorCode = errorCode;
    }

    /// <summary>The partition's name.</summary>
    public string Partition { get; }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>SQLite's primary result code; 0 if SQLite was not reached.</summary>
    public int ErrorCode { get; }

    internal static PartitionFileException Missing(string partition, string path) => new(
        $"The file '{path}' of partition '{partition}' does not exist. Nothing was changed. Bring it back (from a backup together with the "
        + "other files of the store's folder), or look whether the folder was moved only in part.", partition, path, 0, null);

    /// <summary>What a failure of SQLite means for whoever has to mend it.</summary>
    internal static PartitionFileException From(SqliteException exception, string partition, string path, string verb)
    {
        var cause = exception.SqliteErrorCode switch
        {
            8 => "the file or its folder is read-only. Give the process's user write access to the folder "
                + "(SQLite writes -wal and -shm files beside the file), or open the store read-only",
            10 => "the disk reported an error. Look at the system's log; the file's last commit is intact",
            11 or 26 => "the file is damaged or no database. Don't let anything write to it; "
                + "bring it back from a backup, or copy out what SQLite's '.recover' finds",
            13 => "the disk is full. The transaction was rolled back and nothing was lost; free some space and try again",
            14 => File.Exists(path)
                ? "permission was denied or too many files are open. "
                    + "Give the process's user access to the file and its folder, or raise the limit on open files"
                : "it does not exist. Bring it back from a backup together with the other files of the store's folder",
            5 or 6 => "another process holds a lock on it. Only one process may own a store; look for tools that have the file open",
            23 => "a statement was not permitted",
            _ => exception.Message,
        };
        return new(
            $"The file '{path}' of partition '{partition}' can't be {verb}: {cause}. (SQLite error {exception.SqliteErrorCode}: {exception.Message})",
            partition, path, exception.SqliteErrorCode, exception);
    }
}
