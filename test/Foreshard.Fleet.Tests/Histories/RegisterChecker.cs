using System.Text;
using Foreshard.FleetClient;

namespace Foreshard.Fleet.Tests.Histories;

/// <summary>One act on one register.</summary>
/// <param name="Start">When it was asked for.</param>
/// <param name="End">When it was answered; <see cref="long.MaxValue"/>: never.</param>
/// <param name="IsSure">Whether it happened for certain.</param>
/// <param name="Expected">The value that it found; null: any.</param>
/// <param name="Excluded">A value that it did not find; null: none.</param>
/// <param name="Written">The value that it left; null: the one that it found.</param>
internal sealed record RegisterAct(long Start, long End, bool IsSure, string? Expected, string? Excluded, string? Written)
{
    /// <summary>Null if the act has nothing to say of the register.</summary>
    public static RegisterAct? Of(HistoryEvent one) => (one.Act, one.Outcome) switch
    {
        (_, Outcomes.Failed) => null,
        (Acts.Read, Outcomes.Done) => new(one.Start, one.End, true, one.Result, null, null),
        (Acts.Write, _) => new(one.Start, one.End, one.IsDone, null, null, one.Argument),
        (Acts.Swap, _) => new(one.Start, one.End, one.IsDone, one.IsDone ? one.Result : null, null, one.Argument),
        (Acts.Cas, Outcomes.Done) when one.Result == "0" => new(one.Start, one.End, true, null, one.Argument.Split('>')[0], null),
        (Acts.Cas, _) => new(one.Start, one.End, one.IsDone, one.Argument.Split('>')[0], null, one.Argument.Split('>')[1]),
        _ => null,
    };
}

/// <summary>
/// Looks for an order of the acts on a register in which each finds what the one before left, and none stands before another that was answered
/// before it was asked for: linearizability, by the search of Wing and Gong with Lowe's memory of what was tried.
/// </summary>
internal static class RegisterChecker
{
    /// <summary>Null if there is such an order, else what can be said of why there is none.</summary>
    /// <param name="acts">Of one register. Values that are written are unlike each other and unlike <paramref name="initial"/>.</param>
    /// <param name="initial">What the register held at first.</param>
    public static string? Find(IEnumerable<RegisterAct> acts, string initial)
    {
        var sorted = Resolve([.. acts]).OrderBy(act => act.Start).ToList();
        return new Search(sorted, initial).Run() ? null : $"no order explains {sorted.Count} acts that begin with '{initial}'; {Hint(sorted, initial)}";
    }

    /// <summary>An act of unknown outcome happened if somebody found what it wrote, and then before that one was answered; otherwise it may stay out.</summary>
    private static List<RegisterAct> Resolve(List<RegisterAct> acts)
    {
        for (var hasChanged = true; hasChanged;)
        {
            hasChanged = false;
            for (var i = 0; i < acts.Count; i++)
            {
                if (acts[i].IsSure || acts.Where(act => act.IsSure && act.Expected == acts[i].Written).ToList() is not { Count: > 0 } seen) continue;
                acts[i] = acts[i] with { IsSure = true, End = seen.Min(act => act.End) };
                hasChanged = true;
            }
        }

        // What nobody saw explains nothing, unless somebody did not find a value that he expected.
        return acts.Exists(act => act.Excluded is not null) ? acts : acts.FindAll(act => act.IsSure);
    }

    private static string Hint(List<RegisterAct> acts, string initial)
    {
        var written = acts.Select(act => act.Written).Append(initial).ToHashSet();
        var invented = acts.Find(act => act.Expected is not null && !written.Contains(act.Expected));
        return invented is null ? string.Join("; ", acts.TakeLast(12)) : $"nobody wrote '{invented.Expected}'";
    }

    private sealed class Search(List<RegisterAct> acts, string initial)
    {
        private readonly bool[] isTaken = new bool[acts.Count];
        private readonly bool[] isAlike = FindAlike(acts);
        private readonly HashSet<string> tried = new(StringComparer.Ordinal);
        private readonly Stack<(int Act, string Before)> order = new();
        private int first;
        private int left = acts.Count(act => act.IsSure);

        public bool Run()
        {
            var value = initial;
            for (var next = 0; left > 0;)
            {
                var found = Candidate(next, value);
                if (found >= 0)
                {
                    Take(found, ref value);
                    next = first;
                    if (tried.Add(State(value))) continue;
                }
                else if (order.Count == 0)
                {
                    return false;
                }

                next = GiveBack(ref value) + 1;
            }

            return true;
        }

        /// <summary>An act from there on that may come next: nobody who is left was answered before it was asked for.</summary>
        /// <remarks>
        /// An act that may stay out serves only to change a value that somebody did not find, so it comes right before such a one or not at all: any order can
        /// be brought to that by putting it off or leaving it out. Where nobody ever tells such writes apart, the first stands for all of them.
        /// </remarks>
        private int Candidate(int from, string value)
        {
            var horizon = Horizon();
            var isWanted = MayComeNext(first, horizon).Any(i => acts[i].Excluded == value);
            var alike = MayComeNext(first, horizon).Where(i => isAlike[i]).DefaultIfEmpty(-1).First();
            return MayComeNext(from, horizon)
                .Where(i => acts[i].IsSure || (isWanted && (!isAlike[i] || i == alike)))
                .Where(i => (acts[i].Expected is null || acts[i].Expected == value) && (acts[i].Excluded is null || acts[i].Excluded != value))
                .DefaultIfEmpty(-1).First();
        }

        private IEnumerable<int> MayComeNext(int from, long horizon)
        {
            for (var i = from; i < acts.Count && acts[i].Start <= horizon; i++)
            {
                if (!isTaken[i]) yield return i;
            }
        }

        /// <summary>Whether an act may stay out, asks for nothing, and leaves a value of which nobody says anything.</summary>
        private static bool[] FindAlike(List<RegisterAct> acts)
        {
            var named = acts.SelectMany(act => new[] { act.Expected, act.Excluded }).ToHashSet();
            return [.. acts.Select(act => act is { IsSure: false, Expected: null } && !named.Contains(act.Written))];
        }

        private long Horizon()
        {
            var horizon = long.MaxValue;
            for (var i = first; i < acts.Count && acts[i].Start <= horizon; i++)
            {
                if (!isTaken[i] && acts[i].IsSure && acts[i].End < horizon) horizon = acts[i].End;
            }

            return horizon;
        }

        private void Take(int act, ref string value)
        {
            order.Push((act, value));
            isTaken[act] = true;
            if (acts[act].IsSure) left--;
            value = acts[act].Written ?? value;
            while (first < acts.Count && isTaken[first]) first++;
        }

        private int GiveBack(ref string value)
        {
            (var act, value) = order.Pop();
            isTaken[act] = false;
            if (acts[act].IsSure) left++;
            first = Math.Min(first, act);
            return act;
        }

        /// <summary>Which acts are taken, and the value: from there on everything is alike, however one came there.</summary>
        private string State(string value)
        {
            var last = acts.Count - 1;
            while (last >= first && !isTaken[last]) last--;
            var text = new StringBuilder().Append(first).Append(' ');
            for (var i = first; i <= last; i++) text.Append(isTaken[i] ? '1' : '0');
            return text.Append(' ').Append(value).ToString();
        }
    }
}
