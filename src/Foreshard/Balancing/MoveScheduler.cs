using Foreshard.Sharding;

namespace Foreshard.Balancing;

/// <summary>Gives moves their times: early enough, where their own load hurts least, within all limits. For one thread.</summary>
/// <remarks>
/// Moves are taken in the order in which their sources come into trouble. Of each, every start in the horizon is looked at: the plan so far
/// with the move's own load at both ends while it runs, and its unit at the target from its end on. What doesn't gain that way is left out.
/// </remarks>
internal sealed class MoveScheduler
{
    /// <summary>Partitions that a step shows of those that were looked at.</summary>
    private const int CandidatesShown = 5;

    /// <summary>Starts that are tried of the first of two moves that gain together.</summary>
    private const int PairStarts = 16;

    /// <summary>Seconds of a partition's capacity up to which what a move makes worse is no harm.</summary>
    private const double Harmless = 1e-3;

    /// <summary>A later start has to be cheaper by this share of the gain: equal ones are taken now.</summary>
    private const double LaterGains = 0.01;

    /// <summary>Share of the gain that may be lost by waiting: by then it is known better whether the move is needed.</summary>
    private const double WaitingLoses = 0.03;

    /// <summary>How much earlier a move begins than it would have to: forecasts are off by that, and other moves may be in the way.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(30);

    private readonly FleetLoad load;
    private readonly PlacementPrices prices;
    private readonly MoveTimeline timeline;
    private readonly BalancerOptions options;
    private readonly PlanDraft draft;
    private readonly double worst;
    private readonly List<(DateTime End, double Bytes)>[] departures;
    private readonly double[] held;

    /// <param name="load">Everything at home; moves are added to it.</param>
    /// <param name="draft">Where everything shall be.</param>
    /// <param name="timeline">What runs already.</param>
    /// <param name="leaving">What is on its way already: which partition has its bytes until when.</param>
    /// <param name="worst">Largest planned share of a partition's capacity that units may bring about.</param>
    /// <param name="options">How plans are made.</param>
    public MoveScheduler(
        FleetLoad load,
        PlanDraft draft,
        MoveTimeline timeline,
        IEnumerable<(int Partition, DateTime EndUtc, double Bytes)> leaving,
        double worst,
        BalancerOptions options)
    {
        this.load = load;
        this.draft = draft;
        this.timeline = timeline;
        this.worst = worst;
        this.options = options;
        prices = draft.Prices;
        departures = [.. Enumerable.Range(0, load.Partitions.Count).Select(_ => new List<(DateTime, double)>())];
        held = [.. Enumerable.Range(0, load.Partitions.Count).Select(load.BytesOf)];
        foreach (var (partition, end, bytes) in leaving)
        {
            held[partition] += bytes;
            departures[partition].Add((end, bytes));
        }
    }

    /// <summary>The moves that got a time, in the order in which they got it.</summary>
    public List<PlanMove> Scheduled { get; } = [];

    /// <summary>The moves that got none, with why.</summary>
    public List<(PlanMove Move, RefusalReason Reason)> Refused { get; } = [];

    /// <summary>Schedules what can be.</summary>
    public void Run(IEnumerable<PlanMove> moves)
    {
        var pending = moves
            .OrderBy(move => load.Partitions[move.From].State == FleetState.Draining ? 1 : 0)
            .ThenBy(move => load.FirstSlotAbove(move.From, 1) ?? int.MaxValue)
            .ThenBy(move => load.FirstSlotAbove(move.From, load.Options.TargetShare) ?? int.MaxValue)
            .ThenByDescending(move => move.Subject.Curve.Peak / Duration(move).TotalSeconds)
            .ThenBy(move => move.Unit.Unit)
            .ThenBy(move => move.Entity)
            .ThenBy(move => move.To)
            .ToList();
        var reasons = new Dictionary<PlanMove, RefusalReason>();
        for (var progress = true; progress;)
        {
            progress = false;
            foreach (var move in pending.ToList())
            {
                if (TrySchedule(move) is { } reason)
                {
                    reasons[move] = reason;
                    continue;
                }

                pending.Remove(move);
                progress = true;
            }

            progress |= TryPairs(pending);
        }

        foreach (var move in pending) Refused.Add((move, reasons[move]));
    }

