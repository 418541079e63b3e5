using System.Runtime.InteropServices;
using Foreshard.Profiling;

namespace Foreshard.Forecasting;

/// <summary>What all series of a forecaster have in common, and lend to those that know little of themselves.</summary>
internal sealed class Population
{
    /// <summary>Blocks of leads: the next day, the days after.</summary>
    public const int Blocks = 2;

    private const int Kinds = 2;

    /// <summary>Weight of a day's errors relative to the next day's.</summary>
    private const double DailyDiscount = 0.97;

    /// <summary>Share of a new week in the shape of the week.</summary>
    private const double ShapeGain = 0.3;

    /// <summary>Dispersion of counts until something is known; and the sum of squared means that this counts for.</summary>
    private const double DispersionPrior = 0.2;

    private const double DispersionPriorWeight = 100;

    /// <summary>Share of one series' scores in the population's.</summary>
    private const double ScoreGain = 0.002;

    private readonly int week;
    private readonly double[] shape;
    private readonly int[] shapeSeen;
    private readonly double[] scores = new double[Kinds * Blocks * MemberInfo.Count];
    private readonly double[] scoreWeights = new double[Kinds * Blocks * MemberInfo.Count];
    private readonly double[] levels;
    private CountQuantiles[] counts;
    private readonly float[] residualQuantiles;
    private float[] doubled = [];
    private double excess = DispersionPrior * DispersionPriorWeight;
    private double squares = DispersionPriorWeight;

    public Population(SeriesLayout layout, IReadOnlyList<double> levels)
    {
        week = layout.Week;
        shape = new double[week];
        shapeSeen = new int[week];
        this.levels = [.. levels];
        counts = [.. levels.Select(level => new CountQuantiles(level))];
        residualQuantiles = new float[Blocks * levels.Count];
        for (var block = 0; block < Blocks; block++)
        {
            for (var member = 0; member < MemberInfo.Count; member++)
            {
                scores[At(true, block, member)] = SparsePrior(member);
                scores[At(false, block, member)] = DensePrior(member);
            }
        }

        Refresh();
    }

    /// <summary>Errors of series that are no counts, by block of leads.</summary>
    public ResidualHistogram[] Residuals { get; } = [new(), new()];

    /// <summary>Where outcomes of counts lay in their distributions.</summary>
    public CalibrationHistogram Calibration { get; } = new();

    /// <summary>What sparse series' means are multiplied by.</summary>
    public MeanCalibration Means { get; } = new();

    /// <summary>Usual dispersion of counts.</summary>
    public float Dispersion => (float)Math.Clamp(excess / squares, 0, 3);

    /// <summary>Size of an error, in usual errors, that a tenth of all outcomes exceed.</summary>
    public float LargeResidual { get; private set; }

    /// <summary>Shape of the week, twice in a row, mean 1; empty until a week has gone by.</summary>
    public ReadOnlyMemory<float> Shape => doubled;

    /// <summary>Logarithm of a member's error relative to the other members', over all series of a kind.</summary>
    public double ScoreOf(bool isSparse, int block, int member) => scores[At(isSparse, block, member)];

    /// <summary>The distribution of counts at one of the levels.</summary>
    public CountQuantiles Counts(int level) => counts[level];

    /// <summary>The quantile of errors at one of the levels, in usual errors.</summary>
    public float ResidualQuantile(int block, int level) => residualQuantiles[(block * levels.Length) + level];

    /// <summary>Adds what all series had together in a base slot.</summary>
    public void AddTotal(long baseSlot, double total)
    {
        var slot = (int)(baseSlot % week);
        shape[slot] = shapeSeen[slot] == 0 ? total : shape[slot] + (ShapeGain * (total - shape[slot]));
        shapeSeen[slot]++;
    }

