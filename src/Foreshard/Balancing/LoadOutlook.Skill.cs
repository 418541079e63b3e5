namespace Foreshard.Balancing;

internal sealed partial class LoadOutlook
{
    /// <summary>By which part an entity's forecasts were better than repeating the past; NaN if that isn't known, or the entity isn't watched.</summary>
    public double SkillOf(in EntityKey entity)
    {
        if (!watches.TryGetValue(entity, out var watch)) return double.NaN;
        Forecaster.Predict(watch.Series, 1, forecast);
        return forecast.Skill;
    }
}