    /// <summary>Schedules a move that needn't gain, as soon as it hurts nowhere.</summary>
    /// <returns>When it ends; null if it isn't scheduled.</returns>
    public DateTime? AddHarmless(PlanMove move)
    {
        if (SizeFreeAt(move.To, move.Subject.BytesAtEnd) is null) return null;
        var harmless = Harmless * load.Partitions[move.To].Capacity;
        foreach (var (start, _) in Starts(move))
        {
            if (start is not { } begin || MakesWorse(move, begin + Duration(move)) || HarmOf(move, begin) > harmless) continue;
            Take(move, begin);
            return begin + Duration(move);
        }

        return null;
    }

    private double NeededOf(PlanMove move) => -(options.MinImprovement - 1) * prices.TransferOf(move.Subject.Bytes, move.From, move.To);

    private TimeSpan Duration(PlanMove move) => prices.DurationOf(move.Subject.Bytes, move.From, move.To);

    /// <returns>Null if it is scheduled; otherwise why it isn't.</returns>
    private RefusalReason? TrySchedule(PlanMove move, bool isPair = false)
    {
        if (load.Partitions[move.To].SizeBudgetBytes is var budget and > 0 && held[move.To] + move.Subject.BytesAtEnd > budget
            && SizeFreeAt(move.To, move.Subject.BytesAtEnd) is null)
        {
            return RefusalReason.TargetFull;
        }

        var (start, change, reason) = BestStart(move);
        if (start is not { } begin) return reason;
        if (!isPair && (change >= NeededOf(move) || !LastsIfForBalance(move, begin, NeededOf(move)))) return RefusalReason.NoGain;
        Take(move, isPair ? begin : PatientStart(move, begin, change));
        return null;
    }

    private (DateTime? Start, double Change, RefusalReason Reason) BestStart(PlanMove move)
    {
        var (duration, needed) = (Duration(move), NeededOf(move));
        var reason = RefusalReason.TooLate;
        DateTime? breach = load.FirstSlotAbove(move.From, 1) is { } slot ? load.Horizon.StartOf(slot) : null;
        DateTime? best = null;
        var bestChange = double.MaxValue;
        foreach (var (at, hindrance) in Starts(move))
        {
            if (at is not { } start)
            {
                if (best is null) reason = hindrance;
                break;
            }

            // What can be over before the breach isn't put off for an hour of a more even fleet.
            if (bestChange < needed && start + duration > breach && best + duration <= breach) break;
            if (MakesWorse(move, start + duration))
            {
                if (best is null) reason = RefusalReason.WorseMeanwhile;
                continue;
            }

            var change = ChangeOf(move, start, start + duration);
            if (best is null && change - ChangeOf(move, start, start + duration, hasLoad: false) <= LaterGains * Math.Abs(change))
                return (start, change, reason); // the move hurts nobody: later is not better
            if (best is null || change < bestChange - (LaterGains * Math.Abs(bestChange))) (best, bestChange) = (start, change);
        }

        return (best, bestChange, reason);
    }

    /// <summary>The starts that a move could have, in their order; at the end of them perhaps none, with what was in the way.</summary>
    private IEnumerable<(DateTime? Start, RefusalReason Hindrance)> Starts(PlanMove move)
    {
        var duration = Duration(move);
        var earliest = SizeFreeAt(move.To, move.Subject.BytesAtEnd) ?? load.Horizon.StartUtc;
        if (load.Partitions[move.To].ReadyUtc is var ready && ready > earliest) earliest = ready;
        for (var slot = -1; slot < load.Horizon.SlotCount; slot++)
        {
            var from = slot < 0 ? earliest : load.Horizon.StartOf(slot);
            if (from < earliest) continue;
            var start = timeline.FirstFree(move.From, move.To, duration, move.Subject.Bytes, from, out var hindrance);
            if (start is { } begin && FromSlot(begin + duration) == load.Horizon.SlotCount) yield break; // what comes of it wouldn't be seen
            yield return (start, hindrance);
            if (start is null) yield break;
        }
    }