    /// <summary>Adds how a series' members did, relative to each other.</summary>
    public void AddScore(bool isSparse, int block, int member, double relative)
    {
        var at = At(isSparse, block, member);
        scoreWeights[at]++;
        scores[at] += Math.Max(ScoreGain, 1 / (scoreWeights[at] + 30)) * (relative - scores[at]);
    }

    public void AddDispersion(double excessSquares, double meanSquares)
    {
        excess += excessSquares;
        squares += meanSquares;
    }

    /// <summary>Once a day: older experience counts less, and the quantiles are read off anew.</summary>
    public void Refresh()
    {
        excess *= DailyDiscount;
        squares *= DailyDiscount;
        Calibration.Discount(DailyDiscount);
        Means.Discount(DailyDiscount);
        foreach (var residuals in Residuals) residuals.Discount(DailyDiscount);
        ReadOff();
    }

    /// <summary>Writes all that was learned.</summary>
    public void Save(ChecksumWriter writer)
    {
        writer.Write(excess);
        writer.Write(squares);
        foreach (var learned in Learned()) writer.Write(MemoryMarshal.AsBytes(learned.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(shapeSeen.AsSpan()));
        writer.Write(counts.Length);
        foreach (var quantiles in counts) writer.Write(quantiles.Level);
    }

    /// <summary>Takes over what was saved.</summary>
    public void Load(ref SavedBytes saved)
    {
        excess = saved.Read<double>();
        squares = saved.Read<double>();
        foreach (var learned in Learned()) saved.Read<double>(learned);
        saved.Read<int>(shapeSeen);

        // Levels follow only when they are clearly off, so where they are is a part of what was learned; unless other ones are asked for now.
        var corrected = new double[saved.Read<int>()];
        saved.Read<double>(corrected);
        if (corrected.Length == counts.Length) counts = [.. corrected.Select(level => new CountQuantiles(level))];
        ReadOff();
    }

    private double[][] Learned() =>
        [shape, scores, scoreWeights, Residuals[0].Counts, Residuals[1].Counts, Calibration.Counts, Means.Came, Means.Forecast];

    private void ReadOff()
    {
        for (var block = 0; block < Blocks; block++)
        {
            for (var level = 0; level < levels.Length; level++)
                residualQuantiles[(block * levels.Length) + level] = Residuals[block].Quantile(levels[level]);
        }

        LargeResidual = Math.Max(0.1f, (Residuals[0].Quantile(0.95) - Residuals[0].Quantile(0.05)) / 2);
        for (var level = 0; level < levels.Length; level++)
        {
            var wanted = Calibration.LevelFor(levels[level]);
            if (Math.Abs(wanted - counts[level].Level) > 0.005) counts[level] = new CountQuantiles(wanted);
        }

        if (Array.TrueForAll(shapeSeen, seen => seen > 0)) TakeShape();
    }

    private void TakeShape()
    {
        var mean = shape.Average();
        if (mean <= 0) return;
        var twice = new float[2 * week];
        for (var slot = 0; slot < twice.Length; slot++) twice[slot] = (float)(shape[slot % week] / mean);
        doubled = twice;
    }

    private static int At(bool isSparse, int block, int member) => ((((isSparse ? 1 : 0) * Blocks) + block) * MemberInfo.Count) + member;

    /// <summary>What to expect of the members before anything was seen: bike share and retail counts, weeks before those of the benchmark.</summary>
    private static double SparsePrior(int member) => (Member)member switch
    {
        Member.Similar => -0.15,
        Member.SimilarByWeek => -0.12,
        Member.SimilarByDay => -0.1,
        Member.Day or Member.Week => 0.25,
        _ => 0,
    };

    /// <summary>The same of continuous series: the training parts of M4's hourly series.</summary>
    private static double DensePrior(int member) => (Member)member switch
    {
        Member.Own or Member.OwnSmooth or Member.OwnLog => -0.15,
        Member.FourWeeksByDay or Member.SimilarByDay or Member.FourWeeksByThreeDays => -0.05,
        _ => 0.05,
    };
}
