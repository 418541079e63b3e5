using Foreshard.Mapping;
using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.Moving;

/// <summary>What all operations work with.</summary>
/// <param name="Store">Where decisions are made.</param>
/// <param name="Partitions">The partitions that are open.</param>
/// <param name="Layout">The layout now; null while the store has no schema.</param>
/// <param name="Split">Which split entities the partitions know of.</param>
/// <param name="Options">What moves may cost.</param>
/// <param name="Time">Clock.</param>
/// <param name="Reached">Told of every step, by name; for tests that stop or kill there.</param>
internal sealed record MovingContext(
    IMappingStore Store, PartitionSet Partitions, Func<StoreLayout?> Layout, SplitEntities Split, MoveOptions Options, TimeProvider Time,
    Action<string>? Reached)
{
    public ValueTask<MappingSnapshot> SnapshotAsync(CancellationToken cancellationToken) => Store.LoadAsync(cancellationToken);

    /// <summary>The name by which people know a partition.</summary>
    public static string NameOf(MappingSnapshot snapshot, PartitionId id) =>
        snapshot.Partitions.FirstOrDefault(partition => partition.Id == id)?.Name ?? id.ToString();
}
