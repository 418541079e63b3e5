using System.Globalization;

namespace Foreshard.Sharding;

/// <summary>What a placement costs over the horizon, term by term, in cost-unit-seconds of overload.</summary>
/// <param name="Overload">Planned load above capacity.</param>
/// <param name="Strain">Planned load above the target share of capacity.</param>
/// <param name="Imbalance">Mean load above the fleet's.</param>
/// <param name="Crowding">Load above capacity if everybody came at once.</param>
/// <param name="Size">Bytes above the size budget.</param>
/// <param name="Latency">Users' round trips.</param>
/// <param name="Partners">Partners on other partitions.</param>
/// <param name="Transfer">Moving there: bytes, load at both ends, the move itself.</param>
internal readonly record struct PlacementCost(
    double Overload, double Strain, double Imbalance, double Crowding, double Size, double Latency, double Partners, double Transfer)
{
    /// <summary>The sum: what is compared.</summary>
    public double Total => Overload + Strain + Imbalance + Crowding + Size + Latency + Partners + Transfer;

    public static PlacementCost operator +(in PlacementCost left, in PlacementCost right) => new(
        left.Overload + right.Overload,
        left.Strain + right.Strain,
        left.Imbalance + right.Imbalance,
        left.Crowding + right.Crowding,
        left.Size + right.Size,
        left.Latency + right.Latency,
        left.Partners + right.Partners,
        left.Transfer + right.Transfer);

    public static PlacementCost operator -(in PlacementCost left, in PlacementCost right) => new(
        left.Overload - right.Overload,
        left.Strain - right.Strain,
        left.Imbalance - right.Imbalance,
        left.Crowding - right.Crowding,
        left.Size - right.Size,
        left.Latency - right.Latency,
        left.Partners - right.Partners,
        left.Transfer - right.Transfer);

    /// <summary>Each term that isn't 0, and the sum.</summary>
    public override string ToString()
    {
        (string Name, double Value)[] terms =
        [
            ("overload", Overload), ("strain", Strain), ("imbalance", Imbalance), ("crowding", Crowding), ("size", Size), ("latency", Latency),
            ("partners", Partners), ("transfer", Transfer),
        ];
        var parts = terms.Where(term => Math.Abs(term.Value) >= 0.5)
            .Select(term => string.Create(CultureInfo.InvariantCulture, $"{term.Name} {term.Value:0}"));
        return string.Create(CultureInfo.InvariantCulture, $"{Total:0} ({string.Join(", ", parts.DefaultIfEmpty("nothing"))})");
    }
}
