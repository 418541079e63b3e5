using Foreshard.Balancing;
using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

/// <summary>Made-up fleets with units that have days, weights and peaks of their own. The same for the same seed.</summary>
internal sealed class RandomFleet(int seed)
{
    private static readonly DateTime Start = new(2026, 3, 2, 6, 0, 0, DateTimeKind.Utc);

    private readonly Random random = new(seed);

    /// <summary>A few units on a few partitions, pressed so that something has to be done.</summary>
    public PlanInput Small()
    {
        var partitions = random.Next(2, 5);
        var units = random.Next(6, 13);
        var slots = random.Next(4, 9);
        var share = 0.55 + (0.4 * random.NextDouble());
        return Make(partitions, units, new PlanHorizon(Start, TimeSpan.FromHours(24.0 / slots), slots), share, zipf: 0.6, capacity: 100);
    }

    /// <summary>Units whose loads together are a share of the fleet's capacity at the average slot.</summary>
    public PlanInput Make(int partitions, int units, PlanHorizon horizon, double share, double zipf, double capacity)
    {
        var weights = Enumerable.Range(1, units).Select(rank => Math.Pow(rank, -zipf) * (0.5 + random.NextDouble())).ToArray();
        var scale = share * capacity * partitions / weights.Sum();
        var regions = new[] { "eu", "us" };
        return new PlanInput
        {
            Horizon = horizon,
            Partitions =
            [
                .. Enumerable.Range(1, partitions).Select(number => new FleetPartition
                {
                    Id = new PartitionId(number),
                    Name = $"p{number}",
                    Region = regions[number % 2],
                    Capacity = capacity,
                    SizeBudgetBytes = 200e9,
                    MoveBytesPerSecond = 50e6,
                }),
            ],
            Units =
            [
                .. weights.Select((weight, index) => new PlanUnit
                {
                    Unit = new UnitId(index),
                    Partition = new PartitionId(1 + random.Next(partitions)),
                    Curve = Curve(weight * scale, horizon),
                    Bytes = Math.Min(40e9, 40e9 * weight * scale / capacity) * random.NextDouble(),
                    Regions = [new LabelShare("eu", 0.5)],
                }),
            ],
        };
    }

    private LoadCurve Curve(double mean, PlanHorizon horizon)
    {
        var peak = random.NextDouble();
        var swing = random.NextDouble();
        var curve = new float[horizon.SlotCount];
        var variance = new float[horizon.SlotCount];
        for (var slot = 0; slot < curve.Length; slot++)
        {
            var phase = ((slot + 0.5) / curve.Length) - peak;
            curve[slot] = (float)(mean * (1 + (swing * Math.Cos(2 * Math.PI * phase))));
            var room = 0.15 * curve[slot];
            variance[slot] = (float)(room * room);
        }

        return new LoadCurve(curve, variance, mean * (0.5 + random.NextDouble()));
    }
}