    /// <summary>
    /// The start at which a move is to begin, if the best one is known: later, where waiting loses nearly nothing, since what is far away will be
    /// forecast better. It is over in time before its source is above its target; what isn't for that doesn't wait.
    /// </summary>
    private DateTime PatientStart(PlanMove move, DateTime best, double bestChange)
    {
        var source = load.Partitions[move.From];
        var isOutgrown = source.SizeBudgetBytes > 0 && load.BytesOf(move.From) > source.SizeBudgetBytes;
        if (source.State == FleetState.Draining || isOutgrown || PriceOf(move) < 0) return best;
        if (load.FirstSlotAbove(move.From, load.Options.TargetShare) is not { } trouble) return best;
        var duration = Duration(move);
        var allowed = bestChange + (WaitingLoses * Math.Abs(bestChange));
        var patient = best;
        for (var slot = 0; slot < load.Horizon.SlotCount; slot++)
        {
            var from = load.Horizon.StartOf(slot);
            if (from - Margin <= patient) continue;
            if (timeline.FirstFree(move.From, move.To, duration, move.Subject.Bytes, from, out _) is not { } start) break;
            if (FromSlot(start + duration) > trouble || ChangeOf(move, start, start + duration) > allowed) break;
            var early = start - Margin - duration;
            if (early <= patient || timeline.FirstFree(move.From, move.To, duration, move.Subject.Bytes, early, out _) is not { } begin) continue;
            if (begin <= start && ChangeOf(move, begin, begin + duration) <= allowed) patient = begin;
        }

        return patient;
    }

    private bool MakesWorse(PlanMove move, DateTime end) => load.PeakShareWith(move.To, move.Subject.Curve, FromSlot(end)) > worst;

    /// <summary>What a move at that time changes, its price included.</summary>
    private double ChangeOf(PlanMove move, DateTime start, DateTime end, bool hasLoad = true)
    {
        var before = load.CostOf(move.From) + load.CostOf(move.To);
        if (!hasLoad) start = end;
        Apply(move, start, end, 1);
        var after = load.CostOf(move.From) + load.CostOf(move.To);
        Apply(move, start, end, -1);
        return after - before + PriceOf(move);
    }

    /// <summary>
    /// Whether a move that does nothing but make the fleet more even does so for the whole horizon: what is right by day and wrong by night would
    /// go back and forth every day.
    /// </summary>
    private bool LastsIfForBalance(PlanMove move, DateTime start, double needed)
    {
        var transfer = prices.TransferOf(move.Subject.Bytes, move.From, move.To);
        if (PriceOf(move) < transfer || HarmOf(move, start) < -Harmless * load.Partitions[move.From].Capacity) return true;
        var before = load.LastingImbalanceOf(move.From) + load.LastingImbalanceOf(move.To);
        Apply(move, start, start + Duration(move), 1);
        var after = load.LastingImbalanceOf(move.From) + load.LastingImbalanceOf(move.To);
        Apply(move, start, start + Duration(move), -1);
        return after - before + transfer < needed;
    }

    /// <summary>What a move at that time makes worse for users. That the fleet is less even is no harm: what has cooled weighs little.</summary>
    private double HarmOf(PlanMove move, DateTime start)
    {
        var before = load.TermsOf(move.From) + load.TermsOf(move.To);
        Apply(move, start, start + Duration(move), 1);
        var change = load.TermsOf(move.From) + load.TermsOf(move.To) - before;
        Apply(move, start, start + Duration(move), -1);
        return change.Overload + change.Strain + change.Size + change.Crowding;
    }

    private double TransferOf(PlanMove move) => prices.TransferOf(move.Subject.Bytes, move.From, move.To) + move.Atoms.Max(atom => atom.AgainPrice);

    private double PriceOf(PlanMove move)
    {
        var price = TransferOf(move) - move.Atoms.Sum(atom => atom.StayPrice);
        price += prices.LatencyOf(move.Subject, move.To, load.Horizon) - prices.LatencyOf(move.Subject, move.From, load.Horizon);
        var atom = move.Atoms[0].Index;
        return price + draft.PartnerPriceOf(atom, move.To) - draft.PartnerPriceOf(atom, move.From);
    }

    private void Apply(PlanMove move, DateTime start, DateTime end, int times)
    {
        var from = FromSlot(end);
        load.Add(move.From, move.Subject.Curve, from, -times);
        load.Add(move.To, move.Subject.Curve, from, times);
        load.AddLoad(move.From, times * prices.MoveLoadAt(move.From), start, end);
        load.AddLoad(move.To, times * prices.MoveLoadAt(move.To), start, end);
        load.AddBytes(move.From, -times * move.Subject.BytesAtEnd);
        load.AddBytes(move.To, times * move.Subject.BytesAtEnd);
        load.Update(move.From);
        load.Update(move.To);
    }

    /// <summary>A unit counts at its target from the first slot that it is there for nearly all of.</summary>
    private int FromSlot(DateTime end) =>
        (int)Math.Clamp(Math.Ceiling(load.Horizon.PositionOf(end - load.Horizon.StartUtc) - 0.2), 0, load.Horizon.SlotCount);

