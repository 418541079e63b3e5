namespace Foreshard.Sharding;

/// <summary>
/// What counts how much when units are placed. One currency: <em>cost-unit-seconds of overload</em>; one is a cost unit of demand that
/// finds its partition at capacity for a second.
/// </summary>
internal sealed record CostOptions
{
    /// <summary>The defaults.</summary>
    public static CostOptions Default { get; } = new();

    /// <summary>Share of its capacity up to which a partition is planned; 0.3 to 1. Default: 0.85, above which queues grow fast.</summary>
    public double TargetShare { get; init; } = 0.85;

    /// <summary>Price of planned load above <see cref="TargetShare"/>, per cost-unit-second; not negative. Default: 0.2.</summary>
    public double Strain { get; init; } = 0.2;

    /// <summary>
    /// Price of mean load above the fleet's mean utilisation and the band, per cost-unit-second; not negative. Default: 0.2: what may come above a
    /// forecast hurts most where it is fullest.
    /// </summary>
    public double Imbalance { get; init; } = 0.2;

    /// <summary>By how much a partition may be busier than the fleet before that is imbalance; 0 or more. Default: 0.05 of the fleet's.</summary>
    public double Band { get; init; } = 0.05;

    /// <summary>
    /// For how long a crowd is counted that nobody forecast: all busy loads grown alike to <c>s</c> times with a chance of <c>1 ÷ s²</c> that it is
    /// more, until the fleet is at <see cref="TargetShare"/>. What a partition is then expected to be asked for above its capacity costs as much as
    /// overload of that length; 0 to a day. Default: 3 h, measured (docs/decisions/0024): it pays to be even before a crowd comes.
    /// </summary>
    public TimeSpan CrowdTime { get; init; } = TimeSpan.FromHours(3);

    /// <summary>
    /// Time after which what is forecast weighs 37 %, down to <see cref="ForesightFloor"/>: it will be known better before it has to be acted on.
    /// At least a minute. Default: 6 h.
    /// </summary>
    public TimeSpan ForesightTime { get; init; } = TimeSpan.FromHours(6);

    /// <summary>What anything weighs at least, however far away; 0 to 1. Default: 0.1.</summary>
    public double ForesightFloor { get; init; } = 0.1;

    /// <summary>Price of a millisecond that a user waits longer, in cost-unit-seconds; not negative. Default: 0.001, as a second in a queue is 1.</summary>
    public double LatencyMs { get; init; } = 0.001;

    /// <summary>Milliseconds that an access waits longer for a partner on another partition; not negative. Default: 1.</summary>
    public double PartnerMs { get; init; } = 1;

    /// <summary>
    /// Price of capacity that a move uses at both ends, per cost-unit-second; not negative. Default: 0.3. The price of a byte follows: this
    /// × <see cref="MoveShare"/> × (capacity of source + capacity of target) ÷ bytes per second.
    /// </summary>
    public double Transfer { get; init; } = 0.3;

    /// <summary>Share of both ends' capacity that a move takes while it runs; 0 to 1. Default: 0.1.</summary>
    public double MoveShare { get; init; } = 0.1;

    /// <summary>Price of any move, as seconds of a partition's capacity; not negative. Default: 5.</summary>
    public double MoveSeconds { get; init; } = 5;

    /// <summary>
    /// Price of moving a unit again within <see cref="AgainTime"/>, beside that of the move, as seconds of a partition's capacity; not negative.
    /// Default: 60, measured (docs/decisions/0024): what only makes the fleet more even until the evening isn't worth it.
    /// </summary>
    public double AgainSeconds { get; init; } = 60;

    /// <summary>
    /// For how long a unit that moved is dearer to move, unless the fleet gets or gives up a partition; not negative. Default: a day, after which
    /// days look alike.
    /// </summary>
    public TimeSpan AgainTime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Price of one more shard, as seconds of a partition's capacity; not negative. Default: 2.</summary>
    public double ShardSeconds { get; init; } = 2;

    /// <summary>What a move takes beside its bytes; not negative. Default: 2 s.</summary>
    public TimeSpan MoveOverhead { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What a time weighs that begins so far ahead.</summary>
    public double WeightOf(TimeSpan ahead) => Math.Max(ForesightFloor, Math.Exp(-ahead / ForesightTime));

    /// <exception cref="ArgumentException">Something is out of range; the message names all of it.</exception>
    public void Validate() => new OptionRanges()
        .Check(nameof(TargetShare), TargetShare, 0.3, 1)
        .Check(nameof(Strain), Strain, 0)
        .Check(nameof(Imbalance), Imbalance, 0)
        .Check(nameof(Band), Band, 0)
        .Check(nameof(CrowdTime), CrowdTime, TimeSpan.Zero, TimeSpan.FromDays(1))
        .Check(nameof(LatencyMs), LatencyMs, 0)
        .Check(nameof(PartnerMs), PartnerMs, 0)
        .Check(nameof(Transfer), Transfer, 0)
        .Check(nameof(MoveShare), MoveShare, 0, 1)
        .Check(nameof(MoveSeconds), MoveSeconds, 0)
        .Check(nameof(AgainSeconds), AgainSeconds, 0)
        .Check(nameof(AgainTime), AgainTime, TimeSpan.Zero, TimeSpan.MaxValue)
        .Check(nameof(ShardSeconds), ShardSeconds, 0)
        .Check(nameof(ForesightTime), ForesightTime.TotalMinutes, 1)
        .Check(nameof(ForesightFloor), ForesightFloor, 0, 1)
        .Check(nameof(MoveOverhead), MoveOverhead.TotalSeconds, 0, TimeSpan.FromDays(1).TotalSeconds)
        .ThrowIfAny("The prices of placement");
}
