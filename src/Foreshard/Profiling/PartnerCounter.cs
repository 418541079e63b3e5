namespace Foreshard.Profiling;

/// <summary>How often an entity was used together with one other; 40 bytes.</summary>
internal struct PartnerCounter : ICounter<PartnerCounter>
{
    public EntityKey Partner;

    /// <summary>Transactions, faded; at most that.</summary>
    public float Times;

    /// <summary>By how much <see cref="Times"/> may be too high.</summary>
    public float TimesError;

    public readonly float Weight => Times;

    public readonly bool SameItem(in PartnerCounter other) => Partner == other.Partner;

    public readonly int CompareItem(in PartnerCounter other) => Partner.CompareTo(other.Partner);

    public void Add(in PartnerCounter other)
    {
        Times += other.Times;
        TimesError += other.TimesError;
    }

    public void Follow(in PartnerCounter evicted)
    {
        Times += evicted.Times;
        TimesError += evicted.Times;
    }

    public void Scale(float factor)
    {
        Times *= factor;
        TimesError *= factor;
    }
}
