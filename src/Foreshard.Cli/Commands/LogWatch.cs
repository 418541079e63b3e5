using Foreshard.Cli.Output;
using Foreshard.Profiling;
using Foreshard.Sessions;
using Foreshard.Simulation.AccessLogs;

namespace Foreshard.Cli.Commands;

/// <summary>Hands the accesses of a log that grows to the autopilot of a store, and says what became of its lines.</summary>
internal sealed class LogWatch(EntityStore store, LogFollower follower, string path, TimeSpan interval, Terminal terminal)
{
    private readonly HashSet<EntityType> types = [.. store.Schema.EntityTypes.Select(declared => declared.Type)];
    private readonly List<Access> open = [];
    private readonly SlotGrid grid = new(interval);
    private long foreign;
    private long told;
    private int rotations;

    /// <summary>
    /// Learns what is in the log already, if it is read from its start. What belongs to the interval that isn't over is kept for
    /// <see cref="RecordOpen"/>.
    /// </summary>
    public void Learn(CancellationToken cancellationToken)
    {
        var now = grid.SlotOf(terminal.Time.GetUtcNow().UtcDateTime);
        store.Autopilot.Learn(Known().Where(access =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            var isPast = grid.SlotOf(access.TimeUtc) < now;
            if (!isPast) open.Add(access);
            return isPast;
        }));
    }

    /// <summary>Once the autopilot runs: what it may not learn as past.</summary>
    public void RecordOpen()
    {
        foreach (var access in open) store.Autopilot.Recorder!.Record(access);
        open.Clear();
    }

    /// <summary>Hands on what was appended since the last call. It counts for the interval in which it is read.</summary>
    public void Record()
    {
        foreach (var access in Known()) store.Autopilot.Recorder!.Record(access);
        if (follower.Rotations > rotations) terminal.Error.WriteLine($"'{path}' is another file by now; reading goes on at its start.");
        rotations = follower.Rotations;
        var skipped = follower.Lines - follower.Accepted + foreign;
        if (skipped > told) terminal.Error.WriteLine(Skipped(skipped));
        told = Math.Max(told, skipped);
    }

    /// <summary>What it begins with.</summary>
    public string Beginning()
    {
        var learned = follower.Lines == 0 ? "" : $"Learned {Words.Count(follower.Accepted, "access", "accesses")} of {Words.Count(follower.Lines, "line")}. ";
        return $"{learned}Following '{path}'; a plan is made at the end of an interval of {Words.Duration(interval)}. Ctrl+C ends it.";
    }

    /// <summary>What it comes to.</summary>
    public string End() => $"Ended. {Words.Count(follower.Accepted)} of {Words.Count(follower.Lines, "line")} were accepted; "
        + $"{Words.Count(store.Autopilot.Status.Entities, "entity", "entities")} known. What was learned is saved with the store.";

    private IEnumerable<Access> Known()
    {
        foreach (var access in follower.ReadNew())
        {
            if (types.Contains(access.Entity.Type)) yield return access;
            else foreign++;
        }
    }

    private string Skipped(long count)
    {
        var kinds = Enum.GetValues<LineFinding>().Where(finding => finding != LineFinding.IdenticalKept && follower.Found(finding) > 0)
            .Select(finding => $"{Words.Count(follower.Found(finding))} {Words.Of(finding)}{First(finding)}");
        if (foreign > 0) kinds = kinds.Append($"{Words.Count(foreign)} of types that the store doesn't declare");
        return $"{Words.Count(count, "line")} of '{path}' so far don't count: {string.Join(", ", kinds)}.";
    }

    private string First(LineFinding finding) =>
        follower.Counts?.Samples(finding) is [{ Text: { } text }, ..] ? $" (as '{text}')" : "";
}
