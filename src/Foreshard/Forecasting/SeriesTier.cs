namespace Foreshard.Forecasting;

/// <summary>How much is remembered of a series, and so how well it can be forecast.</summary>
internal enum SeriesTier : byte
{
    /// <summary>Four weeks at 8 bits a slot, one model of its own: below 780 B.</summary>
    Warm,

    /// <summary>Five weeks at 16 bits a slot, three models of its own, errors by hour, the shape within the hour: below 3,000 B.</summary>
    Hot,
}
