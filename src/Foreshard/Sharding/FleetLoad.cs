using System.Numerics;
using System.Numerics.Tensors;

namespace Foreshard.Sharding;

/// <summary>What is planned to be asked of every partition in every slot, and what that costs. Mutable; for one thread.</summary>
/// <remarks>
/// The cost of a partition over the horizon is the sum over its slots of
/// <c>weight · seconds · ((L − C)⁺ + Strain·(L − TargetShare·C)⁺ + Imbalance·(M − K)⁺)</c>, of <c>CrowdTime · (B − F)⁺² ÷ C</c> and of the price of
/// bytes above its budget. M is the mean load, L = M + √(variance) the planned one, C the capacity, K the fleet's mean utilisation of the slot
/// times C, a band above it, B the partition's busy load, and F what it may be: C times the fleet's busy utilisation ÷ TargetShare.
/// All terms are convex in the load, so that what interleaves costs less than what coincides. The weight of a slot falls with its distance
/// (<see cref="CostOptions.ForesightTime"/>).
/// </remarks>
internal sealed class FleetLoad
{
    /// <summary>Share of its target below which a partition is never busier than it should be: where little is asked for, it may be anywhere.</summary>
    private const double BandFloor = 0.5;

    private readonly PlanHorizon horizon;
    private readonly CostOptions options;
    private readonly int slots;
    private readonly float[] weights;
    private readonly float[] mean;
    private readonly float[] variance;
    private readonly float[] capacity;
    private readonly float[] balance;
    private readonly double[] bytes;
    private readonly double[] busy;
    private double crowd;

    /// <summary>Of each partition: cost of the slots before each slot, without bytes.</summary>
    private readonly double[] before;

    /// <param name="horizon">The time that is planned.</param>
    /// <param name="partitions">In the order of their ids; what is told by index below goes by this order.</param>
    /// <param name="options">The prices.</param>
    public FleetLoad(PlanHorizon horizon, IReadOnlyList<FleetPartition> partitions, CostOptions options)
    {
        this.horizon = horizon;
        this.options = options;
        Partitions = partitions;
        slots = horizon.SlotCount;
        weights =
        [
            .. Enumerable.Range(0, slots)
                .Select(slot => (float)(horizon.LengthOf(slot).TotalSeconds * options.WeightOf(horizon.StartOf(slot) - horizon.StartUtc))),
        ];
        mean = new float[partitions.Count * slots];
        variance = new float[mean.Length];
        capacity = new float[mean.Length];
        balance = new float[mean.Length];
        bytes = new double[partitions.Count];
        busy = new double[partitions.Count];
        before = new double[partitions.Count * (slots + 1)];
        for (var partition = 0; partition < partitions.Count; partition++)
        {
            var ready = ReadySlot(partitions[partition]);
            CapacityOf(partition)[ready..].Fill((float)partitions[partition].Capacity);
        }

        balance.AsSpan().Fill(float.PositiveInfinity);
    }

    private FleetLoad(FleetLoad other)
        : this(other.horizon, other.Partitions, other.options)
    {
        other.mean.CopyTo(mean, 0);
        other.variance.CopyTo(variance, 0);
        other.balance.CopyTo(balance, 0);
        other.bytes.CopyTo(bytes, 0);
        other.busy.CopyTo(busy, 0);
        crowd = other.crowd;
        other.before.CopyTo(before, 0);
    }

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyList<FleetPartition> Partitions { get; }

    /// <summary>The time that is planned.</summary>
    public PlanHorizon Horizon => horizon;

    /// <summary>The prices.</summary>
    public CostOptions Options => options;

    /// <summary>The same, to be changed apart.</summary>
    public FleetLoad Copy() => new(this);

    /// <summary>Mean load of each slot, cost units per second.</summary>
    public ReadOnlySpan<float> MeanOf(int partition) => mean.AsSpan(partition * slots, slots);

    /// <summary>Variance of each slot.</summary>
    public ReadOnlySpan<float> VarianceOf(int partition) => variance.AsSpan(partition * slots, slots);

    /// <summary>Bytes at the end of the horizon.</summary>
    public double BytesOf(int partition) => bytes[partition];

    /// <summary>Seconds of a slot, weighted by its distance: what a cost unit per second costs in it.</summary>
    public double SecondsAt(int slot) => weights[slot];

    /// <summary>Mean load of a slot from which a partition is busier than the fleet, cost units per second.</summary>
    public double BalanceAt(int partition, int slot) => balance[(partition * slots) + slot];

