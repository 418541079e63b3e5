using System.Globalization;

namespace Foreshard.Sqlite;

/// <summary>Another process owns the store. Nothing was done.</summary>
public sealed class StoreLockedException : ForeshardException
{
    internal StoreLockedException(string folder, string owner, Exception inner)
        : base(
            $"The store '{folder}' is owned by {owner}. One process owns a store and writes to it. Nothing was done. "
            + "End that process, or open the store read-only beside it.",
            inner)
    {
        Folder = folder;
        Owner = owner;
    }

    /// <summary>The store's folder.</summary>
    public string Folder { get; }

    /// <summary>Who owns it: process id and name, as far as they can be told.</summary>
    public string Owner { get; }
}

/// <summary>The file that makes a process the store's only owner for as long as it lives; the operating system takes it back when the process dies.</summary>
internal sealed class StoreLock : IAsyncDisposable
{
    /// <summary>Says who owns the store; a file of its own, since nobody can read one that is locked.</summary>
    public const string OwnerFile = "owner.txt";

    private readonly FileStream file;

    private StoreLock(FileStream file) => this.file = file;

    public static StoreLock Take(string folder)
    {
        var path = PathIn(folder);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new StoreFolderException(
                folder,
                "its lock file can't be written: permission denied. "
                + "Give the process's user write access to the folder, or open the store read-only",
                exception);
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new StoreLockedException(folder, ReadOwner(folder), exception);
        }
        catch (IOException exception)
        {
            throw new StoreFolderException(folder, exception.Message, exception);
        }

        var text = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {Path.GetFileNameWithoutExtension(Environment.ProcessPath)}\n");
        File.WriteAllText(Path.Combine(folder, OwnerFile), text);
        return new StoreLock(file);
    }

    public ValueTask DisposeAsync() => file.DisposeAsync();

    private static string PathIn(string folder) => Path.Combine(folder, "owner.lock");

    private static string ReadOwner(string folder)
    {
        try
        {
            var words = File.ReadAllText(Path.Combine(folder, OwnerFile)).Trim().Split(' ', 2);
            return words[0].Length == 0 ? "another process" : $"process {words[0]}{(words.Length > 1 ? $" ({words[1]})" : "")}";
        }
        catch (IOException)
        {
            return "another process";
        }
    }
}

/// <summary>The store's folder can't be used. Nothing was changed.</summary>
public sealed class StoreFolderException : ForeshardException
{
    internal StoreFolderException(string folder, string reason, Exception? inner = null)
        : base($"The folder '{folder}' can't be used: {reason}. Nothing was changed.", inner) => Folder = folder;

    /// <summary>The folder.</summary>
    public string Folder { get; }
}
