namespace Foreshard.Forecasting;

/// <summary>What forecasts tell.</summary>
internal sealed class ForecastOptions
{
    /// <summary>Levels of the quantiles that each forecast has, rising, each in (0, 1). The default is 0.5, 0.9 and 0.95.</summary>
    public IReadOnlyList<double> Levels { get; init; } = [0.5, 0.9, 0.95];

    /// <summary>Skill below which a forecast abstains; see <see cref="Forecast.Skill"/>. The default is 0: worse than repeating the past.</summary>
    public double SkillMin { get; init; }

    /// <exception cref="ArgumentException">The levels aren't what they have to be.</exception>
    public void Check()
    {
        var isRising = Levels.Zip(Levels.Skip(1)).All(pair => pair.First < pair.Second);
        if (Levels.Count == 0 || !isRising || Levels.Any(level => level is not (> 0 and < 1)))
        {
            throw new ArgumentException(
                $"The levels of quantiles have to rise and to lie between 0 and 1, not {string.Join(", ", Levels)}.", nameof(Levels));
        }
    }
}
