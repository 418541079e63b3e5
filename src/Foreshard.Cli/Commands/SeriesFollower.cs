using Foreshard.Autopilot;
using Foreshard.Cli.Output;
using Foreshard.Simulation.Replay;

namespace Foreshard.Cli.Commands;

/// <summary>Follows one entity of a replay, or all together: finds its series, keeps what came lately, and tells of announced events.</summary>
internal sealed class SeriesFollower
{
    /// <summary>Name of all entities together.</summary>
    public const string TotalName = "total";

    private const int NamesShown = 5;

    private readonly TrafficReplay replay;
    private readonly string wanted;
    private readonly AnnouncedEvents events;
    private readonly Queue<PastLoad> past = new();
    private readonly int pastSlots;
    private int known;

    /// <param name="replay">Begins after this.</param>
    /// <param name="wanted">Type and key, the key alone, or <see cref="TotalName"/>.</param>
    /// <param name="events">What was announced.</param>
    /// <param name="kept">How much of the past to keep.</param>
    public SeriesFollower(TrafficReplay replay, string wanted, AnnouncedEvents events, TimeSpan kept)
    {
        this.replay = replay;
        this.wanted = wanted;
        this.events = events;
        pastSlots = (int)(kept.Ticks / replay.Grid.SlotLength.Ticks);
        events.Apply(replay.Forecaster.Announcements, replay.Grid, null, null);
        replay.Closing += Follow;
    }

    public bool IsTotal => wanted == TotalName;

    /// <summary>The entity; null for all together, or if it hasn't come.</summary>
    public EntityKey? Entity { get; private set; }

    /// <summary>What came lately, the oldest first.</summary>
    public IEnumerable<PastLoad> Past => past;

    /// <summary>Number of the series.</summary>
    /// <exception cref="UsageException">There is no such entity.</exception>
    public int Series()
    {
        if (IsTotal) return replay.Total;
        if (Entity is { } entity) return replay.SeriesOf(entity)!.Value;
        if (replay.WithoutSeries > 0)
            throw new UsageException($"'{wanted}' had no traffic, or is one of the entities beyond the first {Words.Count(replay.Entities.Count)}.");
        var near = string.Join(", ", replay.Entities.OrderBy(entity => NearNames.Distance(wanted, entity)).ThenBy(one => one).Take(NamesShown));
        throw new UsageException($"There is no entity '{wanted}' in its complete slots. Near are: {near}. --total is all of them together.");
    }

    private void Follow(long slot, IReadOnlyList<(int Series, float Load)> came)
    {
        for (; known < replay.Entities.Count; known++)
        {
            var entity = replay.Entities[known];
            events.Apply(replay.Forecaster.Announcements, replay.Grid, entity, replay.SeriesOf(entity));
            if (Entity is null && (entity.KeyText() == wanted || entity.ToString() == wanted)) Entity = entity;
        }

        var number = Entity is { } followed ? replay.SeriesOf(followed) : null;
        var load = 0.0;
        foreach (var one in came)
        {
            if (IsTotal ? !float.IsNaN(one.Load) : one.Series == number) load += one.Load;
        }

        past.Enqueue(new PastLoad(replay.Grid.StartOf(slot), load / replay.Grid.SlotLength.TotalSeconds));
        if (past.Count > pastSlots) past.Dequeue();
    }
}
