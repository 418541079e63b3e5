namespace Foreshard.Forecasting;

/// <summary>Which slots a forecast is of: equal steps, each the mean of its slots.</summary>
/// <param name="Lead">Slots between the open slot and the first step; not negative.</param>
/// <param name="SlotsPerStep">Slots of a step; at least 1.</param>
/// <param name="Count">Number of steps; at least 1.</param>
internal readonly record struct ForecastSteps(int Lead, int SlotsPerStep, int Count)
{
    /// <summary>Slots from the open one to the end of the last step.</summary>
    public int Slots => Lead + (SlotsPerStep * Count);

    /// <summary>Single slots from the open one on.</summary>
    public static ForecastSteps Single(int slots) => new(0, 1, slots);
}
