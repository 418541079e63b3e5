namespace Foreshard.Simulation.Replay;

/// <summary>Who forecasts in a backtest.</summary>
internal enum BacktestMethod
{
    /// <summary>Foreshard's forecaster.</summary>
    Foreshard,

    /// <summary>The same slots of the last day.</summary>
    NaiveDay,

    /// <summary>The same slots of the last week.</summary>
    NaiveWeek,

    /// <summary>The mean of the same slots of the last four weeks.</summary>
    WeekMean,
}
