using System.Collections.Immutable;
using Foreshard.Mapping;
using Foreshard.Moving;

namespace Foreshard.Autopilot;

/// <summary>What the autopilot can have done; the store does it as for anybody else.</summary>
/// <remarks>Throws <see cref="MoveRefusedException"/> for what was not begun and <see cref="MoveAbortedException"/> for what was undone.</remarks>
internal interface IStoreHands
{
    /// <summary>Whether an operation runs, of the autopilot or of anybody else.</summary>
    bool IsMoving { get; }

    ValueTask<MappingSnapshot> LoadAsync(CancellationToken cancellationToken);

    Task IsolateAsync(EntityKey entity, CancellationToken cancellationToken);

    Task FoldAsync(EntityKey entity, CancellationToken cancellationToken);

    Task SplitAsync(EntityKey entity, UnitId shard, IReadOnlyList<ShardScope> scopes, CancellationToken cancellationToken);

    Task MergeAsync(EntityKey entity, ImmutableArray<UnitId> shards, ShardScope scope, CancellationToken cancellationToken);

    Task<MoveResult> MoveAsync(UnitId unit, EntityKey entity, PartitionId target, MovePace pace, CancellationToken cancellationToken);
}
