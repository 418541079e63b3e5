using Foreshard.Mapping;
using Foreshard.Partitions;
using Foreshard.Profiling;

namespace Foreshard.Autopilot;

public sealed partial class StoreAutopilot
{
    private readonly WriteLogReader logs;

    /// <summary>Adds to the interval what partitions' own logs tell of writes beside sessions.</summary>
    private async ValueTask ReadLogsAsync(MappingSnapshot map, DateTime now, CancellationToken cancellationToken)
    {
        if (layout() is null) return;
        var window = now - grid.StartOf(maker!.Outlook.Open);
        await logs.ReadAsync(partitions, map, window, now, read => Take(read, now), cancellationToken).ConfigureAwait(false);
    }

    private void Take(LoggedWrites read, DateTime now)
    {
        foreach (var one in read.Writes) AddBeside(one.Entity, one.Group, one.Rows, now);
        besideSessions += read.EarlierRows + read.UnknownRows;

        // Sizes are not what they were.
        if (read.Emptied.Count > 0) countedUtc = null;
    }

    private void AddBeside(EntityKey entity, GroupKey group, long rows, DateTime now)
    {
        besideSessions += rows;
        interval.Add(new Access { TimeUtc = now, Entity = entity, Group = group, Writes = rows, Cost = rows * CostOfRow });
    }
}
