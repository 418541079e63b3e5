namespace Foreshard.Simulation.Runs;

/// <summary>Who decides about placement in a simulation.</summary>
internal enum PolicyKind
{
    /// <summary>Nobody: buckets stay where the hash put them.</summary>
    Static,

    /// <summary>A threshold on the load of the last intervals.</summary>
    Reactive,

    /// <summary>The balancer on the forecaster's forecasts: the product.</summary>
    Predictive,

    /// <summary>The balancer on the true rates of the hours to come.</summary>
    Oracle,
}
