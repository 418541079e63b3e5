namespace Foreshard.Profiling;

/// <summary>An entity's class, and how long its load has been asking for another one.</summary>
/// <remarks>
/// To a higher class after <see cref="IntervalsToEnter"/> intervals in a row, to a lower one after <see cref="IntervalsToLeave"/>; a class
/// is left below half of the share that it takes to enter it. An entity whose load hovers around a threshold stays what it is.
/// </remarks>
/// <param name="Class">What it is.</param>
/// <param name="Target">What it will be if the load goes on like this; <paramref name="Class"/> if nothing is under way.</param>
/// <param name="Streak">For how many intervals in a row; 0 if nothing is under way.</param>
internal readonly record struct ClassState(ProfileClass Class, ProfileClass Target, int Streak)
{
    public const int IntervalsToEnter = 3;
    public const int IntervalsToLeave = 2;

    /// <summary>A class is left below this part of the share that it takes to enter it.</summary>
    public const double LeaveFactor = 0.5;

    /// <summary>The state after one more interval.</summary>
    /// <param name="share">Forecast load as a share of a partition's capacity; what is no number counts as 0.</param>
    /// <param name="options">The thresholds.</param>
    public ClassState Next(double share, ProfileOptions options)
    {
        var wanted = Wanted(share, options);
        if (wanted == Class) return new ClassState(Class, Class, 0);

        var isUp = wanted > Class;
        var goesOn = Streak > 0 && Target > Class == isUp;
        var target = !goesOn ? wanted : isUp ? Min(Target, wanted) : Max(Target, wanted);
        var streak = goesOn ? Streak + 1 : 1;
        return streak == (isUp ? IntervalsToEnter : IntervalsToLeave)
            ? new ClassState(target, target, 0)
            : new ClassState(Class, target, streak);
    }

    private static ProfileClass Min(ProfileClass left, ProfileClass right) => left < right ? left : right;

    private static ProfileClass Max(ProfileClass left, ProfileClass right) => left > right ? left : right;

    private ProfileClass Wanted(double share, ProfileOptions options)
    {
        if (share >= Threshold(options.HotShare, ProfileClass.Hot)) return ProfileClass.Hot;
        return share >= Threshold(options.WarmShare, ProfileClass.Warm) ? ProfileClass.Warm : ProfileClass.Cold;
    }

    private double Threshold(double enter, ProfileClass of) => Class >= of ? enter * LeaveFactor : enter;
}
