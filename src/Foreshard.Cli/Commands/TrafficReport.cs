using Foreshard.Cli.Output;
using Foreshard.Simulation.Replay;

namespace Foreshard.Cli.Commands;

/// <param name="Source">The file, as named.</param>
/// <param name="Input">log or table.</param>
/// <param name="SlotSeconds">Length of a slot.</param>
/// <param name="From">When the first slot began.</param>
/// <param name="To">When the last complete slot ended.</param>
/// <param name="Entities">How many entities there are.</param>
/// <param name="Accesses">Accesses in complete slots; null of a table.</param>
/// <param name="LeftOut">Accesses in a last slot that isn't complete.</param>
/// <param name="SeenBefore">Accesses that saved profiles had counted already.</param>
/// <param name="Reads">Reads; null of a table.</param>
/// <param name="Writes">Writes; null of a table.</param>
/// <param name="Cost">Cost units.</param>
/// <param name="CapacityPerSecond">Of one partition: as told, or the largest load of all entities together in a slot.</param>
/// <param name="IsCapacityGiven">Whether it was told.</param>
/// <param name="Lines">What became of the lines.</param>
internal sealed record TrafficReport(
    string Source,
    string Input,
    double SlotSeconds,
    DateTime From,
    DateTime To,
    int Entities,
    long? Accesses,
    long LeftOut,
    long SeenBefore,
    long? Reads,
    long? Writes,
    double Cost,
    double CapacityPerSecond,
    bool IsCapacityGiven,
    LinesReport Lines)
{
    public static TrafficReport Of(TrafficFeed feed, string path, bool isCapacityGiven)
    {
        var (grid, totals) = (feed.Replay.Grid, feed.Totals);
        var isLog = feed.Cells is null;
        return new TrafficReport(
            path,
            Words.Of(feed.Kind),
            grid.SlotLength.TotalSeconds,
            grid.StartOf(feed.FirstSlot),
            grid.StartOf(feed.End),
            feed.Replay.Profiles.Count > 0 ? feed.Replay.Profiles.Count : feed.Replay.Entities.Count,
            isLog ? totals.Accesses : null,
            feed.LeftOut,
            feed.Replay.SeenBefore,
            isLog ? totals.Reads : null,
            isLog ? totals.Writes : null,
            totals.Cost,
            feed.Replay.Capacity,
            isCapacityGiven,
            LinesReport.Of(feed));
    }

    public void Write(Terminal terminal)
    {
        var slot = Words.Duration(TimeSpan.FromSeconds(SlotSeconds));
        var what = Accesses is { } accesses
            ? $"{Words.Count(accesses)} accesses ({Words.Count(Reads!.Value)} reads, {Words.Count(Writes!.Value)} writes)"
            : $"load of {Words.Count((long)Cost, "cost unit")}";
        var entities = Entities == 1 ? "1 entity" : $"{Words.Count(Entities)} entities";
        terminal.Say($"{(Accesses is null ? "Table" : "Log")} '{Source}': {entities}, {what} from {Words.Moment(From)} to {Words.Moment(To)} UTC, "
            + $"in slots of {slot}.");
        if (LeftOut > 0) terminal.Say($"The log ends in the middle of a slot; the accesses in it are left out: {Words.Count(LeftOut)}.");
        if (SeenBefore > 0) terminal.Say($"The saved profiles had counted {Words.Count(SeenBefore)} of its accesses already; they are not counted again.");
        var unit = LoadUnit.For(CapacityPerSecond);
        var capacity = $"{unit.Of(CapacityPerSecond)} {unit.Name}";
        terminal.Say(IsCapacityGiven
            ? $"A partition serves {capacity}, as told."
            : $"A partition is taken to serve {capacity}, the largest load of all together; --capacity tells what it really serves.");
    }
}
