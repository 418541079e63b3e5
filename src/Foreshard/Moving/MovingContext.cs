using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Foreshard.Diagnostics;
using Foreshard.Mapping;
using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.Moving;

/// <summary>What all operations work with.</summary>
/// <param name="store">Where decisions are made.</param>
/// <param name="partitions">The partitions that are open.</param>
/// <param name="layout">The layout now; null while the store has no schema.</param>
/// <param name="options">What moves may cost.</param>
/// <param name="time">Clock.</param>
/// <param name="reached">Told of every step, by name; for tests that stop or kill there.</param>
/// <param name="telemetry">What tells of operations; null: nothing does.</param>
/// <param name="member">This process among several; null: it is the only one.</param>
internal sealed class MovingContext(
    IMappingStore store,
    PartitionSet partitions,
    Func<StoreLayout?> layout,
    MoveOptions options,
    TimeProvider time,
    Action<string>? reached,
    StoreTelemetry? telemetry = null,
    Member? member = null)
{
    private readonly ConcurrentDictionary<long, bool> running = new();
    private volatile bool hasLeft;

    public IMappingStore Store { get; } = store;

    public PartitionSet Partitions { get; } = partitions;

    public StoreLayout? Layout => layout();

    /// <summary>Which split entities the partitions know of.</summary>
    public SplitEntities Split { get; } = new(store);

    /// <summary>Whether the mapping table knows all that the partitions do.</summary>
    public TableAge Age { get; } = new(store, partitions, time);

    public MoveOptions Options { get; } = options;

    public TimeProvider Time { get; } = time;

    /// <summary>This process among several that have the store open; null: it is the only one.</summary>
    public Member? Member { get; } = member;

    public StoreTelemetry Telemetry { get; } = telemetry ?? StoreTelemetry.None;

    /// <summary>Whether an operation stopped between its steps without being over, for lack of disk space say; it is taken up before the next.</summary>
    public bool HasLeft => hasLeft;

    /// <summary>Tells that an operation begins.</summary>
    public OperationTrace Trace(OperationRecord record, MappingSnapshot snapshot) => Telemetry.Began(
        record.Id,
        OperationRecord.NameOf(record.Kind),
        record.Subject,
        NameOf(snapshot, record.From[0].Partition),
        NameOf(snapshot, record.To[0].Partition));

    /// <summary>The name by which people know a partition.</summary>
    public static string NameOf(MappingSnapshot snapshot, PartitionId id) =>
        snapshot.Partitions.FirstOrDefault(partition => partition.Id == id)?.Name ?? id.ToString();

    /// <summary>How people call what a unit holds.</summary>
    public static string SubjectOf(MappingSnapshot snapshot, UnitId unit) => snapshot.EntryOf(unit) switch
    {
        null => string.Create(CultureInfo.InvariantCulture, $"bucket {unit.Value}"),
        { IsSplit: true } entry => $"{entry.Entity} {entry.ShardOf(unit)!.Value.Scope}",
        { } entry => entry.Entity.ToString(),
    };

    public ValueTask<MappingSnapshot> SnapshotAsync(CancellationToken cancellationToken) => Store.LoadAsync(cancellationToken);

    /// <summary>
    /// Core rows that were decided at an entity's home but are not on all copies yet must get there first: their log stays where the home was.
    /// The unit is frozen, so none can be decided any more.
    /// </summary>
    /// <exception cref="CopiesBehindException">There are some.</exception>
    public async ValueTask RefuseCoreBehindAsync(EntityEntry? entry, CancellationToken cancellationToken)
    {
        if (entry is not { IsSplit: true }) return;
        var log = await Partitions[entry.HomeShard.Placement.Partition].ReadCoreLogAsync(cancellationToken).ConfigureAwait(false);
        if (log.Any(one => one.Entity == entry.Entity)) throw new CopiesBehindException(entry.Entity);
    }

    /// <summary>
    /// Says of units which rows they are before a partition has them, so that views show them from the first moment. Without it views refuse to answer until
    /// somebody has said it, so that a move does not fail for it.
    /// </summary>
    /// <param name="snapshot">The table with the units in it.</param>
    /// <param name="units">The units, all on one partition.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask DescribeAsync(MappingSnapshot snapshot, ImmutableArray<Placement> units, CancellationToken cancellationToken)
    {
        if (!snapshot.HasViews || Partitions[units[0].Partition] is not IViewed viewed) return;
        try
        {
            await viewed.DescribeAsync([.. units.Select(unit => (unit, UnitExtents.Shown(snapshot, unit.Unit)))], cancellationToken).ConfigureAwait(false);
        }
        catch (ForeshardException exception)
        {
            Telemetry.CareFailed(exception);
        }
    }

    /// <summary>Tells whoever watches that a step is done.</summary>
    public void Reached(string step) => reached?.Invoke(step);

    /// <summary>Whether an operation runs in this process, or was left between two steps.</summary>
    public bool IsBusy => hasLeft || !running.IsEmpty;

    public bool IsRunning(long operation) => running.ContainsKey(operation);

    /// <summary>Notes that this process carries the operation out, so that no recovery of its own takes it over.</summary>
    public void Enter(long operation) => running[operation] = true;

    /// <summary>Notes that it no longer does.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="isOver">Whether it is over, done or undone.</param>
    public void Leave(long operation, bool isOver)
    {
        if (!isOver) hasLeft = true;
        running.TryRemove(operation, out _);
    }

    public void ClearLeft() => hasLeft = false;

    /// <summary>Notes that something is left to be taken up.</summary>
    public void MarkLeft() => hasLeft = true;
}
