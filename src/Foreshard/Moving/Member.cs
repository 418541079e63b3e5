using System.Security.Cryptography;
using Foreshard.Mapping;

namespace Foreshard.Moving;

/// <summary>This process as one of several that have a store open: that it lives, and a node number of its own for ids.</summary>
/// <remarks>
/// Safe for concurrent use. That a process lives says a lease of its name. It decides nothing by itself: what a process that is thought to be
/// dead still does is refused by the attempt of whoever took its operations over.
/// </remarks>
internal sealed class Member : IAsyncDisposable
{
    /// <summary>How long a process that ended without a word is thought to live.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long ids may be made without a word from the mapping store. Longer than it is ever away, so that ids don't fail with it; the number
    /// of a process that crashed rests as long.
    /// </summary>
    private static readonly TimeSpan NodeLife = TimeSpan.FromHours(1);

    private readonly IMappingStore store;
    private readonly LeaseKeeper node;
    private readonly LeaseKeeper life;

    private Member(IMappingStore store, string name, int number, LeaseKeeper node, LeaseKeeper life)
    {
        this.store = store;
        Name = name;
        Node = number;
        this.node = node;
        this.life = life;
    }

    /// <summary>In words for people: host, process and a token that no other has.</summary>
    public string Name { get; }

    /// <summary>Its node number for <see cref="UniqueIds"/>.</summary>
    public int Node { get; }

    /// <summary>Whether nobody else can have the node number.</summary>
    public bool HasNode => node.IsHeld;

    /// <summary>Joins.</summary>
    /// <exception cref="MappingStoreException">The store can't be reached, or all node numbers are taken.</exception>
    public static async ValueTask<Member> JoinAsync(IMappingStore store, TimeProvider time, CancellationToken cancellationToken)
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        var name = $"{Environment.MachineName}/{Environment.ProcessId}/{token}";
        var first = RandomNumberGenerator.GetInt32(UniqueIds.MaxNode + 1);
        for (var tried = 0; tried <= UniqueIds.MaxNode; tried++)
        {
            var number = (first + tried) & UniqueIds.MaxNode;
            var node = await LeaseKeeper.TryTakeAsync(store, $"node/{number}", name, NodeLife, time, cancellationToken).ConfigureAwait(false);
            if (node is null) continue;
            try
            {
                var life = await LeaseKeeper.TryTakeAsync(store, LifeOf(name), name, Life, time, cancellationToken).ConfigureAwait(false);
                return new Member(store, name, number, node, life!);
            }
            catch
            {
                await node.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }

        throw new MappingStoreException(
            $"All {UniqueIds.MaxNode + 1} node numbers for ids are taken: so many processes have the store open, or ended without a word within the last "
            + $"{NodeLife.TotalMinutes:0} minutes. Nothing was changed. Close some, or wait.");
    }

    /// <summary>Whether a process of that name has said lately that it lives.</summary>
    public async ValueTask<bool> IsAliveAsync(string name, CancellationToken cancellationToken)
    {
        if (string.Equals(name, Name, StringComparison.Ordinal)) return true;
        var lease = await store.AcquireLeaseAsync(LifeOf(name), Name, Life, cancellationToken).ConfigureAwait(false);
        if (lease is null) return true;
        await store.ReleaseLeaseAsync(lease, cancellationToken).ConfigureAwait(false);
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        await life.DisposeAsync().ConfigureAwait(false);
        await node.DisposeAsync().ConfigureAwait(false);
    }

    private static string LifeOf(string name) => "process/" + name[(name.LastIndexOf('/') + 1)..];
}
