using Foreshard.Mapping;

namespace Foreshard.Sessions;

/// <summary>What a partition can do and where it is.</summary>
public sealed class PartitionSettings
{
    /// <summary>Where it is, in the application's own words. Default: empty.</summary>
    public string Region { get; init; } = "";

    /// <summary>Cost units per second that it can serve; at least 0. Default: 0, not known.</summary>
    public double CapacityPerSecond { get; init; }

    /// <summary>How large it may grow, in bytes; at least 0. Default: 0, no budget.</summary>
    public long SizeBudgetBytes { get; init; }

    /// <summary>
    /// Where its data is. On PostgreSQL the database, as a connection string without a password: <c>Host=db1;Database=shop;Username=shop_app</c>.
    /// Empty on SQLite, where it is a file in the store's folder. It can't change later. Default: empty.
    /// </summary>
    public string Location { get; init; } = "";

    /// <summary>
    /// Whether the autopilot reads in the database's own log which rows were written beside sessions. On PostgreSQL only, with <c>wal_level = logical</c>; the
    /// server keeps log until it is read. Default: false, they are estimated from sizes.
    /// </summary>
    public bool WriteLog { get; init; }

    internal static void CheckName(string name)
    {
        if (name is not { Length: > 0 and <= 64 } || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            throw new ArgumentException($"'{name}' can't name a partition: a name has 1 to 64 ASCII letters, digits, '_' or '-'.", nameof(name));
    }

    internal PartitionInfo ToInfo(PartitionId id, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(CapacityPerSecond);
        ArgumentOutOfRangeException.ThrowIfNegative(SizeBudgetBytes);
        var location = Location.Length > 0 ? Location : $"{id}-{name}.db";
        return new PartitionInfo(id, name, Region, CapacityPerSecond, SizeBudgetBytes, location, PartitionState.Active, WriteLog);
    }
}
