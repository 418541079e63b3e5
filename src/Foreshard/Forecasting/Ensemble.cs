using System.Numerics.Tensors;

namespace Foreshard.Forecasting;

/// <summary>The members of one series' ensemble and their weights, as seen from one origin. Scratch: one instance per thread and tier.</summary>
internal sealed class Ensemble
{
    /// <summary>Weights fall with that power of a member's error.</summary>
    private const float DensePower = 12;
    private const float SparsePower = 24;

    /// <summary>Members with less than that share of the largest weight aren't asked.</summary>
    private const float WeightMin = 0.02f;

    /// <summary>Most members that are asked: with more, forecasts get slower but hardly better.</summary>
    private const int DenseAskedMax = 4;
    private const int SparseAskedMax = 3;

    /// <summary>A logarithm is forecast at most that far above the largest that is known: a small slip would be an astronomic load.</summary>
    private const float LogRoom = 3;

    /// <summary>Days of own scores that count as much as the population's.</summary>
    private const float DenseScoreDays = 2;
    private const float SparseScoreDays = 12;

    /// <summary>Strength of the prior of the three regressions, and how a day counts relative to the one after it.</summary>
    private static readonly (double Ridge, float Discount)[] Models = [(0.02, 0.9f), (0.2f, 1), (0.1f, 0.95f)];

    private readonly SeasonalMembers seasonal;
    private readonly OwnModel own;
    private readonly float[] coefficients = new float[OwnModel.Features];
    private readonly float[] weights = new float[MemberInfo.Count];

    public Ensemble(SeriesLayout layout)
    {
        Layout = layout;
        Window = new SeriesWindow(layout);
        seasonal = new SeasonalMembers(layout);
        own = new OwnModel(layout);
        Forecasts = [.. Enumerable.Range(0, MemberInfo.Count).Select(_ => new float[layout.Day])];
    }

    public SeriesLayout Layout { get; }

    public SeriesWindow Window { get; }

    /// <summary>What the members said when last asked; valid where <see cref="Has"/> says so.</summary>
    public float[][] Forecasts { get; }

    public bool[] Has { get; } = new bool[MemberInfo.Count];

    private int origin;
    private bool hasLogarithms;
    private int described = -1;
    private bool describedLog;

    /// <summary>Turns to a series; its loads are in <see cref="Window"/> already.</summary>
    /// <param name="series">The series.</param>
    /// <param name="known">Loads known at the origin.</param>
    /// <param name="population">What all series share.</param>
    /// <param name="originSlot">The base slot that comes first after the origin.</param>
    public void Begin(SeriesView series, int known, Population population, long originSlot)
    {
        origin = known;
        hasLogarithms = false;
        described = -1;
        var unit = series.Head.Flags.HasFlag(SeriesFlags.Sparse) ? series.Head.Unit : 0;
        seasonal.Begin(Window, known, unit, population.Shape, (int)(originSlot % Layout.Week));
    }

    /// <summary>Asks all members that may take part.</summary>
    /// <param name="series">The series.</param>
    /// <param name="block">Days ahead.</param>
    public void AskAll(SeriesView series, int block)
    {
        var isSparse = series.Head.Flags.HasFlag(SeriesFlags.Sparse);
        for (var member = 0; member < Layout.Members; member++)
            Has[member] = (!isSparse || MemberInfo.IsMean((Member)member)) && Ask(series, (Member)member, block);
    }

    /// <summary>Mixes what those that were asked said.</summary>
    public void Mix(SeriesView series, Population population, int block, Span<float> into)
    {
        Weigh(series, population, block, onlyAsked: true);
        Sum(into);
    }

    /// <summary>Asks the members that matter and mixes what they say.</summary>
    public void Forecast(SeriesView series, Population population, int block, Span<float> into)
    {
        Weigh(series, population, block, onlyAsked: false);
        var least = LeastThatCounts(series.Head.Flags.HasFlag(SeriesFlags.Sparse) ? SparseAskedMax : DenseAskedMax);
        for (var member = 0; member < Layout.Members; member++)
            Has[member] = weights[member] >= least && Ask(series, (Member)member, block);
        Sum(into);
    }

    /// <summary>The weight below which a member isn't asked: that of the last of the best, or a small share of the best one's.</summary>
    private float LeastThatCounts(int most)
    {
        var best = (stackalloc float[DenseAskedMax])[..most];
        best.Clear();
        foreach (var weight in weights.AsSpan(0, Layout.Members))
        {
            if (weight <= best[^1]) continue;
            best[^1] = weight;
            for (var i = best.Length - 1; i > 0 && best[i] > best[i - 1]; i--) (best[i], best[i - 1]) = (best[i - 1], best[i]);
        }

        return Math.Max(best[^1], WeightMin * best[0]);
    }

