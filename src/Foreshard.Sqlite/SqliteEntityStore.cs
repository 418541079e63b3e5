using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Foreshard.Mapping;
using Foreshard.Schema;
using Foreshard.Sessions;

namespace Foreshard.Sqlite;

/// <summary>Opens stores in folders of SQLite files: <c>EntityStore.OpenAsync("shop.foreshard", schema)</c>.</summary>
public static class SqliteEntityStore
{
    private const string MappingFile = SqliteMappingStore.FileName;
    private const string DraftFolder = "mapping-draft";

    extension(EntityStore)
    {
        /// <summary>Opens the store in a folder, or makes it. What a crash left unfinished is finished or undone first.</summary>
        /// <param name="folder">The folder; it holds one file per partition, the mapping table and a lock file.</param>
        /// <param name="schema">What the store holds; null: what it held when it was last opened with a schema.</param>
        /// <param name="options">How; null: defaults.</param>
        /// <param name="cancellationToken">Gives up; the folder is left as after a crash, which the next opening mends.</param>
        /// <exception cref="StoreLockedException">Another process owns the store.</exception>
        /// <exception cref="StoreFolderException">The folder is missing, holds something else, or can't be written.</exception>
        /// <exception cref="PartitionFileException">A partition's file is missing, damaged or can't be written.</exception>
        /// <exception cref="SchemaException">The tables break rules of the schema.</exception>
        public static async Task<EntityStore> OpenAsync(
            string folder, StoreSchema? schema = null, SqliteStoreOptions? options = null, CancellationToken cancellationToken = default)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(folder);
            options ??= new SqliteStoreOptions();
            Check(options);
            var path = Path.GetFullPath(folder);
            if (options.ReadOnly) return await OpenPartsAsync(path, schema, options, null, cancellationToken).ConfigureAwait(false);

            var isNew = !File.Exists(Path.Combine(path, MappingFile));
            if (isNew) Prepare(path, options);
            var ownership = StoreLock.Take(path);
            try
            {
                if (isNew) await CreateAsync(path, options, cancellationToken).ConfigureAwait(false);
                return await OpenPartsAsync(path, schema, options, ownership, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await ownership.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    private static async Task<EntityStore> OpenPartsAsync(
        string path, StoreSchema? schema, SqliteStoreOptions options, StoreLock? ownership, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(path, MappingFile)))
        {
            throw new StoreFolderException(
                path, $"there is no store in it: '{MappingFile}' is missing. Make one with EntityStore.OpenAsync or 'foreshard init'");
        }

        options.Folder = path;
        var mapping = await SqliteMappingStore.OpenAsync(path, options.ReadOnly, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        try
        {
            return await EntityStore.OpenAsync(
                schema, mapping, Engine(path, options), options, options.ReadOnly, ownership, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await mapping.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static SqliteEngine Engine(string path, SqliteStoreOptions options) => new(
        path, new SqliteOptions(options.ReadOnly, options.Sync == CommitSync.Full, options.RowChecks == RowChecks.Always, options.TimeProvider));

    /// <summary>The partitions first, the mapping table last, in one rename: a folder without it holds no store, whatever else is in it.</summary>
    private static async Task CreateAsync(string path, SqliteStoreOptions options, CancellationToken cancellationToken)
    {
        foreach (var left in Directory.EnumerateFiles(path, "*.db*").Where(IsOurs)) File.Delete(left);
        ImmutableArray<PartitionInfo> partitions =
        [
            .. Enumerable.Range(1, options.InitialPartitions).Select(number =>
                new PartitionSettings().ToInfo(new PartitionId(number), string.Create(CultureInfo.InvariantCulture, $"p{number}"))),
        ];
        var snapshot = MappingSnapshot.Create(options.Buckets, partitions);
        var engine = Engine(path, options);
        await using (engine.ConfigureAwait(false))
        {
            foreach (var info in partitions)
            {
                await engine.CreateAsync(info.Id, info.Name, info.Location, cancellationToken).ConfigureAwait(false);
                var partition = await engine.OpenAsync(info.Id, info.Name, info.Location, cancellationToken).ConfigureAwait(false);
                await using (partition.ConfigureAwait(false))
                {
                    var owned = Enumerable.Range(0, options.Buckets)
                        .Select(bucket => snapshot.PlacementOf(new UnitId(bucket)))
                        .Where(bucket => bucket.Partition == info.Id);
                    await partition.AdoptAsync([.. owned], cancellationToken).ConfigureAwait(false);
                }
            }
        }

        var draft = Path.Combine(path, DraftFolder);
        if (Directory.Exists(draft)) Directory.Delete(draft, recursive: true);
        var mapping = await SqliteMappingStore.CreateAsync(draft, options.Buckets, partitions, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        await mapping.DisposeAsync().ConfigureAwait(false);
        File.Move(Path.Combine(draft, MappingFile), Path.Combine(path, MappingFile));
        Directory.Delete(draft, recursive: true);
    }

    private static void Prepare(string path, SqliteStoreOptions options)
    {
        if (!options.Create) throw new StoreFolderException(path, "there is no store in it, and none was to be made");
        try
        {
            Directory.CreateDirectory(path);
            if (Directory.EnumerateFileSystemEntries(path).FirstOrDefault(entry => !IsOurs(entry)) is { } foreign)
            {
                throw new StoreFolderException(
                    path, $"it holds other things ('{Path.GetFileName(foreign)}') and no store. Name a folder of its own for the store");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreFolderException(path, exception.Message, exception);
        }
    }

    /// <summary>What a making of a store that was broken off leaves.</summary>
    private static bool IsOurs(string entry)
    {
        var name = Path.GetFileName(entry);
        return name is "owner.lock" or StoreLock.OwnerFile or DraftFolder
            || (name.StartsWith('p') && name.Contains('-', StringComparison.Ordinal) && name.Contains(".db", StringComparison.Ordinal));
    }

    private static void Check(SqliteStoreOptions options)
    {
        if (options.InitialPartitions is < 1 or > 1000)
            throw new ArgumentException($"InitialPartitions must be 1 to 1,000, is {options.InitialPartitions}.", nameof(options));
        if (options.Buckets is < 1 or > 65_536 || !BitOperations.IsPow2(options.Buckets))
            throw new ArgumentException($"Buckets must be a power of two, 1 to 65,536, is {options.Buckets}.", nameof(options));
    }
}
