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
    private readonly List<double> gaps = [];
    private readonly List<float[]> bases = [];
    private readonly List<double> busy = [];

    private readonly double noise;
    private readonly double[] fade;

    /// <param name="entity">The whole.</param>
    /// <param name="noise">By how much what comes to it differs from one interval to the next, cost units per second.</param>
    /// <param name="fade">What is left in each slot of the difference between the present and the forecast.</param>
    public GroupCurves(EntityCurve entity, double noise, double[] fade)
    {
        this.entity = entity;
        this.noise = noise;
        this.fade = fade;
    }

    private int Slots => entity.Base.Length;

    /// <summary>Adds a part that has a forecast of its own.</summary>
    /// <param name="mean">Cost units per second; taken as it is and changed.</param>
    /// <param name="now">What comes now, cost units per second.</param>
    /// <param name="gap">By how much what came lately differed from what was forecast for it.</param>
    /// <param name="busy">As of <see cref="LoadCurve.Busy"/>; NaN: what the others leave of the entity's.</param>
    public void Add(float[] mean, double now, double gap = 0, double busy = 0)
    {
        this.busy.Add(busy);
        gaps.Add(gap);
        parts.Add(mean);
        present.Add(now);
    }

    /// <summary>Adds a part that is a share of the entity.</summary>
    /// <param name="share">Of its base; 0 to 1.</param>
    /// <param name="now">What comes now, cost units per second.</param>
    /// <param name="gap">By how much what came lately differed from what was forecast for it.</param>
    /// <param name="busy">As of <see cref="LoadCurve.Busy"/>; NaN: what the others leave of the entity's.</param>
    public void Add(double share, double now, double gap = 0, double busy = 0) =>
        Add([.. entity.Base.Select(load => (float)(load * share))], now, gap, busy);

    /// <summary>What was forecast of a part before the present corrected it, of the first slots. Known after <see cref="ToCurves"/>.</summary>
    public float[] BaseOf(int part, int slots) => bases[part][..slots];

    /// <summary>The curves of the parts, in the order in which they were added. The part that was added last makes up what is missing.</summary>
    public LoadCurve[] ToCurves()
    {
        Scale(entity.Base);
        bases.AddRange(parts.Select(part => part.ToArray()));
        if (entity.IsSurging) Surge();
        else if (!entity.IsAbstaining) Correct();
        var left = Math.Max(0, entity.Curve.Busy - busy.Where(double.IsFinite).Sum());
        return [.. parts.Select((part, i) => new LoadCurve(part, VarianceOf(part), double.IsFinite(busy[i]) ? busy[i] : left))];
    }

    private void Scale(ReadOnlySpan<float> whole)
    {
        for (var slot = 0; slot < Slots; slot++)
        {
            var sum = 0.0;
            foreach (var part in parts) sum += part[slot];
            if (sum > 0)
            {
                var factor = whole[slot] / sum;
                foreach (var part in parts) part[slot] = (float)(part[slot] * factor);
            }
            else
            {
                parts[^1][slot] = whole[slot];
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

    /// <summary>Each part by its own difference, and then all of them to what the whole is.</summary>
    private void Correct()
    {
        for (var i = 0; i < parts.Count; i++)
        {
            var part = parts[i];
            var share = entity.Base[0] > 0 ? Math.Clamp(part[0] / entity.Base[0], 0, 1) : 0;
            var difference = EntityCurve.Beyond(gaps[i], noise * Math.Sqrt(share));
            for (var slot = 0; slot < Slots; slot++) part[slot] = (float)Math.Max(0, part[slot] + (difference * fade[slot]));
        }

        Scale(entity.Curve.Mean);
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
