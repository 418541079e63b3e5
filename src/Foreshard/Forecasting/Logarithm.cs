namespace Foreshard.Forecasting;

/// <summary>Positive numbers of any size in 16 bits: the binary logarithm, good to 1 %.</summary>
internal static class Logarithm
{
    private const float Least = -24;

    public static Half Of(float value) => (Half)Math.Max(Least, MathF.Log2(value));

    public static float Value(Half logarithm) => float.Exp2((float)logarithm);
}
