using CsCheck;
using Foreshard.Profiling;

namespace Foreshard.Tests.Profiling;

public sealed class SeasonTests
{
    private const int Period = 24;
    private const double Floor = 0.25;

    /// <summary>Loads by step; most steps have none.</summary>
    private static readonly Gen<(uint Step, double Load)[]> Loads =
        Gen.Select(Gen.UInt[0, 300], Gen.Double[0.1, 100]).Array[1, 120]
            .Select(loads => loads.DistinctBy(load => load.Item1).OrderBy(load => load.Item1).Select(load => (load.Item1, load.Item2)).ToArray());

    [Fact]
    public void A_code_is_off_by_less_than_a_twentieth_and_right_on_average() => Gen.Double[1e-6, 1e6].Sample(
        value =>
        {
            var (codes, exponent, sum) = (new byte[4], (sbyte)0, 0.0);
            for (var moment = 0; moment < 400; moment++)
            {
                SeasonCodes.Set(codes, ref exponent, 2, value, moment);
                var found = SeasonCodes.Value(codes[2], exponent);
                Assert.InRange(found, value * 0.95, value * 1.05);
                sum += found;
            }

            Assert.Equal(1, sum / 400 / value, 0.01);
        },
        iter: 200);

    [Fact]
    public void A_larger_value_leaves_the_others_as_they_are()
    {
        var (codes, exponent) = (new byte[3], (sbyte)0);
        SeasonCodes.Set(codes, ref exponent, 0, 4, 0);
        SeasonCodes.Set(codes, ref exponent, 1, 4096, 0);

        Assert.Equal((4.0, 4096.0), (SeasonCodes.Value(codes[0], exponent), SeasonCodes.Value(codes[1], exponent)));
        SeasonCodes.Set(codes, ref exponent, 1, 0, 0);
        SeasonCodes.Tighten(codes, ref exponent);
        Assert.Equal((4.0, (sbyte)2), (SeasonCodes.Value(codes[0], exponent), exponent));
    }

    [Fact]
    public void Means_are_those_of_every_step_looked_at_one_by_one() => Loads.Sample(loads =>
    {
        var (clock, codes) = Filled(loads);

        AssertClose(Reference(loads, loads[0].Step, 320), codes, clock.Exponent);
    });

    [Fact]
    public void Means_of_two_parts_add_up_to_those_of_the_whole() => Gen.Select(Loads, Gen.Int[0, 9]).Sample((loads, cut) =>
    {
        var start = loads[0].Step;
        var (ours, ourCodes) = Filled([(start, 0), .. loads.Where((_, i) => i % 10 < cut)]);
        var (theirs, theirCodes) = Filled([(start, 0), .. loads.Where((_, i) => i % 10 >= cut)]);

        ours.Merge(ourCodes, theirs, theirCodes, Floor);

        AssertClose(Reference(loads, start, 320), ourCodes, ours.Exponent);
    });

    [Fact]
    public void A_part_that_begins_later_counts_as_nothing_before()
    {
        var (ours, ourCodes) = (SeasonClock.StartingAt(24), new byte[Period]);
        ours.Advance(ourCodes, 25, 4, Floor);
        ours.Advance(ourCodes, 24 * 4, 0, Floor);
        var (theirs, theirCodes) = (SeasonClock.StartingAt(24 * 3), new byte[Period]);
        theirs.Advance(theirCodes, 24 * 4, 8, Floor);

        ours.Merge(ourCodes, theirs, theirCodes, Floor);

        Assert.Equal((4.0 + 0 + 8) / 3, SeasonCodes.Value(ourCodes[0], ours.Exponent), 0.5);
        Assert.Equal(24u, ours.Start);
    }

    [Fact]
    public void Load_that_comes_late_counts_as_if_it_had_come_in_time()
    {
        var (clock, codes) = (SeasonClock.StartingAt(48), new byte[Period]);
        clock.Advance(codes, 50, 0, Floor);

        clock.AddLate(codes, 49, 8, Floor);

        Assert.Equal(8, SeasonCodes.Value(codes[1], clock.Exponent));
    }

    private static (SeasonClock Clock, byte[] Codes) Filled((uint Step, double Load)[] loads)
    {
        var (clock, codes) = (SeasonClock.StartingAt(loads[0].Step), new byte[Period]);
        foreach (var (step, load) in loads)
        {
            clock.Advance(codes, step, clock.Pending, Floor);
            clock.Pending = (float)load;
        }

        clock.Advance(codes, 320, clock.Pending, Floor);
        return (clock, codes);
    }

    private static double[] Reference((uint Step, double Load)[] loads, uint start, uint end)
    {
        var (means, counts, byStep) = (new double[Period], new int[Period], loads.ToDictionary(load => load.Step, load => load.Load));
        for (var step = start; step < end; step++)
        {
            var position = step % Period;
            counts[position]++;
            means[position] += Math.Max(1.0 / counts[position], Floor) * (byStep.GetValueOrDefault(step) - means[position]);
        }

        return means;
    }

    /// <summary>
    /// Each rounding is off by 4.4 % at most. Of the dozen that an idle mean goes through while it fades errors add up, but then it is small:
    /// half a unit, of loads up to a hundred.
    /// </summary>
    private static void AssertClose(double[] expected, byte[] codes, sbyte exponent)
    {
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(SeasonCodes.Value(codes[i], exponent), (expected[i] * 0.8) - 0.5, (expected[i] * 1.2) + 0.5);
    }
}
