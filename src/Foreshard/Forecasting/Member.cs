namespace Foreshard.Forecasting;

/// <summary>A forecast that takes part in the ensemble. "The same slots" are those of the same time of the week.</summary>
internal enum Member : byte
{
    /// <summary>The last day again.</summary>
    Day,

    /// <summary>The last week again.</summary>
    Week,

    /// <summary>Median of the same slots of four weeks.</summary>
    Median,

    /// <summary>Mean of the same slots of two weeks, times the last day's level; fades with the lead.</summary>
    TwoWeeksByDay,

    /// <summary>Mean of the same slots of four weeks, times the last day's level; fades with the lead.</summary>
    FourWeeksByDay,

    /// <summary>Mean of the same slots of four weeks, times the level of the last three days.</summary>
    FourWeeksByThreeDays,

    /// <summary>Median of the same slots of four weeks, times the last week's level.</summary>
    MedianByWeek,

    /// <summary>Mean over all days that resemble the day, by how much they do.</summary>
    Similar,

    /// <summary><see cref="Similar"/> times the last day's level.</summary>
    SimilarByDay,

    /// <summary><see cref="Similar"/> times the last week's level.</summary>
    SimilarByWeek,

    /// <summary>The series' own regression.</summary>
    Own,

    /// <summary>A smoother regression of its own.</summary>
    OwnSmooth,

    /// <summary>A regression of its own on logarithms.</summary>
    OwnLog,
}

/// <summary>Numbers about <see cref="Member"/>.</summary>
internal static class MemberInfo
{
    public const int Count = (int)Member.OwnLog + 1;

    /// <summary>A warm series has the first ones, up to one regression.</summary>
    public const int WarmCount = (int)Member.Own + 1;

    /// <summary>Whether a member speaks of the mean. The others aim at the middle, which of rare events is nothing at all.</summary>
    public static bool IsMean(Member member) =>
        member is not (Member.Median or Member.MedianByWeek or Member.Own or Member.OwnSmooth or Member.OwnLog);
}