    /// <summary>Fits the series' own models to all that is known.</summary>
    public void Fit(SeriesView series)
    {
        var isRefined = series.Head.Flags.HasFlag(SeriesFlags.Fitted);
        var hasFitted = true;
        for (var block = 0; block < Layout.Blocks; block++)
        {
            for (var model = 0; model < Layout.Models; model++)
            {
                // The first two models learn from the same examples.
                if (model != 1) hasFitted &= own.TakeExamples(LoadsOf(model, Window.Count), block);
                if (!hasFitted) return;
                var halves = series.Coefficients(model, block);
                TensorPrimitives.ConvertToSingle(halves, coefficients);
                own.Fit(Models[model].Ridge, Models[model].Discount, isRefined, coefficients);
                TensorPrimitives.ConvertToHalf(coefficients, halves);
            }
        }

        series.Head.Flags |= SeriesFlags.Fitted;
        described = -1;
    }

    private ReadOnlySpan<float> LoadsOf(int model, int known)
    {
        if (model != Member.OwnLog - Member.Own) return Window.Loads[..known];
        if (!hasLogarithms) Window.TakeLogarithms();
        hasLogarithms = true;
        return Window.Logarithms[..known];
    }

    private bool Ask(SeriesView series, Member member, int block)
    {
        var into = Forecasts[(int)member].AsSpan();
        if (member < Member.Own)
        {
            if (!seasonal.TryForecast(member, block, into)) return false;
        }
        else
        {
            if (!series.Head.Flags.HasFlag(SeriesFlags.Fitted) || origin < OwnModel.WeeksMin * Layout.Week) return false;
            TensorPrimitives.ConvertToSingle(series.Coefficients(member - Member.Own, block), coefficients);
            var isLog = member == Member.OwnLog;
            if (described != block || isLog || describedLog) own.TakeOrigin(LoadsOf(member - Member.Own, origin), block);
            (described, describedLog) = (block, isLog);
            own.Forecast(coefficients, into);
            if (isLog)
            {
                TensorPrimitives.Min(into, TensorPrimitives.Max(Window.Logarithms[..origin]) + LogRoom, into);
                TensorPrimitives.Exp(into, into);
                TensorPrimitives.Subtract(into, Window.LogOffset, into);
            }
        }

        TensorPrimitives.Max(into, 0f, into);
        return true;
    }

    private void Weigh(SeriesView series, Population population, int block, bool onlyAsked)
    {
        var isSparse = series.Head.Flags.HasFlag(SeriesFlags.Sparse);
        var scores = series.ScoresOf(block);
        var trust = series.Head.Scored / (series.Head.Scored + (isSparse ? SparseScoreDays : DenseScoreDays));
        var power = isSparse ? SparsePower : DensePower;
        var best = float.PositiveInfinity;
        for (var member = 0; member < Layout.Members; member++)
        {
            weights[member] = float.PositiveInfinity;
            if (isSparse && !MemberInfo.IsMean((Member)member)) continue;
            if (onlyAsked ? !Has[member] : !CanAsk(series, (Member)member)) continue;
            var common = (float)population.ScoreOf(isSparse, Math.Min(block, Population.Blocks - 1), member);
            var score = (float)scores[member] * MathF.Log(2);
            weights[member] = float.IsNaN(score) ? float.NaN : (trust * score) + ((1 - trust) * common);
            if (weights[member] < best) best = weights[member];
        }

        for (var member = 0; member < Layout.Members; member++)
        {
            if (float.IsPositiveInfinity(weights[member]))
            {
                weights[member] = 0;
                continue;
            }

            // A member that has no score of its own yet stands for nothing while others have one.
            if (float.IsNaN(weights[member]))
                weights[member] = float.IsPositiveInfinity(best) ? MathF.Exp(-power * (float)population.ScoreOf(isSparse, 0, member)) : 0;
            else
                weights[member] = MathF.Exp(-power * (weights[member] - best));
        }
    }

    private bool CanAsk(SeriesView series, Member member) =>
        member < Member.Own || (series.Head.Flags.HasFlag(SeriesFlags.Fitted) && origin >= OwnModel.WeeksMin * Layout.Week);

    private void Sum(Span<float> into)
    {
        into.Clear();
        var total = 0f;
        for (var member = 0; member < Layout.Members; member++)
        {
            if (!Has[member] || weights[member] <= 0) continue;
            TensorPrimitives.MultiplyAdd(Forecasts[member], weights[member], into, into);
            total += weights[member];
        }

        if (total > 0) TensorPrimitives.Multiply(into, 1 / total, into);
    }
}
