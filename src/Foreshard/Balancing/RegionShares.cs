using System.Runtime.InteropServices;
using Foreshard.Profiling;

namespace Foreshard.Balancing;

/// <summary>Adds up where users are.</summary>
internal sealed class RegionShares
{
    /// <summary>Regions that are told apart; what comes from further ones counts as not known. Profiles tell fewer apart.</summary>
    private const int RegionsMax = 32;

    private readonly List<(string? Region, double Weight)> regions = [];

    /// <summary>Adds users of one region; null: not known which.</summary>
    public void Add(string? region, double weight)
    {
        var at = IndexOf(region);
        if (at < 0 && regions.Count >= RegionsMax) at = IndexOf(region = null);
        if (at < 0) regions.Add((region, weight));
        else regions[at] = (region, regions[at].Weight + weight);
    }

    /// <summary>Adds users by share; none: not known where.</summary>
    public void Add(IReadOnlyList<LabelShare> shares, double weight)
    {
        if (shares.Count == 0) Add((string?)null, weight);
        foreach (var share in shares) Add(share.Label, weight * share.Share);
    }

    /// <summary>Makes all that was added so far count that much of it.</summary>
    public void Scale(double factor)
    {
        foreach (ref var region in CollectionsMarshal.AsSpan(regions)) region.Weight *= factor;
    }

    /// <summary>Writes what <see cref="Load"/> reads.</summary>
    public void Save(ChecksumWriter writer)
    {
        writer.Write(regions.Count);
        foreach (var (region, weight) in regions)
        {
            writer.Write(region);
            writer.Write(weight);
        }
    }

    /// <summary>Goes on from what was saved.</summary>
    public void Load(ref SavedBytes bytes)
    {
        for (var left = bytes.Read<int>(); left > 0; left--) regions.Add((bytes.ReadText(), bytes.Read<double>()));
    }

    /// <summary>The shares, the largest first, then by name; empty if no region is known.</summary>
    public IReadOnlyList<LabelShare> ToShares()
    {
        var sum = regions.Sum(region => region.Weight);
        if (!(sum > 0) || regions.TrueForAll(region => region.Region is null)) return [];
        return
        [
            .. regions.Where(region => region.Weight > 0)
                .Select(region => new LabelShare(region.Region, region.Weight / sum))
                .OrderByDescending(share => share.Share)
                .ThenBy(share => share.Label, StringComparer.Ordinal),
        ];
    }

    private int IndexOf(string? region)
    {
        for (var i = 0; i < regions.Count; i++)
        {
            if (string.Equals(regions[i].Region, region, StringComparison.Ordinal)) return i;
        }

        return -1;
    }
}
