using System.Globalization;

namespace Foreshard.Cli.Demo;

/// <summary>What the demo replays, how fast, and on what a fleet.</summary>
/// <remarks>
/// Times called fleet time are those of the traffic; real ones are those of whoever looks on. All that is per second is scaled by
/// <see cref="Factor"/> alike: rates, capacities and the bandwidth of moves.
/// </remarks>
internal sealed record DemoPlan
{
    /// <summary>What each access of the record becomes, in the mean: so many, as a Poisson process makes them.</summary>
    public const double Multiplier = 6;

    /// <summary>
    /// Accesses in a fleet hour that one partition serves: such that at the busiest hour of the days to come the fleet as a whole is half busy.
    /// </summary>
    public const double AccessesPerHour = 960;

    /// <summary>Time in which a partition's own bandwidth carries all rows of San Francisco as they are at the start; fleet time.</summary>
    public static readonly TimeSpan WholeMove = TimeSpan.FromMinutes(30);

    /// <summary>Share of capacity that moves take at both ends, as the simulator has it.</summary>
    public const double MoveShare = 0.1;

    /// <summary>Capacity that a partition has saved after a quiet while; fleet time. What comes by chance within it is no overload.</summary>
    public static readonly TimeSpan BucketDepth = TimeSpan.FromMinutes(15);

    /// <summary>What loads are counted by; fleet time.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>How often the autopilot counts sizes and saves what it learned; fleet time.</summary>
    public static readonly TimeSpan HousekeepingEvery = TimeSpan.FromDays(1);

    /// <summary>Share of capacity above which the reactive policy acts: of 0.6, 0.7, 0.8 and 0.9 the one that does best on these days.</summary>
    public const double ReactAbove = 0.8;

    /// <summary>Seed of all chance.</summary>
    public const int Seed = 1;

    /// <summary>How many partitions there are.</summary>
    public const int Partitions = 4;

    /// <summary>When the record begins; from here to <see cref="Begin"/> it is history.</summary>
    public static readonly DateTime HistoryBegin = new(2014, 7, 7, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>When the replay begins: a Monday, after six weeks of history.</summary>
    public static readonly DateTime Begin = new(2014, 8, 18, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>How much is replayed; fleet time.</summary>
    public required TimeSpan Length { get; init; }

    /// <summary>How much of it is replayed without any limit of capacity, for comparison.</summary>
    public required TimeSpan UnlimitedLength { get; init; }

    /// <summary>Fleet seconds of a real one.</summary>
    public required double Factor { get; init; }

    /// <summary>Three weekdays.</summary>
    public static DemoPlan Whole { get; } = new() { Length = TimeSpan.FromDays(3), UnlimitedLength = TimeSpan.FromDays(1), Factor = 3600 };

    /// <summary>The first morning.</summary>
    public static DemoPlan Fast { get; } = new() { Length = TimeSpan.FromHours(12), UnlimitedLength = TimeSpan.FromHours(12), Factor = 3600 };

    /// <summary>The same on a fleet of one machine: moves take several servers' commits, so time runs slower.</summary>
    public DemoPlan OnFleet() => this with { Factor = 1200 };

    /// <summary>When the replay ends.</summary>
    public DateTime End => Begin + Length;

    /// <summary>Real time of fleet time.</summary>
    public TimeSpan Real(TimeSpan fleet) => fleet / Factor;

    /// <summary>A moment of the replay, as <c>Mon 07:35</c>.</summary>
    public static string Moment(DateTime time) => time.ToString("ddd HH:mm", CultureInfo.InvariantCulture);
}
