namespace Foreshard.Cli.Output;

/// <summary>What loads are shown in: cost units per second, or of quiet traffic per minute or hour, so that there are digits to read.</summary>
/// <param name="Name">As <c>cost units/min</c>.</param>
/// <param name="Seconds">Seconds that it goes by.</param>
internal sealed record LoadUnit(string Name, double Seconds)
{
    private static readonly LoadUnit[] All = [new("cost units/s", 1), new("cost units/min", 60), new("cost units/h", 3600)];

    /// <summary>The first unit in which the largest load is at least 1.</summary>
    /// <param name="largest">In cost units per second.</param>
    public static LoadUnit For(double largest) => All.FirstOrDefault(unit => largest * unit.Seconds >= 1) ?? All[^1];

    /// <summary>A load in this unit.</summary>
    public string Of(double perSecond) => Words.Load(perSecond * Seconds);
}
