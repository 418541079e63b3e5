using System.Collections.Immutable;
using Foreshard.Autopilot;
using Foreshard.Mapping;
using Foreshard.Moving;

namespace Foreshard.Sessions;

public sealed partial class EntityStore
{
    /// <summary>What profiles, plans and acts by itself, as <see cref="StoreOptions.Autopilot"/> says.</summary>
    public StoreAutopilot Autopilot { get; }

    private StoreAutopilot NewAutopilot()
    {
        var shared = member is null ? null : new SharedStorage(partitions, mapping, options.TimeProvider);
        IPilotStorage? storage = options.Folder is { } path ? new AutopilotFolder(path) : shared;
        return new StoreAutopilot(
            new Hands(this),
            mapping,
            partitions,
            storage,
            shared,
            () => layout,
            options.Region,
            member?.Name ?? "",
            AutopilotOptions(),
            options.TimeProvider,
            telemetry);
    }

    private async ValueTask StartPilotAsync(CancellationToken cancellationToken)
    {
        if (options.Autopilot.IsStepped || AutopilotOptions().Mode == AutopilotMode.Off) return;
        if (member is null) await Autopilot.StartAsync(cancellationToken).ConfigureAwait(false);
        else election = PilotElection.Start(Autopilot, mapping, member.Name, options.TimeProvider, telemetry.CareFailed);
    }

    /// <summary>Beside the process that owns the store there is nothing to look at, and nothing to do.</summary>
    private AutopilotOptions AutopilotOptions() => IsReadOnly ? new AutopilotOptions { Mode = AutopilotMode.Off } : options.Autopilot;

    /// <summary>The store as the autopilot uses it: units instead of names, and nothing that it doesn't need.</summary>
    private sealed class Hands(EntityStore store) : IStoreHands
    {
        public bool IsMoving => store.moving.IsBusy;

        public ValueTask<MappingSnapshot> LoadAsync(CancellationToken cancellationToken) => store.mapping.LoadAsync(cancellationToken);

        public Task IsolateAsync(EntityKey entity, CancellationToken cancellationToken) => store.IsolateAsync(entity, cancellationToken);

        public async Task FoldAsync(EntityKey entity, CancellationToken cancellationToken)
        {
            await store.CheckOperationAsync(entity, cancellationToken).ConfigureAwait(false);
            await store.reuniter.FoldAsync(entity, cancellationToken).ConfigureAwait(false);
            await store.CatchUpAsync(CancellationToken.None).ConfigureAwait(false);
        }

        public async Task SplitAsync(EntityKey entity, UnitId shard, IReadOnlyList<ShardScope> scopes, CancellationToken cancellationToken)
        {
            await store.CheckOperationAsync(entity, cancellationToken).ConfigureAwait(false);
            await store.SettleCoreAsync(entity, cancellationToken).ConfigureAwait(false);
            await store.reuniter.SplitAsync(entity, shard, scopes, cancellationToken).ConfigureAwait(false);
            await store.CatchUpAsync(CancellationToken.None).ConfigureAwait(false);
        }

        public async Task MergeAsync(EntityKey entity, ImmutableArray<UnitId> shards, ShardScope scope, CancellationToken cancellationToken)
        {
            await store.CheckOperationAsync(entity, cancellationToken).ConfigureAwait(false);
            await store.SettleCoreAsync(entity, cancellationToken).ConfigureAwait(false);
            await store.reuniter.MergeAsync(entity, shards, scope, cancellationToken).ConfigureAwait(false);
            await store.CatchUpAsync(CancellationToken.None).ConfigureAwait(false);
        }

        public async Task<MoveResult> MoveAsync(
            UnitId unit, EntityKey entity, PartitionId target, MovePace pace, CancellationToken cancellationToken)
        {
            await store.FinishLeftAsync(cancellationToken).ConfigureAwait(false);
            if (!entity.IsNone) await store.SettleCoreAsync(entity, cancellationToken).ConfigureAwait(false);
            return await store.MoveUnitAsync(unit, target, null, cancellationToken, pace).ConfigureAwait(false);
        }
    }
}