    /// <summary>Load that is planned for a slot, as a share of capacity; 0 if nothing is asked for.</summary>
    public double ShareAt(int partition, int slot)
    {
        var at = (partition * slots) + slot;
        var planned = mean[at] + Math.Sqrt(Math.Max(0, variance[at]));
        return planned <= 0 ? 0 : planned / Math.Max(capacity[at], 1e-9);
    }

    /// <summary>The slot with the largest planned share of capacity, the first of equals.</summary>
    public int PeakSlotOf(int partition)
    {
        var peak = 0;
        for (var slot = 1; slot < slots; slot++)
        {
            if (ShareAt(partition, slot) > ShareAt(partition, peak)) peak = slot;
        }

        return peak;
    }

    /// <summary>The largest planned share of capacity.</summary>
    public double PeakShareOf(int partition) => ShareAt(partition, PeakSlotOf(partition));

    /// <summary>The first slot whose planned share of capacity is above a share; null if none is.</summary>
    public int? FirstSlotAbove(int partition, double share)
    {
        for (var slot = 0; slot < slots; slot++)
        {
            if (ShareAt(partition, slot) > share) return slot;
        }

        return null;
    }

    /// <summary>Adds what will be on a partition from a slot on; by -1 times, takes it away. <see cref="Update"/> has to follow.</summary>
    public void Add(int partition, LoadCurve curve, int from, int times = 1)
    {
        if (from >= slots) return;
        busy[partition] += times * curve.Busy;
        var start = (partition * slots) + from;
        var count = slots - from;
        var means = mean.AsSpan(start, count);
        var variances = variance.AsSpan(start, count);
        TensorPrimitives.MultiplyAdd(curve.Mean[from..], times, means, means);
        TensorPrimitives.MultiplyAdd(curve.Variance[from..], times, variances, variances);
    }

    /// <summary>Adds a load between two moments; each slot gets its part. <see cref="Update"/> has to follow.</summary>
    public void AddLoad(int partition, double load, DateTime fromUtc, DateTime toUtc)
    {
        var (from, to) = (horizon.PositionOf(fromUtc - horizon.StartUtc), horizon.PositionOf(toUtc - horizon.StartUtc));
        for (var slot = Math.Max(0, (int)from); slot < slots && slot < to; slot++)
        {
            var part = Math.Min(to, slot + 1) - Math.Max(from, slot);
            if (part > 0) mean[(partition * slots) + slot] += (float)(load * part);
        }
    }

    /// <summary>Adds bytes at the end of the horizon. <see cref="Update"/> has to follow.</summary>
    public void AddBytes(int partition, double count) => bytes[partition] += count;

    /// <summary>Takes the fleet's mean utilisation as it is now for what balance is.</summary>
    public void SetBalance()
    {
        for (var slot = 0; slot < slots; slot++)
        {
            double load = 0, room = 0;
            for (var partition = 0; partition < Partitions.Count; partition++)
            {
                load += mean[(partition * slots) + slot];
                if (Partitions[partition].State == FleetState.Active) room += capacity[(partition * slots) + slot];
            }

            var share = room > 0 ? Math.Min(load / room, options.TargetShare) : options.TargetShare;
            for (var partition = 0; partition < Partitions.Count; partition++)
            {
                var at = (partition * slots) + slot;
                balance[at] = (float)(Math.Max(share * (1 + options.Band), BandFloor * options.TargetShare) * capacity[at]);
            }
        }

        var target = Partitions.Where(partition => partition.State == FleetState.Active).Sum(partition => partition.Capacity) * options.TargetShare;
        crowd = busy.Sum() is > 0 and var sum ? target / sum : 0;
        for (var partition = 0; partition < Partitions.Count; partition++) Update(partition);
    }

    /// <summary>Brings what is kept of a partition's cost up to date.</summary>
    public void Update(int partition)
    {
        var sum = 0.0;
        var row = partition * (slots + 1);
        for (var slot = 0; slot < slots; slot++)
        {
            before[row + slot] = sum;
            var at = (partition * slots) + slot;
            sum += SlotCost(mean[at], variance[at], capacity[at], balance[at]) * weights[slot];
        }

        before[row + slots] = sum;
    }

    /// <summary>What a load would ask for if everybody came at once: all busy loads grown alike until the fleet is at its target.</summary>
    public double CrowdOf(LoadCurve curve) => crowd * curve.Busy;

