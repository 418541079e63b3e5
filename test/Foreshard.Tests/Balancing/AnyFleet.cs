using CsCheck;
using Foreshard.Balancing;
using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

/// <summary>Made-up inputs with everything that an input can have: states, budgets, groups, members, regions, partners, running moves, freezes.</summary>
internal static class AnyFleet
{
    private static readonly DateTime Start = new(2026, 3, 2, 6, 0, 0, DateTimeKind.Utc);
    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Integer);
    private static readonly string[] Regions = ["eu", "us", "asia"];
    private static readonly TimeSpan[] SlotLengths = [TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1)];

    /// <summary>Inputs with the options to plan them by; the same for the same seed.</summary>
    public static Gen<(PlanInput Input, BalancerOptions Options)> Gen { get; } = CsCheck.Gen.Int[0, 1_000_000].Select(seed => Make(new Random(seed)));

    /// <summary>The same, everything in another order.</summary>
    public static PlanInput Shuffled(PlanInput input, Random random) => input with
    {
        Partitions = Shuffle(input.Partitions, random),
        Running = Shuffle(input.Running, random),
        Freezes = Shuffle(input.Freezes, random),
        Units = Shuffle(
            [
                .. input.Units.Select(unit => unit with
                {
                    Regions = unit.Regions,
                    Partners = Shuffle(unit.Partners, random),
                    Split = unit.Split is { } split ? Shuffled(split, random) : null,
                    Members = Shuffle(unit.Members, random),
                }),
            ],
            random),
    };

    private static SplitSubject Shuffled(SplitSubject split, Random random) =>
        split with { Groups = Shuffle(split.Groups, random), Edges = Shuffle(split.Edges, random) };

    private static T[] Shuffle<T>(IReadOnlyList<T> items, Random random)
    {
        T[] shuffled = [.. items];
        random.Shuffle(shuffled);
        return shuffled;
    }

    private static (PlanInput Input, BalancerOptions Options) Make(Random random)
    {
        var horizon = AnyHorizon(random);
        var partitions = Enumerable.Range(1, random.Next(2, 5)).Select(number => Partition(number, horizon, random)).ToArray();
        var share = 0.3 + (0.7 * random.NextDouble());
        var capacity = partitions.Sum(partition => partition.Capacity);
        var count = random.Next(3, 16);
        var mean = 2 * share * capacity / count;
        var units = Enumerable.Range(0, count).Select(index => Unit(index, partitions, horizon, mean * random.NextDouble(), random)).ToArray();
        var running = units.Where(_ => random.Next(10) == 0)
            .Select(unit => new RunningMove(
                unit.Unit, unit.Partition, partitions[random.Next(partitions.Length)].Id, Start.AddMinutes(random.Next(-5, 60)), unit.Bytes / 2))
            .Where(move => move.From != move.To).Take(1).ToArray();
        var input = new PlanInput
        {
            Horizon = horizon,
            Partitions = partitions,
            ResizedUtc = random.Next(3) == 0 ? Start.AddHours(-random.Next(0, 12)) : null,
            Units = units,
            Running = running,
            Freezes = random.Next(3) == 0 ? [new FreezeWindow(Start.AddMinutes(random.Next(-30, 90)), Start.AddMinutes(random.Next(91, 200)))] : [],
            RoundTrips = random.Next(2) == 0 ? RoundTrips.None : new RoundTrips(new Dictionary<(string, string), double> { [("eu", "us")] = 80 }, 1, 50),
            BytesMovedLastHour = random.Next(2) * 5e9,
        };
        return (input, BalancerOptions.Default with
        {
            BytesPerHour = random.Next(2) == 0 ? double.PositiveInfinity : 40e9,
            MovesPerPartition = random.Next(1, 3),
            Cooldown = TimeSpan.FromHours(random.Next(0, 4)),
        });
    }

    private static FleetPartition Partition(int number, PlanHorizon horizon, Random random) => new()
    {
        Id = new PartitionId(number),
        Name = $"p{number}",
        Region = Regions[random.Next(3)],
        Capacity = random.Next(3) == 0 ? 150 : 100,
        SizeBudgetBytes = random.Next(3) == 0 ? 0 : 150e9,
        MoveBytesPerSecond = 50e6,
        State = number > 1 && random.Next(6) == 0 ? FleetState.Draining : FleetState.Active,
        ReadyUtc = number > 2 && random.Next(6) == 0 ? horizon.StartOf(horizon.SlotCount / 3) : default,
    };

    private static PlanUnit Unit(int index, FleetPartition[] partitions, PlanHorizon horizon, double mean, Random random)
    {
        // What isn't ready yet holds nothing yet.
        var homes = partitions.Where(partition => partition.ReadyUtc <= Start).ToArray();
        var unit = new PlanUnit
        {
            Unit = new UnitId(index),
            Partition = homes[random.Next(homes.Length)].Id,
            Curve = Curve(mean, horizon, random),
            Bytes = 40e9 * random.NextDouble(),
            GrowthPerDay = random.Next(3) * 2e9,
            Regions = Mix(random),
            LastMovedUtc = random.Next(3) == 0 ? Start.AddHours(-4 * random.NextDouble()) : null,
            IsAbstaining = random.Next(6) == 0,
            IsSurging = random.Next(8) == 0,
            IsNew = random.Next(2) == 0,
        };
        return random.Next(3) switch
        {
            0 => unit,
            1 => Bucket(unit, horizon, random),
            _ => Shard(unit, horizon, random),
        };
    }

    private static PlanUnit Shard(PlanUnit unit, PlanHorizon horizon, Random random)
    {
        var entity = Customer.Key(unit.Unit.Value);
        var split = Split(entity, unit.Curve.MeanLoad, unit.Bytes, horizon, random);
        return unit with
        {
            Entity = entity,
            Curve = LoadCurve.Sum(horizon.SlotCount, split.Groups.Select(group => group.Curve).Append(split.Rest)),
            Split = random.Next(4) == 0 ? null : split,
            Partners = random.Next(2) == 0 ? [] : [new PlanPartner(Customer.Key(random.Next(16)), 5 * random.NextDouble())],
        };
    }

    private static PlanUnit Bucket(PlanUnit unit, PlanHorizon horizon, Random random)
    {
        var members = Enumerable.Range(0, random.Next(3)).Select(number =>
        {
            var entity = Customer.Key(1000 + (10 * unit.Unit.Value) + number);
            var curve = Curve(unit.Curve.MeanLoad / 3, horizon, random);
            return new PlanMember(entity, curve, unit.Bytes / 4);
        }).ToArray();
        return unit with
        {
            Members = members,
            Curve = LoadCurve.Sum(horizon.SlotCount, members.Select(member => member.Curve).Append(unit.Curve.Times(0.3))),
        };
    }

    private static SplitSubject Split(EntityKey entity, double mean, double bytes, PlanHorizon horizon, Random random)
    {
        var isLine = random.Next(2) == 0;
        var keys = Enumerable.Range(0, random.Next(2, 6)).Select(number => isLine ? GroupKey.Of(10L * number) : GroupKey.Of($"g{number}")).ToArray();
        return new SplitSubject
        {
            Entity = entity,
            Kind = isLine ? GroupKind.Integer : GroupKind.Segment,
            Groups = [.. keys.Select(key => new GroupLoad(key, Curve(mean / keys.Length, horizon, random), bytes / (keys.Length + 1), Mix(random)))],
            Edges =
            [
                .. Enumerable.Range(0, random.Next(3)).Select(_ => new GroupEdge(
                    keys[random.Next(keys.Length)], keys[random.Next(keys.Length)], (GroupRelation)random.Next(3), 0.2 * random.NextDouble())),
            ],
            Rest = Curve(mean / 20, horizon, random),
            RestBytes = bytes / (keys.Length + 1),
        };
    }

    private static LabelShare[] Mix(Random random) => random.Next(3) == 0 ? [] : [new LabelShare(Regions[random.Next(3)], 0.3 + (0.7 * random.NextDouble()))];

    private static PlanHorizon AnyHorizon(Random random)
    {
        var horizon = new PlanHorizon(Start, SlotLengths[random.Next(3)], random.Next(4, 17));
        return random.Next(2) == 0 ? horizon : horizon with { FineCount = random.Next(1, horizon.SlotCount + 1), FineLength = horizon.SlotLength / 3 };
    }

    private static LoadCurve Curve(double mean, PlanHorizon horizon, Random random)
    {
        var (peak, swing, room) = (random.NextDouble(), random.NextDouble(), 0.3 * random.NextDouble());
        var loads = Enumerable.Range(0, horizon.SlotCount)
            .Select(slot => (float)(mean * (1 + (swing * Math.Cos(2 * Math.PI * (((slot + 0.5) / horizon.SlotCount) - peak)))))).ToArray();
        return new LoadCurve(loads, [.. loads.Select(load => (float)(load * room * load * room))], mean * random.NextDouble());
    }
}
