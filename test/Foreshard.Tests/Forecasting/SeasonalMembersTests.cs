using CsCheck;
using Foreshard.Forecasting;
using Foreshard.Profiling;

namespace Foreshard.Tests.Forecasting;

public sealed class SeasonalMembersTests
{
    private static readonly int[] DayLengths = [24, 12, 4, 1];

    private static readonly Gen<Scene> AnyScene = Gen.Select(Gen.Int[0, 3], Gen.Double[0, 1], Gen.Int[0, 6], Gen.Bool, Gen.Bool, Gen.Int).Select(
        (grid, age, block, isSparse, hasPopulation, seed) => new Scene(DayLengths[grid], age, block, isSparse, hasPopulation, seed));

    public static TheoryData<string> Members => [.. Enumerable.Range(0, (int)Member.Own).Select(member => ((Member)member).ToString())];

    [Theory]
    [MemberData(nameof(Members))]
    public void Members_say_what_the_slow_reference_says(string name)
    {
        var member = Enum.Parse<Member>(name);
        AnyScene.Sample(
            scene =>
            {
                var actual = new float[scene.Day];
                var has = scene.Members().TryForecast(member, scene.Block, actual);

                var expected = scene.Reference().Forecast(member, scene.Block);
                Assert.Equal(expected is not null, has);
                for (var slot = 0; has && slot < scene.Day; slot++) Assert.Equal(expected![slot], actual[slot], 1e-3 * (0.01 + expected[slot]));
            },
            iter: 300);
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void Nothing_is_said_before_a_day_is_known(string name)
    {
        var scene = new Scene(24, 0, 0, false, false, 1);
        var window = new SeriesWindow(scene.Layout);
        window.Read(new float[23]);
        var members = new SeasonalMembers(scene.Layout);
        members.Begin(window, 23, 0, default, 0);

        Assert.False(members.TryForecast(Enum.Parse<Member>(name), 0, new float[24]));
    }

    /// <summary>A random series of counts or loads, seen from an origin before its end.</summary>
    private sealed class Scene
    {
        private readonly float[] loads;
        private readonly float[] population = [];
        private readonly int origin;
        private readonly float unit;
        private readonly int phase;

        public Scene(int day, double age, int block, bool isSparse, bool hasPopulation, int seed)
        {
            var random = new Random(seed);
            (Day, Block) = (day, block);
            Layout = new SeriesLayout(new SlotGrid(TimeSpan.FromDays(1) / day), SeriesTier.Hot);
            origin = day + (int)(age * (Layout.RingLength - day));
            loads = new float[Math.Min(Layout.RingLength, origin + random.Next(2 * day))];
            var (busy, level) = (random.Next(1, 5), random.Next(1, 100));
            for (var i = 0; i < loads.Length; i++)
            {
                var shape = 1 + (i / day % 7 < busy ? 1 : 0) + Math.Sin(2 * Math.PI * i / day);
                loads[i] = isSparse ? Math.Max(0, random.Next(-3, 3)) : (float)(shape * level * (1 + random.NextDouble()));
            }

            unit = isSparse ? 1 : 0;
            phase = random.Next(Layout.Week);
            if (hasPopulation) population = [.. Enumerable.Range(0, Layout.Week).Select(_ => 2 * (float)random.NextDouble())];
        }

        public int Day { get; }

        public int Block { get; }

        public SeriesLayout Layout { get; }

        public SeasonalMembers Members()
        {
            var window = new SeriesWindow(Layout);
            window.Read(loads);
            var members = new SeasonalMembers(Layout);
            members.Begin(window, origin, unit, (float[])[.. population, .. population], phase);
            return members;
        }

        public SeasonalReference Reference() =>
            new([.. loads[..origin].Select(load => (double)load)], Day, unit, [.. population.Select(value => (double)value)], phase);
    }
}
