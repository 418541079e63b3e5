using CsCheck;
using Foreshard.Balancing;

namespace Foreshard.Tests.Balancing;

public sealed class GroupCurvesTests
{
    [Fact]
    public void Parts_sum_to_the_whole_whatever_they_think_of_themselves() =>
        Gen.Select(Gen.Float[0, 50].Array[4], Gen.Float[0, 9].Array[4], Gen.Float[0, 80].Array[4].Array[1, 5], Gen.Double[0, 300]).Sample(
            (mean, room, parts, present) =>
            {
                var entity = new EntityCurve(mean, room, isAbstaining: false);
                if (present > 100) entity.Surge(present, decaySlots: 2);
                var divided = new GroupCurves(entity, noise: 1, decaySlots: 2);
                foreach (var part in parts) divided.Add(part, part[0] + (present / 9));
                divided.Add(0.2, 3);
                var curves = divided.ToCurves();

                Assert.Equal(parts.Length + 1, curves.Length);
                for (var slot = 0; slot < 4; slot++)
                {
                    Assert.Equal(entity.Curve.Mean[slot], curves.Sum(curve => curve.Mean[slot]), 0.001);

                    // Half of the error is common to all parts, which adds up to less than the whole's where there are several.
                    var (variance, sum) = (room[slot] * room[slot], curves.Sum(curve => curve.Variance[slot]));
                    if (entity.Curve.Mean[slot] > 0) Assert.InRange(sum, (0.5 * variance) - 0.01, variance + 0.01);
                }
            });

    [Fact]
    public void Each_keeps_its_part_of_what_all_think()
    {
        var divided = new GroupCurves(new EntityCurve([10, 10], [0, 0], isAbstaining: true), noise: 0, decaySlots: 2);
        divided.Add([12, 3], 0);
        divided.Add([4, 9], 0);
        divided.Add(0.4, 0);

        Assert.Equal([[6f, 1.875f], [2f, 5.625f], [2f, 2.5f]], divided.ToCurves().Select(curve => curve.Mean.ToArray()));
    }
}
