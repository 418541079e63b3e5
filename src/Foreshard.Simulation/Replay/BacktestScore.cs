namespace Foreshard.Simulation.Replay;

/// <summary>How good the forecasts of one method for one class of entities were.</summary>
/// <param name="Class">Which entities: <c>all</c>, <c>hot</c>, <c>warm</c> or <c>cold</c>.</param>
/// <param name="Method">Who forecast.</param>
/// <param name="Entities">Entities that were forecast at the last origin.</param>
/// <param name="Load">What came, summed over all slots that were forecast.</param>
/// <param name="Wape">Absolute errors of the median, by <paramref name="Load"/>.</param>
/// <param name="Mase">
/// Mean absolute error of the median by that of repeating the day before in the four weeks before the origin; mean over entities and
/// origins, of those whose load changed in these weeks. NaN if there are none.
/// </param>
/// <param name="Wql50">Twice the pinball loss of the 0.5 quantile, by <paramref name="Load"/>.</param>
/// <param name="Wql90">Twice the pinball loss of the 0.9 quantile, by <paramref name="Load"/>.</param>
/// <param name="Coverage90">Share of slots in which no more came than the 0.9 quantile.</param>
/// <param name="Bias">Sum of the means minus what came, by <paramref name="Load"/>.</param>
/// <param name="GroupWape">Absolute errors of the mean, after summing entities up into groups, by <paramref name="Load"/>.</param>
internal sealed record BacktestScore(
    string Class,
    BacktestMethod Method,
    int Entities,
    double Load,
    double Wape,
    double Mase,
    double Wql50,
    double Wql90,
    double Coverage90,
    double Bias,
    double GroupWape);

/// <summary>One forecast of one slot.</summary>
internal readonly record struct BacktestRow(
    EntityKey Entity, DateTime OriginUtc, DateTime TimeUtc, float Actual, float Mean, float Q50, float Q90, float Q95);
