namespace Foreshard.Simulation.Workloads;

/// <summary>The indented lines of a scenario: what an entity's load is like.</summary>
internal static class ScenarioPatterns
{
    /// <summary>Reads a line.</summary>
    /// <returns>What it makes of an entity.</returns>
    /// <exception cref="FormatException">It can't be read.</exception>
    public static Func<WorkloadEntity, WorkloadEntity> Read(string name, ScenarioWords words) => name switch
    {
        "daily" => Daily(words),
        "weekend" => Weekend(words.Share()),
        "drifts" => Drifts(words),
        "grows" => Grows(words, 1),
        "shrinks" => Grows(words, -1),
        "lives" => Lives(words),
        "flash" => Flash(words),
        "group" => Group(words),
        "region" => Region(words.Next("a region")),
        "bytes" => Bytes(words.Bytes()),
        "writes" => Writes(words.Share()),
        "cost" => Cost(words.Number(1e-6, 1e6)),
        _ => throw new FormatException(
            $"'{name}' tells nothing of an entity: daily, weekend, drifts, grows, shrinks, lives, flash, group, region, bytes, writes or cost."),
    };

    private static Func<WorkloadEntity, WorkloadEntity> Daily(ScenarioWords words)
    {
        var share = words.Share();
        words.Word("peak");
        var peak = words.TimeOfDay();
        var steepness = words.TryWord("steep") ? words.Number(0.1, 1000) : 2;
        return entity => entity with { Daily = share, Peak = peak, Steepness = steepness };
    }

    private static Func<WorkloadEntity, WorkloadEntity> Weekend(double share) => entity => entity with { Weekend = share };

    private static Func<WorkloadEntity, WorkloadEntity> Drifts(ScenarioWords words)
    {
        var drift = words.Time();
        words.Word("a");
        words.Word("day");
        return entity => entity with { DriftPerDay = drift };
    }

    private static Func<WorkloadEntity, WorkloadEntity> Grows(ScenarioWords words, int sign)
    {
        var growth = 1 + (sign * words.Share());
        words.Word("a");
        words.Word("day");
        var from = words.TryWord("from") ? words.Time() : TimeSpan.Zero;
        var to = words.TryWord("to") ? words.Time() : TimeSpan.MaxValue;
        return entity => entity with { GrowthPerDay = growth, GrowsFrom = from, GrowsTo = to };
    }

    private static Func<WorkloadEntity, WorkloadEntity> Lives(ScenarioWords words)
    {
        var from = words.TryWord("from") ? words.Time() : TimeSpan.Zero;
        var to = words.TryWord("to") ? words.Time() : TimeSpan.MaxValue;
        return entity => entity with { LivesFrom = from, LivesTo = to };
    }

    private static Func<WorkloadEntity, WorkloadEntity> Flash(ScenarioWords words)
    {
        words.Word("from");
        var from = words.Time();
        words.Word("for");
        var length = words.Time();
        words.Word("times");
        var flash = new WorkloadFlash(from, length, words.Number(0, 1e6));
        return entity => entity with { Flashes = [.. entity.Flashes, flash] };
    }

    private static Func<WorkloadEntity, WorkloadEntity> Group(ScenarioWords words)
    {
        var name = words.Next("a group");
        var share = words.Share();
        TimeSpan? peak = words.TryWord("peak") ? words.TimeOfDay() : null;
        var region = words.TryWord("region") ? words.Next("a region") : null;
        var group = new WorkloadGroup(GroupKey.Of(name), share, peak, region);
        return entity => entity with { Groups = [.. entity.Groups, group] };
    }

    private static Func<WorkloadEntity, WorkloadEntity> Region(string region) => entity => entity with { Region = region };

    private static Func<WorkloadEntity, WorkloadEntity> Bytes(double bytes) => entity => entity with { Bytes = bytes };

    private static Func<WorkloadEntity, WorkloadEntity> Writes(double share) => entity => entity with { Shape = entity.Shape with { Writes = share } };

    private static Func<WorkloadEntity, WorkloadEntity> Cost(double cost) => entity => entity with { Shape = entity.Shape with { Cost = cost } };
}
