using CsCheck;
using Foreshard.Sharding;

namespace Foreshard.Tests.Sharding;

public sealed class PlanHorizonTests
{
    private static readonly DateTime Start = new(2026, 3, 2, 6, 0, 0, DateTimeKind.Utc);

    private static readonly Gen<PlanHorizon> Any = Gen.Select(Gen.Int[1, 9], Gen.Int[0, 4], Gen.Int[1, 6]).Select(
        (hours, fineHours, perHour) => PlanHorizon.Of(
            Start, TimeSpan.FromHours(hours), TimeSpan.FromHours(1), TimeSpan.FromHours(fineHours), TimeSpan.FromHours(1) / perHour));

    [Fact]
    public void The_near_part_is_cut_finer_and_all_of_it_is_there()
    {
        var horizon = PlanHorizon.Of(Start, TimeSpan.FromHours(24), TimeSpan.FromMinutes(30), TimeSpan.FromHours(3), TimeSpan.FromMinutes(10));

        Assert.Equal(18 + 42, horizon.SlotCount);
        Assert.Equal(Start.AddHours(24), horizon.EndUtc);
        Assert.Equal(Start.AddHours(3), horizon.StartOf(18));
        Assert.Equal(TimeSpan.FromMinutes(10), horizon.LengthOf(17));
        Assert.Equal(TimeSpan.FromMinutes(30), horizon.LengthOf(18));
    }

    [Fact]
    public void Slots_follow_each_other_and_know_where_they_begin() => Any.Sample(horizon =>
    {
        for (var slot = 0; slot < horizon.SlotCount; slot++)
        {
            Assert.Equal(horizon.StartOf(slot + 1), horizon.StartOf(slot) + horizon.LengthOf(slot));
            Assert.Equal(slot, horizon.PositionOf(horizon.StartOf(slot) - Start), 1e-6);
            Assert.Equal(slot + 0.5, horizon.PositionOf(horizon.StartOf(slot) + (horizon.LengthOf(slot) / 2) - Start), 1e-6);
        }
    });

    [Fact]
    public void The_first_slots_are_the_same_slots() => Gen.Select(Any, Gen.Int[1, 20]).Sample((horizon, count) =>
    {
        var first = horizon.First(count);

        Assert.Equal(Math.Min(count, horizon.SlotCount), first.SlotCount);
        for (var slot = 0; slot <= first.SlotCount; slot++) Assert.Equal(horizon.StartOf(slot), first.StartOf(slot));
    });
}
