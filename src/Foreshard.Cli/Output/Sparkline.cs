namespace Foreshard.Cli.Output;

/// <summary>A shape in one line of text.</summary>
internal static class Sparkline
{
    private const string Blocks = "▁▂▃▄▅▆▇█";

    /// <summary>So many characters, each the mean of its part of the values; the largest is full. A dash if all are 0.</summary>
    public static string Of(IReadOnlyList<float> values, int length)
    {
        if (values.Count == 0) return Words.Unknown;
        length = Math.Min(length, values.Count);
        var means = new double[length];
        for (var i = 0; i < length; i++)
        {
            var (from, to) = (i * values.Count / length, (i + 1) * values.Count / length);
            for (var at = from; at < to; at++) means[i] += values[at] / (to - from);
        }

        var largest = means.Max();
        if (!(largest > 0)) return Words.Unknown;
        return string.Concat(means.Select(mean => Blocks[(int)Math.Round(mean / largest * (Blocks.Length - 1))]));
    }
}
