using Foreshard.Profiling;
using Foreshard.Simulation.Replay;

namespace Foreshard.Simulation.Tests.Replay;

public sealed class BacktestTests
{
    private const int Days = 42;
    private static readonly SlotGrid Hours = new(TimeSpan.FromHours(1));
    private static readonly long Start = Hours.SlotOf(new DateTime(2026, 1, 5, 0, 0, 0, DateTimeKind.Utc));
    private static readonly EntityType Shop = EntityType.Of("shop", KeyKind.Integer);

    [Fact]
    public void Simple_methods_are_scored_as_their_formulas_say()
    {
        var loads = Loads(entities: 3, seed: 1);
        var (scores, _) = Run(loads, new BacktestOptions { Origins = 3, Groups = 2 });

        (BacktestMethod, int, int)[] methods = [(BacktestMethod.NaiveDay, 24, 1), (BacktestMethod.NaiveWeek, 168, 1), (BacktestMethod.WeekMean, 168, 4)];
        foreach (var (method, period, weeks) in methods)
        {
            double error = 0, actual = 0, bias = 0;
            var groups = new double[2, 3 * 24];
            for (var entity = 0; entity < 3; entity++)
            {
                for (var i = 0; i < 3 * 24; i++)
                {
                    var at = ((Days - 3) * 24) + i;
                    var forecast = Enumerable.Range(1, weeks).Average(week => (double)loads[entity][at - (week * period)]);
                    var came = (double)loads[entity][at];
                    error += Math.Abs(came - forecast);
                    bias += forecast - came;
                    actual += came;
                    groups[entity % 2, i] += forecast - came;
                }
            }

            var score = scores.Single(score => score.Class == "all" && score.Method == method);
            Assert.Equal(error / actual, score.Wape, 1e-5);
            Assert.Equal(error / actual, score.Wql50, 1e-5);
            Assert.InRange(score.Coverage90, 0.8, 1);
            Assert.Equal(bias / actual, score.Bias, 1e-5);
            Assert.Equal(groups.Cast<double>().Sum(Math.Abs) / actual, score.GroupWape, 1e-5);
            Assert.Equal(3, score.Entities);
        }
    }

    [Fact]
    public void Scores_are_those_of_the_rows_that_are_told()
    {
        var (scores, rows) = Run(Loads(entities: 5, seed: 2), new BacktestOptions { Origins = 4, Horizon = TimeSpan.FromHours(36) });

        var ours = scores.Single(score => score.Class == "all" && score.Method == BacktestMethod.Foreshard);
        var load = rows.Sum(row => (double)row.Actual);
        Assert.Equal(5 * 4 * 36, rows.Count);
        Assert.Equal(rows.Sum(row => Math.Abs((double)row.Actual - row.Q50)) / load, ours.Wape, 1e-6);
        Assert.Equal(rows.Count(row => row.Actual <= row.Q90) / (double)rows.Count, ours.Coverage90, 1e-9);
        Assert.Equal((rows.Sum(row => (double)row.Mean) - load) / load, ours.Bias, 1e-6);
        Assert.All(rows, row => Assert.InRange(row.TimeUtc - row.OriginUtc, TimeSpan.Zero, TimeSpan.FromHours(35)));
    }

    [Fact]
    public void A_forecast_knows_nothing_of_what_came_after_its_origin()
    {
        var loads = Loads(entities: 4, seed: 3);
        var changed = loads.Select(series => series.ToArray()).ToArray();
        foreach (var series in changed)
        {
            for (var i = (Days - 2) * 24; i < series.Length; i++) series[i] = (series[i] * 7) + 11;
        }

        var options = new BacktestOptions { Origins = 3 };
        var before = Run(loads, options).Rows.Where(row => row.TimeUtc < Hours.StartOf(Start + ((Days - 2) * 24))).ToList();
        var after = Run(changed, options).Rows.Where(row => row.TimeUtc < Hours.StartOf(Start + ((Days - 2) * 24))).ToList();

        Assert.Equal(4 * 24, before.Count);
        Assert.Equal(before, after);

        var atChange = Run(loads, options).Rows.Where(row => row.OriginUtc == Hours.StartOf(Start + ((Days - 2) * 24)));
        var atChangeToo = Run(changed, options).Rows.Where(row => row.OriginUtc == Hours.StartOf(Start + ((Days - 2) * 24)));
        Assert.Equal(atChange.Select(row => (row.Mean, row.Q50, row.Q90, row.Q95)), atChangeToo.Select(row => (row.Mean, row.Q50, row.Q90, row.Q95)));
    }

