namespace Foreshard.Balancing;

/// <summary>Why something wasn't done.</summary>
internal enum RefusalReason
{
    /// <summary>Nothing is wrong that it would mend.</summary>
    BelowThreshold,

    /// <summary>It gains less than it costs.</summary>
    NoGain,

    /// <summary>It moved a short while ago.</summary>
    Cooldown,

    /// <summary>It is on its way already.</summary>
    MoveRunning,

    /// <summary>No partition has room for it.</summary>
    TargetFull,

    /// <summary>The forecast knows nothing better than the present, so it waits until it has to be.</summary>
    ForecastUncertain,

    /// <summary>It is too heavy to be moved and can't be split.</summary>
    NoSplitPoint,

    /// <summary>It is too heavy to be moved whole: a part of it goes.</summary>
    SplitInstead,

    /// <summary>The bytes that may be moved in an hour are spent.</summary>
    BudgetSpent,

    /// <summary>Nothing may move at that time.</summary>
    FreezeWindow,

    /// <summary>It can't be done within the time that is planned.</summary>
    TooLate,

    /// <summary>While it ran, it would make the worst moment worse.</summary>
    WorseMeanwhile,
}
