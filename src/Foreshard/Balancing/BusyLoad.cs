using Foreshard.Profiling;

namespace Foreshard.Balancing;

/// <summary>What one series asks for when most is asked of all together: its mean load, each interval weighted by the load of all.</summary>
internal sealed class BusyLoad
{
    private double sum;
    private double weight;

    /// <summary>Cost units per second; 0 before the first interval.</summary>
    public double Value => weight > 0 ? sum / weight : 0;

    /// <summary>Writes what <see cref="Load"/> reads.</summary>
    public void Save(ChecksumWriter writer)
    {
        writer.Write(sum);
        writer.Write(weight);
    }

    /// <summary>Goes on from what was saved.</summary>
    public void Load(ref SavedBytes bytes) => (sum, weight) = (bytes.Read<double>(), bytes.Read<double>());

    /// <summary>Takes the next interval.</summary>
    /// <param name="load">Its load, cost units per second.</param>
    /// <param name="crowd">What all asked for in it.</param>
    public void Push(double load, in Crowd crowd)
    {
        sum = (sum * crowd.Left) + (load * crowd.Load);
        weight = (weight * crowd.Left) + crowd.Load;
    }
}