    /// <summary>The same of all that is on a partition.</summary>
    public double CrowdAt(int partition) => crowd * busy[partition];

    /// <summary>Busy load that a partition may have and still be below its capacity if everybody came at once; null if nothing was ever busy.</summary>
    public double? FairAt(int partition) => crowd > 0 ? Partitions[partition].Capacity / crowd : null;

    /// <summary>Cost of a partition.</summary>
    public double CostOf(int partition) =>
        before[(partition * (slots + 1)) + slots] + SizeCost(partition, bytes[partition]) + CrowdCost(partition, busy[partition]);

    /// <summary>Cost of a partition if a load came to it from a slot on.</summary>
    public double CostWith(int partition, LoadCurve curve, int from, double added) =>
        CostAfter(partition, curve, 1, from) + SizeCost(partition, bytes[partition] + added);

    /// <summary>Cost of a partition if a load that it has went from a slot on.</summary>
    public double CostWithout(int partition, LoadCurve curve, int from, double removed) =>
        CostAfter(partition, curve, -1, from) + SizeCost(partition, bytes[partition] - removed);

    /// <summary>Cost of a partition if one load came and another one went.</summary>
    public double CostAfterSwap(int partition, LoadCurve coming, int comingFrom, LoadCurve going, int goingFrom, double bytesChange)
    {
        var start = Math.Min(comingFrom, goingFrom);
        var cost = before[(partition * (slots + 1)) + Math.Min(start, slots)];
        cost += CrowdCost(partition, busy[partition] + (comingFrom < slots ? coming.Busy : 0) - (goingFrom < slots ? going.Busy : 0));
        for (var slot = start; slot < slots; slot++)
        {
            var at = (partition * slots) + slot;
            var (m, v) = (mean[at], variance[at]);
            if (slot >= comingFrom) (m, v) = (m + coming.Mean[slot], v + coming.Variance[slot]);
            if (slot >= goingFrom) (m, v) = (m - going.Mean[slot], v - going.Variance[slot]);
            cost += SlotCost(m, v, capacity[at], balance[at]) * weights[slot];
        }

        return cost + SizeCost(partition, bytes[partition] + bytesChange);
    }

    /// <summary>Largest planned share of capacity from a slot on, if a load came to a partition then.</summary>
    public double PeakShareWith(int partition, LoadCurve curve, int from)
    {
        var peak = 0.0;
        for (var slot = from; slot < slots; slot++)
        {
            var at = (partition * slots) + slot;
            var planned = mean[at] + curve.Mean[slot] + Math.Sqrt(Math.Max(0, variance[at] + curve.Variance[slot]));
            peak = Math.Max(peak, planned / Math.Max(capacity[at], 1e-9));
        }

        return peak;
    }

    /// <summary>What a partition is above the fleet over the whole horizon, each hour weighing the same: balance that comes and goes is none.</summary>
    public double LastingImbalanceOf(int partition)
    {
        var sum = 0.0;
        for (var slot = 0; slot < slots; slot++)
        {
            var at = (partition * slots) + slot;
            sum += Math.Max(0, mean[at] - balance[at]) * horizon.LengthOf(slot).TotalSeconds;
        }

        return sum * options.Imbalance;
    }

    /// <summary>The terms of a partition's cost.</summary>
    public PlacementCost TermsOf(int partition) => TermsAfter(partition, null, slots, 0, 0);

    /// <summary>The terms of a partition's cost if a load came to it (once) or went (-1 times) from a slot on.</summary>
    public PlacementCost TermsAfter(int partition, LoadCurve? curve, int from, int times, double bytesChange)
    {
        double overload = 0, strain = 0, imbalance = 0;
        for (var slot = 0; slot < slots; slot++)
        {
            var at = (partition * slots) + slot;
            var (load, spread) = (mean[at], variance[at]);
            if (slot >= from) (load, spread) = (load + (times * curve!.Mean[slot]), spread + (times * curve.Variance[slot]));
            var planned = load + Math.Sqrt(Math.Max(0, spread));
            overload += Math.Max(0, planned - capacity[at]) * weights[slot];
            strain += Math.Max(0, planned - (options.TargetShare * capacity[at])) * weights[slot];
            imbalance += Math.Max(0, load - balance[at]) * weights[slot];
        }

        return new PlacementCost(
            overload,
            strain * options.Strain,
            imbalance * options.Imbalance,
            CrowdCost(partition, from < slots ? busy[partition] + (times * curve!.Busy) : busy[partition]),
            SizeCost(partition, bytes[partition] + bytesChange),
            Latency: 0,
            Partners: 0,
            Transfer: 0);
    }

