namespace Foreshard.Simulation.Runs;

/// <summary>A policy's run: its score, and what is drawn of it.</summary>
internal sealed record PolicyRun
{
    public required PolicyScore Score { get; init; }

    /// <summary>All re-units and moves after the warm-up, in the order in which they began.</summary>
    public required IReadOnlyList<DoneStep> Steps { get; init; }

    /// <summary>Of each partition, in order: demand of each drawn interval after the warm-up, cost units per second; NaN while it slept.</summary>
    public required IReadOnlyList<float[]> Demand { get; init; }

    /// <summary>Of each partition: mean demand that was forecast for the interval about an hour before; null if the policy doesn't forecast.</summary>
    public IReadOnlyList<float[]>? Forecast { get; init; }

    /// <summary>Of each partition: demand that plans kept room for, likewise.</summary>
    public IReadOnlyList<float[]>? ForecastHigh { get; init; }
}
