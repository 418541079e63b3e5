using Foreshard.Mapping;

namespace Foreshard.Sqlite;

/// <summary>The mapping table of an embedded store as a text file, and back. The format is that of every mapping store: <see cref="MappingFile"/>.</summary>
internal static class SqliteMappingTransfer
{
    private const string DraftFolder = "mapping-draft";

    /// <summary>Writes all of the table as of one version; works beside the process that owns the store.</summary>
    /// <exception cref="MappingStoreException">There is no table in the folder, or it can't be read.</exception>
    /// <exception cref="IOException">The file is there already, or can't be written.</exception>
    public static async Task<MappingContents> ExportAsync(
        string folder, string file, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var store = await SqliteMappingStore.OpenAsync(folder, isReadOnly: true, timeProvider, cancellationToken).ConfigureAwait(false);
        await using (store.ConfigureAwait(false))
        {
            var contents = await store.ReadContentsAsync(cancellationToken).ConfigureAwait(false);
            await MappingFile.SaveAsync(contents, file).ConfigureAwait(false);
            return contents;
        }
    }

    /// <summary>Makes the table of a folder that has lost it.</summary>
    /// <exception cref="FormatException">The file is no export, or not a whole one.</exception>
    /// <exception cref="StoreFolderException">The folder has a table.</exception>
    /// <exception cref="StoreLockedException">Another process owns the store.</exception>
    public static async Task<MappingContents> ImportAsync(
        string folder, string file, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var contents = MappingFile.Load(file);
        if (!Directory.Exists(folder)) throw new StoreFolderException(folder, "there is none");
        var ownership = StoreLock.Take(folder);
        await using (ownership.ConfigureAwait(false))
        {
            var path = Path.Combine(folder, SqliteMappingStore.FileName);
            if (File.Exists(path))
            {
                throw new StoreFolderException(
                    folder, $"it has its mapping table, '{SqliteMappingStore.FileName}'. An import is for a store that has lost it; move the file away first");
            }

            var draft = Path.Combine(folder, DraftFolder);
            if (Directory.Exists(draft)) Directory.Delete(draft, recursive: true);
            var store = await SqliteMappingStore.CreateAsync(draft, contents, timeProvider, cancellationToken).ConfigureAwait(false);
            await store.DisposeAsync().ConfigureAwait(false);
            File.Move(Path.Combine(draft, SqliteMappingStore.FileName), path);
            Directory.Delete(draft, recursive: true);
            return contents;
        }
    }
}
