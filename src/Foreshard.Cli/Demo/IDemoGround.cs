using Foreshard.Sessions;

namespace Foreshard.Cli.Demo;

/// <summary>Where the demo's stores are: the one that policies get copies of, and one for each policy.</summary>
internal interface IDemoGround
{
    /// <summary>Whether partitions are databases on servers.</summary>
    bool IsFleet { get; }

    /// <summary>What partitions are, after their number; empty: files.</summary>
    string Where { get; }

    /// <summary>Opens the store that policies get copies of; makes it if there is none yet.</summary>
    Task<EntityStore> OpenBaseAsync(Action<StoreOptions>? configure, CancellationToken cancellationToken);

    /// <summary>Makes a policy's store: what the other one is, which nobody has open.</summary>
    Task CopyAsync(DemoPolicy policy, CancellationToken cancellationToken);

    /// <summary>Opens a policy's store.</summary>
    Task<EntityStore> OpenAsync(DemoPolicy policy, Action<StoreOptions>? configure, CancellationToken cancellationToken);

    /// <summary>A policy's store is needed no more.</summary>
    Task DropAsync(DemoPolicy policy, CancellationToken cancellationToken);
}
