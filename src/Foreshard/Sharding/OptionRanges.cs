namespace Foreshard.Sharding;

/// <summary>Collects options that are out of range, so that all of them are named at once.</summary>
internal sealed class OptionRanges
{
    private readonly List<string> problems = [];

    /// <summary>Notes the option if it is below <paramref name="min"/>, or no number.</summary>
    public OptionRanges Check(string name, double value, double min) => Check(name, value, min, double.MaxValue);

    /// <summary>Notes the option if it is outside of <paramref name="min"/> to <paramref name="max"/>, both included, or no number.</summary>
    public OptionRanges Check<T>(string name, T value, T min, T max)
        where T : IComparable<T>
    {
        if (!(value.CompareTo(min) >= 0 && value.CompareTo(max) <= 0))
            problems.Add(FormattableString.Invariant($"{name} has to be from {min} to {max}, is {value}"));
        return this;
    }

    /// <summary>Notes a problem that is more than one option's.</summary>
    public OptionRanges Require(bool holds, FormattableString otherwise)
    {
        if (!holds) problems.Add(FormattableString.Invariant(otherwise));
        return this;
    }

    /// <param name="what">What doesn't hold, at the beginning of a sentence.</param>
    /// <exception cref="ArgumentException">Something was noted; the message names all of it.</exception>
    public void ThrowIfAny(string what)
    {
        if (problems.Count > 0) throw new ArgumentException($"{what} don't hold: {string.Join("; ", problems)}.");
    }
}