    private void Take(PlanMove move, DateTime start)
    {
        var end = start + Duration(move);
        var candidates = TargetChoice.SelectTargetPartition(load, prices, move.Subject, beginUtc: start);
        var (from, to) = (load.TermsOf(move.From), load.TermsOf(move.To));
        Reserve(move, start);
        var gain = from + to - load.TermsOf(move.From) - load.TermsOf(move.To);
        var atom = move.Atoms[0].Index;
        Scheduled.Add(move with
        {
            StartUtc = start,
            EndUtc = end,
            Gain = gain with
            {
                Latency = prices.LatencyOf(move.Subject, move.From, load.Horizon) - prices.LatencyOf(move.Subject, move.To, load.Horizon),
                Partners = draft.PartnerPriceOf(atom, move.From) - draft.PartnerPriceOf(atom, move.To),
                Transfer = -TransferOf(move),
            },
            Candidates = [.. candidates.Take(CandidatesShown)],
        });
    }

    /// <summary>When a partition will have room for so many bytes more; the horizon's start if it has, null if it won't.</summary>
    private DateTime? SizeFreeAt(int partition, double bytes)
    {
        var over = load.Partitions[partition].SizeBudgetBytes is > 0 and var budget ? held[partition] + bytes - budget : 0;
        if (over <= 0) return load.Horizon.StartUtc;
        foreach (var (end, left) in departures[partition].OrderBy(one => one.End))
        {
            over -= left;
            if (over <= 0) return end;
        }

        return null;
    }

    /// <summary>Two moves in opposite directions of which neither gains alone.</summary>
    private bool TryPairs(List<PlanMove> pending)
    {
        foreach (var first in pending)
        {
            foreach (var second in pending)
            {
                if (first.To != second.From || ReferenceEquals(first, second)) continue;
                if (TryPair(first, second))
                {
                    pending.Remove(first);
                    pending.Remove(second);
                    return true;
                }
            }
        }

        return false;
    }

    private bool TryPair(PlanMove first, PlanMove second)
    {
        // The second frees its place for the first, so it goes ahead, on the credit of what both gain.
        if (SizeFreeAt(second.To, second.Subject.BytesAtEnd) is not { } free) return false;
        if (load.Partitions[second.To].ReadyUtc is var ready && ready > free) free = ready;
        var best = (Start: default(DateTime), Change: 0.0);
        var step = Math.Max(1, load.Horizon.SlotCount / PairStarts);
        for (var slot = 0; slot < load.Horizon.SlotCount; slot += step)
        {
            var from = load.Horizon.StartOf(slot) < free ? free : load.Horizon.StartOf(slot);
            if (timeline.FirstFree(second.From, second.To, Duration(second), second.Subject.Bytes, from, out _) is not { } start) break;
            if (FromSlot(start + Duration(second)) == load.Horizon.SlotCount) break;
            var change = ChangeOf(second, start, start + Duration(second));
            Reserve(second, start);
            var (next, other, _) = BestStart(first);
            var isWorse = next is not { } begin || IsWorseWith(first, begin, second);
            Release(second, start);
            if (!isWorse && change + other < best.Change - (LaterGains * Math.Abs(best.Change))) best = (start, change + other);
        }

        if (best.Change >= 0) return false;
        Take(second, best.Start);
        if (TrySchedule(first, isPair: true) is null) return true;
        Undo();
        return false;
    }

    private bool IsWorseWith(PlanMove first, DateTime begin, PlanMove second)
    {
        Reserve(first, begin);
        var isWorse = load.PeakShareOf(second.To) > worst || load.PeakShareOf(second.From) > worst;
        Release(first, begin);
        return isWorse;
    }

    private void Undo()
    {
        var move = Scheduled[^1];
        Scheduled.RemoveAt(Scheduled.Count - 1);
        Release(move, move.StartUtc);
    }

    private void Reserve(PlanMove move, DateTime start)
    {
        var end = start + Duration(move);
        Apply(move, start, end, 1);
        timeline.Take(move.From, move.To, start, end, move.Subject.Bytes);
        held[move.To] += move.Subject.BytesAtEnd;
        departures[move.From].Add((end, move.Subject.BytesAtEnd));
    }

    /// <summary>Gives back what was reserved last.</summary>
    private void Release(PlanMove move, DateTime start)
    {
        Apply(move, start, start + Duration(move), -1);
        timeline.Release(move.From, move.To);
        held[move.To] -= move.Subject.BytesAtEnd;
        departures[move.From].RemoveAt(departures[move.From].Count - 1);
    }
}
