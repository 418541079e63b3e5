using System.Collections.Immutable;
using System.Globalization;
using Foreshard.Mapping;
using Foreshard.Sharding;

namespace Foreshard.Simulation.Cluster;

/// <summary>The partitions of a virtual fleet: which of them are awake.</summary>
internal sealed class FleetMembers
{
    private readonly FleetSettings settings;
    private readonly MemberState[] states;
    private readonly DateTime[] readyUtc;

    public FleetMembers(FleetSettings settings)
    {
        this.settings = settings;
        states = [.. Enumerable.Range(0, settings.Partitions).Select(index => index < settings.Awake ? MemberState.Active : MemberState.Asleep)];
        readyUtc = new DateTime[states.Length];
    }

    /// <summary>How many there are.</summary>
    public int Count => states.Length;

    /// <summary>How many cost: all that don't sleep.</summary>
    public int AwakeCount => states.Count(state => state != MemberState.Asleep);

    /// <summary>How many serve or soon will, and aren't to be emptied.</summary>
    public int ServingCount => states.Count(state => state is MemberState.Active or MemberState.Waking);

    /// <summary>What a partition does, from 0 on.</summary>
    public MemberState this[int partition] => states[partition];

    /// <summary>As the mapping table knows them: whoever sleeps takes nothing.</summary>
    public ImmutableArray<PartitionInfo> Infos() =>
    [
        .. Enumerable.Range(0, Count).Select(index => new PartitionInfo(
            new PartitionId(index + 1),
            NameOf(index),
            settings.RegionOf(index),
            settings.Capacity,
            (long)settings.SizeBudgetBytes,
            "",
            states[index] == MemberState.Active ? PartitionState.Active : PartitionState.Draining)),
    ];

    /// <summary>As plans see them, those asleep left out.</summary>
    public List<FleetPartition> ForPlans() =>
    [
        .. Enumerable.Range(0, Count).Where(index => states[index] != MemberState.Asleep).Select(index => new FleetPartition
        {
            Id = new PartitionId(index + 1),
            Name = NameOf(index),
            Region = settings.RegionOf(index),
            Capacity = settings.Capacity,
            SizeBudgetBytes = settings.SizeBudgetBytes,
            MoveBytesPerSecond = settings.MoveBytesPerSecond,
            State = states[index] == MemberState.Draining ? FleetState.Draining : FleetState.Active,
            ReadyUtc = readyUtc[index],
        }),
    ];

    /// <summary>One more: a draining one stays, or the first one asleep wakes. Nothing happens if all are up.</summary>
    public void Add(DateTime nowUtc, TimeSpan wakeDelay)
    {
        var draining = Array.IndexOf(states, MemberState.Draining);
        if (draining >= 0)
        {
            states[draining] = MemberState.Active;
            return;
        }

        var asleep = Array.IndexOf(states, MemberState.Asleep);
        if (asleep < 0) return;
        (states[asleep], readyUtc[asleep]) = (MemberState.Waking, nowUtc + wakeDelay);
    }

    /// <summary>A partition is to be emptied; one that is still waking goes back to sleep.</summary>
    public void Drain(int partition) => states[partition] = states[partition] switch
    {
        MemberState.Active => MemberState.Draining,
        MemberState.Waking => MemberState.Asleep,
        var state => state,
    };

    /// <summary>Who has woken by now serves.</summary>
    public void Wake(DateTime nowUtc)
    {
        for (var partition = 0; partition < Count; partition++)
        {
            if (states[partition] == MemberState.Waking && readyUtc[partition] <= nowUtc) states[partition] = MemberState.Active;
        }
    }

    /// <summary>A draining partition is empty.</summary>
    public void Sleep(int partition) => states[partition] = MemberState.Asleep;

    private static string NameOf(int partition) => string.Create(CultureInfo.InvariantCulture, $"p{partition + 1}");
}
