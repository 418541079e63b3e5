using CsCheck;
using Foreshard.Profiling;
using static Foreshard.Tests.Profiling.Accesses;

namespace Foreshard.Tests.Profiling;

public sealed class ProfileSaveTests
{
    private static readonly Gen<ProfileSet> AnyProfiles =
        Gen.Select(AnyAccess(Gen.Int[0, 200]).Array[0, 150], Gen.Int[0, 9], Gen.Int[0, 9]).Select((accesses, hot, warm) =>
        {
            var profiles = new ProfileSet(Hourly, Budget(hot, warm));
            profiles.ApplyAll(accesses.Where(access => access.TimeUtc < Monday.AddHours(100)));
            profiles.Retier(MondaySlot + 100);
            profiles.ApplyAll(accesses.Where(access => access.TimeUtc >= Monday.AddHours(100)));
            profiles.ApplyAll(new Access { Entity = Customer.Key(3), TimeUtc = Monday.AddHours(201), Bytes = 1L << 50, Cost = 1e11 });
            foreach (var access in accesses) profiles.ObserveSize(access.Entity, access.TimeUtc, 1000 + access.Reads, access.Writes);
            return profiles;
        });

    [Fact]
    public void What_was_saved_is_loaded_to_the_byte() => AnyProfiles.Sample(profiles =>
    {
        var saved = profiles.Saved();

        var loaded = Load(saved, profiles.Options);

        Assert.Equal(saved, loaded.Saved());
        Assert.Equal(
            (profiles.Count, profiles.CountOf(ProfileTier.Hot), profiles.CountOf(ProfileTier.Warm)),
            (loaded.Count, loaded.CountOf(ProfileTier.Hot), loaded.CountOf(ProfileTier.Warm)));
        foreach (var expected in profiles.Summaries(MondaySlot + 300))
        {
            var (before, after) = (profiles.Find(expected.Entity, MondaySlot + 300)!, loaded.Find(expected.Entity, MondaySlot + 300)!);
            Assert.Equal((before.Totals, before.Cost, before.Reads, before.GrowthPerDay), (after.Totals, after.Cost, after.Reads, after.GrowthPerDay));
            Assert.Equal(before.Week, after.Week);
            Assert.Equal(before.Segments, after.Segments);
            Assert.Equal(before.Groups, after.Groups);
            Assert.Equal(before.Partners, after.Partners);
        }
    });

    [Fact]
    public void Loaded_profiles_go_on_as_if_nothing_had_been() => Gen.Select(AnyProfiles, AnyAccess(Gen.Int[201, 260]).Array[0, 50]).Sample(
        (profiles, accesses) =>
        {
            var loaded = Load(profiles.Saved(), profiles.Options);

            foreach (var set in new[] { profiles, loaded })
            {
                set.ApplyAll(accesses);
                set.Classify(1, MondaySlot + 260);
                set.Age(Monday.AddDays(95));
            }

            Assert.Equal(profiles.Saved(), loaded.Saved());
        });

    [Fact]
    public void Any_changed_byte_is_found() => Gen.Select(AnyProfiles, Gen.Int[0, int.MaxValue], Gen.Byte[1, 255]).Sample((profiles, at, change) =>
    {
        var saved = profiles.Saved();
        saved[at % saved.Length] ^= change;

        Assert.Throws<ProfileFormatException>(() => Load(saved, profiles.Options));
    });

    [Fact]
    public void Any_missing_end_is_found() => Gen.Select(AnyProfiles, Gen.Int[0, int.MaxValue]).Sample((profiles, at) =>
    {
        var saved = profiles.Saved();

        Assert.Throws<ProfileFormatException>(() => Load(saved.AsSpan(0, at % saved.Length).ToArray(), profiles.Options));
    });

    [Fact]
    public void What_is_wrong_is_named()
    {
        var profiles = new ProfileSet(Hourly, ProfileOptions.Default);
        profiles.Apply(Interval(Of(1, 0, 1)), MondaySlot);
        var saved = profiles.Saved();

        Assert.Equal(ProfileFormatProblem.NotProfiles, ProblemOf([1, 2, 3]));
        Assert.Equal(ProfileFormatProblem.NotProfiles, ProblemOf([]));
        Assert.Equal(ProfileFormatProblem.Truncated, ProblemOf(saved[..^1]));
        Assert.Equal(ProfileFormatProblem.Truncated, ProblemOf([.. saved, 0]));
        Assert.Equal(ProfileFormatProblem.Damaged, ProblemOf(saved, bytes => bytes[60] ^= 1));
        Assert.Equal(ProfileFormatProblem.OtherVersion, ProblemOf(saved, bytes =>
        {
            bytes[8]++;
            BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), ChecksumWriter.Checksum(0, bytes.AsSpan(0, bytes.Length - 4)));
        }));
        var error = Assert.Throws<ProfileFormatException>(() => Load(saved, ProfileOptions.Default with { SlowTime = TimeSpan.FromHours(6) }));
        Assert.Equal(ProfileFormatProblem.OtherSettings, error.Problem);
        Assert.Contains("06:00:00", error.Message, StringComparison.Ordinal);

        static ProfileFormatProblem ProblemOf(byte[] bytes, Action<byte[]>? change = null)
        {
            bytes = [.. bytes];
            change?.Invoke(bytes);
            return Assert.Throws<ProfileFormatException>(() => Load(bytes, ProfileOptions.Default)).Problem;
        }
    }

    [Fact]
    public void The_same_input_gives_the_same_bytes_in_whatever_order_accesses_came() =>
        AnyAccess(Gen.Int[0, 3]).Array[0, 100].Sample(accesses =>
        {
            var saved = new[] { accesses, accesses.Reverse() }.Select(order =>
            {
                var profiles = new ProfileSet(Hourly, Budget(3, 3));
                profiles.ApplyAll(order);
                profiles.Classify(1e-3, MondaySlot + 4);
                profiles.ApplyAll(order.Select(access => access with { TimeUtc = access.TimeUtc.AddHours(5) }));
                return profiles.Saved();
            }).ToList();

            Assert.Equal(saved[0], saved[1]);
        });

    private static ProfileSet Load(byte[] saved, ProfileOptions options) => ProfileSet.Load(saved, Hourly, options);
}
