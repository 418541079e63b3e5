using CsCheck;
using Foreshard.Balancing;

namespace Foreshard.Tests.Balancing;

public sealed class GroupCurvesTests
{
    private static double[] Fade(double slots) => [.. Enumerable.Range(0, 4).Select(slot => Math.Exp(-slot / slots))];

    [Fact]
    public void Parts_sum_to_the_whole_whatever_they_think_of_themselves() =>
        Gen.Select(Gen.Float[0, 50].Array[4], Gen.Float[0, 9].Array[4], Gen.Float[0, 80].Array[4].Array[1, 5], Gen.Double[0, 300]).Sample(
            (mean, room, parts, present) =>
            {
                var entity = new EntityCurve(mean, room, isAbstaining: false);
                if (present > 100) entity.Surge(present, fade: Fade(2), rise: 0, ramp: Fade(2));
                var divided = new GroupCurves(entity, noise: 1, fade: Fade(2));
                foreach (var part in parts) divided.Add(part, part[0] + (present / 9));
                divided.Add(0.2, 3);
                var curves = divided.ToCurves();

                Assert.Equal(parts.Length + 1, curves.Length);
                for (var slot = 0; slot < 4; slot++)
                {
                    Assert.Equal(entity.Curve.Mean[slot], curves.Sum(curve => curve.Mean[slot]), 0.001);
                    if (entity.Curve.Mean[slot] <= 0) continue;

                    // Errors are half common: the sum of the parts' variances is between half of the whole's and all of it.
                    var (all, parted) = (room[slot] * room[slot], curves.Sum(curve => curve.Variance[slot]));
                    Assert.InRange(parted, (0.5 * all) - 0.01, all + 0.01);
                }
            });

    [Fact]
    public void Each_keeps_its_part_of_what_all_think()
    {
        var divided = new GroupCurves(new EntityCurve([10, 10], [0, 0], isAbstaining: false), noise: 0, fade: Fade(1));
        divided.Add([12, 3], 6);
        divided.Add([4, 9], 2);
        divided.Add(0.4, 2);

        Assert.Equal([[6f, 1.875f], [2f, 5.625f], [2f, 2.5f]], divided.ToCurves().Select(curve => curve.Mean.ToArray()));
    }

    [Fact]
    public void The_present_corrects_each_part_by_what_is_more_than_noise_and_fades()
    {
        var entity = new EntityCurve([10, 10, 10], [0, 0, 0], isAbstaining: false);
        entity.Correct(gap: 0, noise: 1, fade: Fade(1));
        var divided = new GroupCurves(entity, noise: 1, fade: Fade(1));
        divided.Add([5, 5, 5], now: 8, gap: 3);
        divided.Add([5, 5, 5], now: 2, gap: -3);
        var curves = divided.ToCurves();

        var noise = Math.Sqrt(0.5);
        for (var slot = 0; slot < 3; slot++)
        {
            Assert.Equal(5 + ((3 - noise) * Math.Exp(-slot)), curves[0].Mean[slot], 0.001);
            Assert.Equal(5 - ((3 - noise) * Math.Exp(-slot)), curves[1].Mean[slot], 0.001);
        }
    }
}
