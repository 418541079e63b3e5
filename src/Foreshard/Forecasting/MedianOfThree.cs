using System.Numerics.Tensors;

namespace Foreshard.Forecasting;

/// <summary>The medians of three values each, slot by slot: max(min(a, b), min(max(a, b), c)).</summary>
internal static class MedianOfThree
{
    /// <param name="first">All spans are of one length.</param>
    /// <param name="second">Likewise.</param>
    /// <param name="third">Likewise.</param>
    /// <param name="scratch">Overwritten; overlaps none of the others.</param>
    /// <param name="into">The medians; overlaps none of the others.</param>
    public static void Of(
        ReadOnlySpan<float> first, ReadOnlySpan<float> second, ReadOnlySpan<float> third, Span<float> scratch, Span<float> into)
    {
        TensorPrimitives.Max(first, second, scratch);
        TensorPrimitives.Min(scratch, third, scratch);
        TensorPrimitives.Min(first, second, into);
        TensorPrimitives.Max(into, scratch, into);
    }
}