    [Fact]
    public void Missing_loads_are_compared_with_nothing()
    {
        var loads = Loads(entities: 2, seed: 4);
        for (var i = (Days - 1) * 24; i < ((Days - 1) * 24) + 6; i++) loads[0][i] = float.NaN;

        var (scores, rows) = Run(loads, new BacktestOptions { Origins = 1 });

        Assert.Equal((2 * 24) - 6, rows.Count);
        Assert.All(scores, score => Assert.True(double.IsFinite(score.Wape)));
    }

    [Fact]
    public void Entities_whose_loads_are_not_known_any_more_do_not_pull_down_the_others()
    {
        var loads = Loads(entities: 12, seed: 7);
        var without = Run([.. loads.Take(6)], new BacktestOptions()).Scores.Single(score => score.Class == "all" && score.Method == BacktestMethod.Foreshard);
        foreach (var series in loads.Skip(6)) series.AsSpan((Days - 10) * 24).Fill(float.NaN);
        var with = Run(loads, new BacktestOptions()).Scores.Single(score => score.Class == "all" && score.Method == BacktestMethod.Foreshard);

        Assert.Equal(without.Load, with.Load);
        Assert.Equal(without.Wape, with.Wape, 0.02);
        Assert.Equal(without.Bias, with.Bias, 0.02);
    }

    [Fact]
    public void Ours_beats_repeating_the_day_before_where_there_is_a_week_to_learn()
    {
        var (scores, _) = Run(Loads(entities: 8, seed: 5), new BacktestOptions());

        var ours = scores.Single(score => score.Class == "all" && score.Method == BacktestMethod.Foreshard);
        var naive = scores.Single(score => score.Class == "all" && score.Method == BacktestMethod.NaiveDay);
        Assert.True(ours.Wape < 0.8 * naive.Wape, $"{ours.Wape:0.000} is not clearly below {naive.Wape:0.000}");
        Assert.InRange(ours.Coverage90, 0.8, 0.99);
    }

    [Fact]
    public void A_record_that_is_too_short_is_tried_out_as_far_as_it_goes()
    {
        var replay = new TrafficReplay(Hours, new ReplayOptions());
        var backtest = new Backtest(replay, Start + (3 * 24), new BacktestOptions { Origins = 7 });
        Play(replay, Loads(entities: 1, seed: 6), 3);

        Assert.InRange(backtest.Scored, 1, 3);
    }

    [Theory]
    [InlineData(0, 7, "horizon")]
    [InlineData(8 * 24, 7, "horizon")]
    [InlineData(24, 0, "origin")]
    public void What_cannot_be_tried_out_is_refused_in_words(int hours, int origins, string named)
    {
        var options = new BacktestOptions { Horizon = TimeSpan.FromHours(hours), Origins = origins };
        var error = Assert.Throws<ArgumentException>(() => new Backtest(new TrafficReplay(Hours, new ReplayOptions()), Start, options));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private static (IReadOnlyList<BacktestScore> Scores, List<BacktestRow> Rows) Run(float[][] loads, BacktestOptions options)
    {
        var replay = new TrafficReplay(Hours, new ReplayOptions { HasProfiles = false });
        var backtest = new Backtest(replay, Start + (Days * 24), options);
        var rows = new List<BacktestRow>();
        backtest.Compared += rows.Add;
        Play(replay, loads, Days);
        Assert.Equal(options.Origins, backtest.Scored);
        return (backtest.Scores(), rows);
    }

    private static void Play(TrafficReplay replay, float[][] loads, int days)
    {
        replay.Begin(Start);
        var series = loads.Select((_, entity) => replay.Register(Shop.Key(entity))).ToArray();
        for (var slot = 0; slot < days * 24; slot++) replay.Close([.. series.Select((number, entity) => (number, loads[entity][slot]))]);
    }

    /// <summary>Shops that are busy on weekday afternoons, and a little noise.</summary>
    private static float[][] Loads(int entities, int seed) =>
    [
        .. Enumerable.Range(0, entities).Select(entity =>
        {
            var random = new Random((seed * 1000) + entity);
            return Enumerable.Range(0, Days * 24)
                .Select(i => (i / 24 % 7 < 5 ? 60 : 15) * (1 + Math.Sin((i % 24 - 8) * Math.PI / 12)) * (0.9 + (0.2 * random.NextDouble())) + entity)
                .Select(load => (float)Math.Round(load))
                .ToArray();
        }),
    ];
}