    private static float Positive(float value) => value > 0 ? value : 0;

    private int ReadySlot(FleetPartition partition)
    {
        if (partition.ReadyUtc <= horizon.StartUtc) return 0;
        return (int)Math.Min(slots, Math.Ceiling(horizon.PositionOf(partition.ReadyUtc - horizon.StartUtc)));
    }

    private Span<float> CapacityOf(int partition) => capacity.AsSpan(partition * slots, slots);

    private double CostAfter(int partition, LoadCurve curve, int times, int from)
    {
        var kept = before[(partition * (slots + 1)) + Math.Min(from, slots)];
        if (from >= slots) return kept + CrowdCost(partition, busy[partition]);
        kept += CrowdCost(partition, busy[partition] + (times * curve.Busy));
        var start = (partition * slots) + from;
        var count = slots - from;
        return kept + SlotCosts(
            mean.AsSpan(start, count),
            variance.AsSpan(start, count),
            curve.Mean.Slice(from, count),
            curve.Variance.Slice(from, count),
            times,
            capacity.AsSpan(start, count),
            balance.AsSpan(start, count),
            weights.AsSpan(from));
    }

    private double SlotCosts(
        ReadOnlySpan<float> means,
        ReadOnlySpan<float> variances,
        ReadOnlySpan<float> addedMeans,
        ReadOnlySpan<float> addedVariances,
        float times,
        ReadOnlySpan<float> capacities,
        ReadOnlySpan<float> balances,
        ReadOnlySpan<float> seconds)
    {
        var sum = Vector<float>.Zero;
        var target = new Vector<float>((float)options.TargetShare);
        var i = 0;
        for (; i <= means.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var load = new Vector<float>(means[i..]) + (new Vector<float>(addedMeans[i..]) * times);
            var spread = new Vector<float>(variances[i..]) + (new Vector<float>(addedVariances[i..]) * times);
            var planned = load + Vector.SquareRoot(Vector.Max(spread, Vector<float>.Zero));
            var limit = new Vector<float>(capacities[i..]);
            var cost = Vector.Max(planned - limit, Vector<float>.Zero);
            cost += Vector.Max(planned - (limit * target), Vector<float>.Zero) * (float)options.Strain;
            cost += Vector.Max(load - new Vector<float>(balances[i..]), Vector<float>.Zero) * (float)options.Imbalance;
            sum += cost * new Vector<float>(seconds[i..]);
        }

        double all = Vector.Sum(sum);
        for (; i < means.Length; i++)
            all += SlotCost(means[i] + (times * addedMeans[i]), variances[i] + (times * addedVariances[i]), capacities[i], balances[i]) * seconds[i];
        return all;
    }

    private double SlotCost(float load, float spread, float limit, float balanced)
    {
        var planned = load + MathF.Sqrt(Positive(spread));
        var cost = Positive(planned - limit) + ((float)options.Strain * Positive(planned - (limit * (float)options.TargetShare)));
        return cost + ((float)options.Imbalance * Positive(load - balanced));
    }

    /// <summary>
    /// What is expected above capacity of a crowd that nobody forecast. Let all busy loads grow to <c>s</c> times, with a chance of <c>1 ÷ s²</c> that
    /// it is more, but no further than until the fleet is at its target (<c>s = crowd</c>): beyond, no placement would do. The mean of what is above
    /// capacity, <c>∫ (s·B − C)⁺ 2s⁻³ ds</c> to there, is <c>(B − C÷crowd)² ÷ C</c> where a partition has more than its share.
    /// </summary>
    private double CrowdCost(int partition, double load)
    {
        if (FairAt(partition) is not { } fair) return 0;
        var above = Math.Max(0, load - fair);
        return above * above / Partitions[partition].Capacity * options.CrowdTime.TotalSeconds;
    }

    /// <summary>A budget exceeded by itself again is as bad as a partition that is asked for twice its capacity all the time.</summary>
    private double SizeCost(int partition, double held)
    {
        var (budget, limit) = (Partitions[partition].SizeBudgetBytes, Partitions[partition].Capacity);
        return budget <= 0 || held <= budget ? 0 : (held - budget) / budget * limit * horizon.Seconds;
    }
}
