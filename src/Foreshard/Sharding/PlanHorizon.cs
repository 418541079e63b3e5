namespace Foreshard.Sharding;

/// <summary>The time that is planned, cut into slots from now on: equal ones, of which those at the start may be cut finer.</summary>
/// <param name="StartUtc">Now; the first slot begins here.</param>
/// <param name="SlotLength">Length of a slot; above 0.</param>
/// <param name="SlotCount">Number of slots, the fine ones included; at least 1.</param>
internal readonly record struct PlanHorizon(DateTime StartUtc, TimeSpan SlotLength, int SlotCount)
{
    /// <summary>How many fine slots there are at the start; none by default.</summary>
    public int FineCount { get; init; }

    /// <summary>Length of a fine slot; above 0 if there are any.</summary>
    public TimeSpan FineLength { get; init; }

    /// <summary>Length of it all, in seconds.</summary>
    public double Seconds => (EndUtc - StartUtc).TotalSeconds;

    /// <summary>When the last slot ends.</summary>
    public DateTime EndUtc => StartOf(SlotCount);

    /// <summary>The time from now on, of which the first part is cut finer: what is near is known, and acted on, by the minute.</summary>
    /// <param name="startUtc">Now.</param>
    /// <param name="length">Of it all; whole slots.</param>
    /// <param name="slotLength">Length of a slot.</param>
    /// <param name="fineFor">Time that is cut finer; whole slots, at most <paramref name="length"/> of it counts.</param>
    /// <param name="fineLength">Length of a fine slot; divides <paramref name="slotLength"/>.</param>
    public static PlanHorizon Of(DateTime startUtc, TimeSpan length, TimeSpan slotLength, TimeSpan fineFor, TimeSpan fineLength)
    {
        var fine = fineFor < length ? fineFor : length;
        var fineCount = (int)(fine / fineLength);
        return new PlanHorizon(startUtc, slotLength, fineCount + (int)((length - fine) / slotLength)) { FineCount = fineCount, FineLength = fineLength };
    }

    /// <summary>When a slot begins.</summary>
    public DateTime StartOf(int slot)
    {
        var fine = Math.Min(slot, FineCount);
        return StartUtc + (fine * FineLength) + ((slot - fine) * SlotLength);
    }

    /// <summary>Length of a slot.</summary>
    public TimeSpan LengthOf(int slot) => slot < FineCount ? FineLength : SlotLength;

    /// <summary>Where a time from now on is, in slots: 2.5 is the middle of the third slot. Before the start and beyond the end, slots go on.</summary>
    public double PositionOf(TimeSpan ahead)
    {
        if (FineCount == 0) return ahead / SlotLength;
        var fine = FineCount * FineLength;
        return ahead < fine ? ahead / FineLength : FineCount + ((ahead - fine) / SlotLength);
    }

    /// <summary>The first <paramref name="slots"/> of it; all if there are fewer.</summary>
    public PlanHorizon First(int slots)
    {
        var count = Math.Clamp(slots, 1, SlotCount);
        return this with { SlotCount = count, FineCount = Math.Min(FineCount, count) };
    }
}
