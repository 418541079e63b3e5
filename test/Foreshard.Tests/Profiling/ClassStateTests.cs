using CsCheck;
using Foreshard.Profiling;

namespace Foreshard.Tests.Profiling;

public sealed class ClassStateTests
{
    private static readonly ClassState Cold = new(ProfileClass.Cold, ProfileClass.Cold, 0);

    /// <summary>Shares in thousandths of a percent: warm from 20, hot from 1,000; left below half. Below each, the class after it.</summary>
    [Theory]
    [InlineData("0 19 20 20 20 20", "C C C C W W")]
    [InlineData("20 20 0 20 20 20", "C C C C C W")]
    [InlineData("1000 1000 1000", "C C H")]
    [InlineData("1000 20 1000 1000", "C C W W")]
    [InlineData("20 20 20 1000 1000 1000", "C C W W W H")]
    [InlineData("1000 1000 1000 999 500 500 500", "C C H H H H H")]
    [InlineData("1000 1000 1000 499 500 499 499", "C C H H H H W")]
    [InlineData("1000 1000 1000 9 9", "C C H H C")]
    [InlineData("1000 1000 1000 9 499", "C C H H W")]
    [InlineData("20 20 20 10 10 9 10 9 9", "C C W W W W W W C")]
    [InlineData("20 20 20 1000 1000 9 9", "C C W W W W C")]
    public void Three_intervals_to_enter_and_two_to_leave(string shares, string classes)
    {
        var (state, seen) = (Cold, new List<char>());
        foreach (var share in shares.Split(' '))
        {
            state = state.Next(int.Parse(share, System.Globalization.CultureInfo.InvariantCulture) / 100_000.0, ProfileOptions.Default);
            seen.Add(state.Class.ToString()[0]);
        }

        Assert.Equal(classes, string.Join(' ', seen));
    }

    [Fact]
    public void A_load_that_is_no_number_counts_as_none() =>
        Assert.Equal(Cold, Cold.Next(double.NaN, ProfileOptions.Default));

    [Fact]
    public void No_entity_changes_class_more_often_than_every_second_interval() => Gen.Double[0, 0.02].Array[50].Sample(shares =>
    {
        var (state, last) = (Cold, -2);
        for (var i = 0; i < shares.Length; i++)
        {
            var next = state.Next(shares[i], ProfileOptions.Default);
            if (next.Class != state.Class)
            {
                Assert.True(i - last >= ClassState.IntervalsToLeave);
                last = i;
            }

            Assert.Equal(next.Streak == 0, next.Target == next.Class);
            state = next;
        }
    });
}
