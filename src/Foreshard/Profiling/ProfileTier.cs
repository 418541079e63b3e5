namespace Foreshard.Profiling;

/// <summary>How much is kept of an entity; at least what its <see cref="ProfileClass"/> asks for, if the budget allows.</summary>
internal enum ProfileTier : byte
{
    /// <summary>Totals, cost averages, last access, size to a thousandth.</summary>
    Cold,

    /// <summary>Also averages of reads and writes, hours of the day and days of the week, segments, regions, growth.</summary>
    Warm,

    /// <summary>Also every hour of the week, groups and partners.</summary>
    Hot,
}
