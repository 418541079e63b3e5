using System.Globalization;
using Foreshard.Cli.Output;
using Foreshard.Simulation.Replay;

namespace Foreshard.Cli.Commands;

/// <summary>Where Foreshard's forecasts were not good, in words.</summary>
internal static class BacktestVerdict
{
    /// <summary>Coverage that far below 90 % is worth a word. Above it often is: loads of a few accesses can't be cut at exactly 90 %.</summary>
    private const double CoverageTolerance = 0.03;

    /// <summary>So is a bias above that.</summary>
    private const double BiasTolerance = 0.05;

    private static readonly (string Name, Func<ScoreReport, double> Of)[] Errors =
    [
        ("WAPE", score => score.Wape),
        ("MASE", score => score.Mase ?? double.NaN),
        ("wQL50", score => score.Wql50),
        ("wQL90", score => score.Wql90),
        ("group WAPE", score => score.GroupWape),
    ];

    private static readonly string Ours = Words.Of(BacktestMethod.Foreshard);

    public static IReadOnlyList<string> Of(IReadOnlyList<ScoreReport> scores) =>
    [
        .. scores.GroupBy(score => score.Class)
            .SelectMany(of => Of(of.Key, of.Single(score => score.Method == Ours), [.. of.Where(score => score.Method != Ours)])),
    ];

    /// <summary>What a method is called on the screen.</summary>
    public static string NameOf(string method) => Enum.GetValues<BacktestMethod>().Single(one => Words.Of(one) == method) switch
    {
        BacktestMethod.Foreshard => "Foreshard",
        BacktestMethod.NaiveDay => "the day before",
        BacktestMethod.NaiveWeek => "the week before",
        _ => "mean of 4 weeks",
    };

    private static IEnumerable<string> Of(string name, ScoreReport ours, IReadOnlyList<ScoreReport> others)
    {
        var subject = name == "all" ? "all entities" : $"{name} entities";
        var lost = new Dictionary<string, List<string>>();
        foreach (var (error, of) in Errors)
        {
            var best = others.MinBy(other => double.IsNaN(of(other)) ? double.PositiveInfinity : of(other))!;
            if (!(of(ours) > of(best))) continue;
            if (!lost.TryGetValue(best.Method, out var errors)) lost.Add(best.Method, errors = []);
            errors.Add($"{error} {Number(of(ours))}, not {Number(of(best))}");
        }

        foreach (var (method, errors) in lost) yield return $"Worse than {NameOf(method)} for {subject}: {string.Join("; ", errors)}.";
        if (ours.Coverage90 < 0.9 - CoverageTolerance)
            yield return $"Too low a 0.9 quantile for {subject}: no more than {Percent(ours.Coverage90)} of slots stayed below.";
        if (Math.Abs(ours.Bias) > BiasTolerance)
            yield return $"Biased for {subject}: {Percent(Math.Abs(ours.Bias))} too {(ours.Bias < 0 ? "little" : "much")} was expected in the mean.";
    }

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";
}
