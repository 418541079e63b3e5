using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Divides an entity's curve among its groups, so that the parts sum to the whole in every slot.</summary>
/// <remarks>
/// Parts are scaled to the entity's forecast, which knows itself better than the sum of its parts does. A surge goes to those that are
/// above their forecasts now. Errors of different parts count as half common to all of them, half independent.
/// </remarks>
internal sealed class GroupCurves
{
    /// <summary>Share of the variance of an entity's error that all its parts have in common: a holiday comes to all.</summary>
    private const float CommonError = 0.5f;

    private readonly EntityCurve entity;
    private readonly List<float[]> parts = [];
    private readonly List<double> present = [];

    public GroupCurves(EntityCurve entity) => this.entity = entity;

    private int Slots => entity.Base.Length;

    /// <summary>Adds a part that has a forecast of its own.</summary>
    /// <param name="mean">Cost units per second; taken as it is and changed.</param>
    /// <param name="now">What comes now, cost units per second.</param>
    public void Add(float[] mean, double now)
    {
        parts.Add(mean);
        present.Add(now);
    }

    /// <summary>Adds a part that is a share of the entity.</summary>
    /// <param name="share">Of its base; 0 to 1.</param>
    /// <param name="now">What comes now, cost units per second.</param>
    public void Add(double share, double now) => Add([.. entity.Base.Select(load => (float)(load * share))], now);

    /// <summary>The curves of the parts, in the order in which they were added. The part that was added last makes up what is missing.</summary>
    public LoadCurve[] ToCurves()
    {
        Scale();
        if (entity.IsSurging) Surge();
        return [.. parts.Select(part => new LoadCurve(part, VarianceOf(part)))];
    }

    private void Scale()
    {
        for (var slot = 0; slot < Slots; slot++)
        {
            var sum = 0.0;
            foreach (var part in parts) sum += part[slot];
            if (sum > 0)
            {
                var factor = entity.Base[slot] / sum;
                foreach (var part in parts) part[slot] = (float)(part[slot] * factor);
            }
            else
            {
                parts[^1][slot] = entity.Base[slot];
            }
        }
    }

    private void Surge()
    {
        var above = new double[parts.Count];
        for (var i = 0; i < above.Length; i++) above[i] = Math.Max(0, present[i] - parts[i][0]);
        var sum = above.Sum();
        if (!(sum > 0))
        {
            above[^1] = 1;
            sum = 1;
        }

        for (var i = 0; i < above.Length; i++)
        {
            var share = above[i] / sum;
            for (var slot = 0; slot < Slots; slot++) parts[i][slot] += (float)(entity.Extra[slot] * share);
        }
    }

    private float[] VarianceOf(float[] part)
    {
        var variance = new float[Slots];
        for (var slot = 0; slot < Slots; slot++)
        {
            var mean = entity.Curve.Mean[slot];
            if (!(mean > 0)) continue;
            var share = Math.Min(1, part[slot] / mean);
            variance[slot] = entity.Curve.Variance[slot] * share * ((CommonError * share) + 1 - CommonError);
        }

        return variance;
    }
}
