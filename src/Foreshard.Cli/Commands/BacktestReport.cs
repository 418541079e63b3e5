using Foreshard.Cli.Output;
using Foreshard.Simulation.Replay;

namespace Foreshard.Cli.Commands;

/// <param name="Traffic">What was read.</param>
/// <param name="HorizonSeconds">How far each forecast reached.</param>
/// <param name="Origins">Moments that were forecast from and compared to their end.</param>
/// <param name="Scores">How good each method was, by class.</param>
/// <param name="Verdict">In words where Foreshard's forecasts were worse than a simple method's, or biased; empty if nowhere.</param>
internal sealed record BacktestReport(
    TrafficReport Traffic, double HorizonSeconds, IReadOnlyList<DateTime> Origins, IReadOnlyList<ScoreReport> Scores, IReadOnlyList<string> Verdict);

/// <param name="Class">all, hot, warm or cold: by the forecast peak at the origin.</param>
/// <param name="Method">foreshard, naiveDay, naiveWeek or weekMean.</param>
/// <param name="Entities">Entities that were forecast at the last origin.</param>
/// <param name="Load">What came, in cost units.</param>
/// <param name="Wape">Absolute errors of the median, as a share of the load.</param>
/// <param name="Mase">Absolute error of the median by that of repeating the day before; null if nothing changed.</param>
/// <param name="Wql50">Twice the pinball loss of the 0.5 quantile, as a share of the load.</param>
/// <param name="Wql90">Likewise of the 0.9 quantile.</param>
/// <param name="Coverage90">Share of slots in which no more came than the 0.9 quantile.</param>
/// <param name="Bias">Means minus what came, as a share of the load.</param>
/// <param name="GroupWape">Absolute errors of the mean of sums over groups of entities, as a share of the load.</param>
internal sealed record ScoreReport(
    string Class,
    string Method,
    int Entities,
    double Load,
    double Wape,
    double? Mase,
    double Wql50,
    double Wql90,
    double Coverage90,
    double Bias,
    double GroupWape)
{
    public static ScoreReport Of(BacktestScore score) => new(
        score.Class,
        Words.Of(score.Method),
        score.Entities,
        score.Load,
        score.Wape,
        double.IsNaN(score.Mase) ? null : score.Mase,
        score.Wql50,
        score.Wql90,
        score.Coverage90,
        score.Bias,
        score.GroupWape);
}
