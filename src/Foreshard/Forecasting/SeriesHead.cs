using System.Runtime.InteropServices;

namespace Foreshard.Forecasting;

/// <summary>What every series remembers beside its loads.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SeriesHead
{
    /// <summary>Load per step of the ring's codes; 0 as long as every load was 0.</summary>
    public float Scale;

    /// <summary>Load of the base slot that is still open.</summary>
    public float Open;

    /// <summary>Above three times this a load is a spike. Falls by half in a week.</summary>
    public float Peak;

    /// <summary>Smallest load that all are multiples of; 0 if there is none.</summary>
    public float Unit;

    /// <summary>Discounted sums whose quotient is the dispersion κ (variance = μ·unit + κ·μ²).</summary>
    public float ExcessSquares;

    /// <inheritdoc cref="ExcessSquares"/>
    public float MeanSquares;

    /// <summary>Mean absolute error of the forecast a day ahead, discounted.</summary>
    public float Error;

    /// <summary>The same of the last day, repeated.</summary>
    public float NaiveDayError;

    /// <summary>The same of the last week, repeated; NaN while there is none.</summary>
    public float NaiveWeekError;

    /// <summary>Logarithm of how much wider this series spreads than others of its kind.</summary>
    public float Spread;

    /// <summary>Sum of loads by sum of forecasts, smoothed.</summary>
    public float Bias;

    /// <summary>Mean deviation of slots from their shape within the base slot, as a share.</summary>
    public float FineError;

    /// <summary>Base slots since the first load, at most the ring's length.</summary>
    public ushort Known;

    /// <summary>Open slots of the base slot whose load is missing.</summary>
    public ushort OpenMissing;

    /// <summary>Days on which the members were scored, at most 255.</summary>
    public byte Scored;

    /// <summary>Days until the models are fitted again.</summary>
    public byte FitIn;

    public SeriesFlags Flags;
}

[Flags]
internal enum SeriesFlags : byte
{
    None = 0,

    /// <summary>The place in the slab is taken.</summary>
    Taken = 1,

    /// <summary>Some load was no whole number.</summary>
    Fractional = 2,

    /// <summary>Forecast as a count: few events a slot, quantiles from a distribution of counts.</summary>
    Sparse = 4,

    /// <summary>The own models have been fitted.</summary>
    Fitted = 8,

    /// <summary>There was a spike within the last two weeks; another one is no accident.</summary>
    Spiked = 32,

    /// <summary>A sum of other series: no member of the population.</summary>
    Aggregate = 16,
}
