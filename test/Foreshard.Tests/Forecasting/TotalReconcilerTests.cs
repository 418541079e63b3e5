using CsCheck;
using Foreshard.Forecasting;

namespace Foreshard.Tests.Forecasting;

public sealed class TotalReconcilerTests
{
    private static readonly Gen<float> AnyShare = Gen.Int[0, 300].Select(percent => percent / 100f);

    private static readonly Gen<float[][]> AnyParts =
        Gen.Int[1, 30].SelectMany(slots => Gen.OneOf(Gen.Float[0, 100], Gen.Const(0f)).Array[slots].Array[1, 6]);

    [Fact]
    public void Afterwards_the_parts_add_up_to_the_total_and_keep_their_proportions() =>
        Gen.Select(AnyParts, AnyShare, AnyShare, AnyShare).Sample((means, times, sumError, totalError) =>
        {
            var parts = means.Select(mean => Of(mean)).ToList();
            var sum = TotalReconciler.SumOf(means[0].Length, parts);
            var total = Of([.. sum.Select(mean => times * mean)]);
            var reconciler = new TotalReconciler();
            for (var day = 0; day < 3; day++) reconciler.Learn([sumError], [totalError], [0]);

            reconciler.Apply(total, parts, 1);

            var trust = sumError > totalError ? 1 - ((double)totalError * totalError / ((double)sumError * sumError)) : 0;
            var factor = Math.Clamp((trust * times) + 1 - trust, 0.5, 2);
            var after = TotalReconciler.SumOf(sum.Length, parts);
            for (var i = 0; i < sum.Length; i++)
            {
                Assert.Equal(after[i], total.Mean[i], 1e-3f);
                Assert.Equal(factor * sum[i], after[i], 1e-3 * (1 + after[i]));
                for (var part = 0; part < parts.Count; part++) Assert.Equal(2 * parts[part].Mean[i], parts[part].Quantile(0)[i], 1e-3f);
            }
        });

    [Theory]
    [InlineData(1, 3, 0)]
    [InlineData(2, 1, 0.75)]
    [InlineData(3, 0, 1)]
    [InlineData(2, 2, 0)]
    [InlineData(0, 0, 0)]
    public void Trust_is_the_share_of_the_squared_error_that_the_total_avoids(float sumError, float totalError, float trust)
    {
        var reconciler = new TotalReconciler();
        for (var day = 0; day < 5; day++) reconciler.Learn([10 + sumError, 10], [10, 10 - totalError], [10, 10]);

        Assert.Equal(trust, reconciler.Trust, 1e-5f);
    }

    [Fact]
    public void Two_days_are_too_few_to_trust_the_total()
    {
        var reconciler = new TotalReconciler();
        reconciler.Learn([5], [0], [0]);
        reconciler.Learn([5], [0], [0]);
        Assert.Equal(0, reconciler.Trust);

        reconciler.Learn([5], [0], [0]);
        Assert.Equal(1, reconciler.Trust);
    }

    [Fact]
    public void What_was_wrong_long_ago_is_forgotten()
    {
        var reconciler = new TotalReconciler();
        for (var day = 0; day < 20; day++) reconciler.Learn([3], [1], [0]);
        var early = reconciler.Trust;
        for (var day = 0; day < 60; day++) reconciler.Learn([1], [3], [0]);

        Assert.Equal(1 - (1f / 9), early, 1e-3f);
        Assert.Equal(0, reconciler.Trust);
    }

    /// <summary>A forecast with one quantile, twice the mean.</summary>
    private static Forecast Of(float[] mean)
    {
        var forecast = new Forecast();
        forecast.Reset(0, mean.Length, 1);
        mean.CopyTo(forecast.Mean);
        for (var i = 0; i < mean.Length; i++) forecast.Quantile(0)[i] = 2 * mean[i];
        return forecast;
    }
}
