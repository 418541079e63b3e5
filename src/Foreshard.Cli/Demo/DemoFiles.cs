using Foreshard.Cli.Output;
using Foreshard.Sessions;
using Foreshard.Sqlite;

namespace Foreshard.Cli.Demo;

/// <summary>The demo's stores as files: while nobody has it open a store is its folder.</summary>
/// <param name="folder">Where the stores are while it runs.</param>
/// <param name="kept">Where they go afterwards; null: nowhere.</param>
internal sealed class DemoFiles(string folder, string? kept) : IDemoGround
{
    private const string BaseFolder = "base";

    public bool IsFleet => false;

    public string Where => "";

    public Task<EntityStore> OpenBaseAsync(Action<StoreOptions>? configure, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        return OpenAsync(Path.Combine(folder, BaseFolder), configure, cancellationToken);
    }

    public Task CopyAsync(DemoPolicy policy, CancellationToken cancellationToken)
    {
        DemoFolder.Copy(Path.Combine(folder, BaseFolder), FolderOf(policy));
        return Task.CompletedTask;
    }

    public Task<EntityStore> OpenAsync(DemoPolicy policy, Action<StoreOptions>? configure, CancellationToken cancellationToken) =>
        OpenAsync(FolderOf(policy), configure, cancellationToken);

    public Task DropAsync(DemoPolicy policy, CancellationToken cancellationToken)
    {
        if (kept is not null && policy != DemoPolicy.Unlimited) DemoFolder.Copy(FolderOf(policy), Path.Combine(kept, Words.Of(policy)));
        Directory.Delete(FolderOf(policy), recursive: true);
        return Task.CompletedTask;
    }

    private string FolderOf(DemoPolicy policy) => Path.Combine(folder, Words.Of(policy));

    /// <summary>After a power failure the demo would be run again, so commits needn't wait for the disk.</summary>
    private static Task<EntityStore> OpenAsync(string path, Action<StoreOptions>? configure, CancellationToken cancellationToken)
    {
        var options = new SqliteStoreOptions { InitialPartitions = DemoPlan.Partitions, Sync = CommitSync.Normal };
        configure?.Invoke(options);
        return EntityStore.OpenAsync(path, DemoStore.Schema, options, cancellationToken);
    }
}
