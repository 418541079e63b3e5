using CsCheck;
using Foreshard.Profiling;

namespace Foreshard.Tests.Profiling;

public sealed class EntityUseTests
{
    [Fact]
    public void The_use_is_that_of_the_profile() => Accesses.AnyAccess(Gen.Int[0, 5]).Array[0, 60].Sample(accesses =>
    {
        var profiles = new ProfileSet(Accesses.Hourly, Accesses.Budget(hot: 3, warm: 3));
        var last = Accesses.MondaySlot + 5;
        profiles.ApplyAll(accesses);
        profiles.Retier(last);
        profiles.ApplyAll(accesses.Select(access => access with { TimeUtc = Accesses.Monday.AddHours(5) }));
        foreach (var entity in accesses.Select(access => access.Entity).Distinct())
        {
            for (var day = 0; day < 3; day++) profiles.ObserveSize(entity, Accesses.Monday.AddDays(day), 1000 + (100 * day), 1);
            var (profile, use) = (profiles.Find(entity, last)!, profiles.UseOf(entity, last)!.Value);

            Assert.Equal(profile.Tier, profiles.TierOf(entity));
            Assert.Equal(profile.Cost.Fast, profiles.FastCostOf(entity, last));
            Assert.Equal(
                (profile.Cost, profile.FirstSeenUtc, profile.SizeBytes, profile.GrowthPerDay),
                (use.Cost, use.FirstSeenUtc, use.SizeBytes, use.GrowthPerDay));
            Assert.Equal(profile.Regions, use.Regions);
            Assert.Equal(profile.Partners, use.Partners);
        }
    });

    [Fact]
    public void Who_is_not_known_has_no_use()
    {
        var profiles = new ProfileSet(Accesses.Hourly, ProfileOptions.Default);
        var (entity, slot) = (Accesses.Customer.Key(1), Accesses.MondaySlot);

        Assert.Equal((null, null, 0.0), (profiles.UseOf(entity, slot), profiles.TierOf(entity), profiles.FastCostOf(entity, slot)));
    }

    [Fact]
    public void Where_there_is_no_forecast_averages_tell_the_class()
    {
        ProfileSet Classified(Func<EntityKey, double>? forecastLoad)
        {
            var profiles = new ProfileSet(Accesses.Hourly, Accesses.Budget(hot: 1, warm: 0));
            profiles.ApplyAll(Accesses.Of(1, 0, 1000), Accesses.Of(2, 0, 2000));
            profiles.Classify(1, Accesses.MondaySlot, forecastLoad);
            return profiles;
        }

        Assert.Equal(Classified(null).Saved(), Classified(_ => double.NaN).Saved());
        Assert.Equal(ProfileTier.Hot, Classified(entity => entity.Integer == 1 ? 5 : double.NaN).TierOf(Accesses.Customer.Key(1)));
    }
}
