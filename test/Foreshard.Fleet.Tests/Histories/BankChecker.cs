using System.Globalization;
using Foreshard.FleetClient;

namespace Foreshard.Fleet.Tests.Histories;

/// <summary>
/// What clients read must be what can be: totals that never change, what each has itself written and nothing that it has not, somebody on duty. Remembers
/// what it was shown before.
/// </summary>
internal sealed class BankChecker
{
    private readonly Dictionary<(string Client, string Place), Range> counters = [];
    private readonly Dictionary<(string Client, string Place), Range> entries = [];

    /// <summary>What each counter must be between: acknowledged and intended.</summary>
    public IEnumerable<(string Counter, long Low, long High)> Counters =>
        counters.Select(one => ($"{one.Key.Place}/{one.Key.Client}", one.Value.Low, one.Value.High));

    /// <summary>Takes up more of the history.</summary>
    /// <returns>What can't be.</returns>
    public IReadOnlyList<string> Take(IEnumerable<HistoryEvent> events)
    {
        var findings = new List<string>();
        foreach (var one in events.OrderBy(one => one.Client, StringComparer.Ordinal).ThenBy(one => one.Number))
        {
            if (Find(one) is { } finding) findings.Add($"{finding}: {one}");
        }

        return findings;
    }

    private string? Find(HistoryEvent one)
    {
        switch (one.Act)
        {
            case Acts.Transfer when one.MayBe:
                return Transfer(one);
            case Acts.Enter when one.MayBe:
                var range = entries.GetValueOrDefault((one.Client, one.Key));
                entries[(one.Client, one.Key)] = new Range(range.Low + (one.IsDone ? 1 : 0), range.High + 1);
                return null;
            case Acts.Region when one.IsDone:
                return Region(one);
            case Acts.Whole when one.IsDone:
                return Whole(one);
            case Acts.Relieve or Acts.Duty when one.IsDone:
                return Numbers(one)[0] >= 1 ? null : "nobody was on duty";
            default:
                return null;
        }
    }

    private string? Transfer(HistoryEvent one)
    {
        var key = (one.Client, one.Key);
        var range = counters.GetValueOrDefault(key);
        if (!one.IsDone)
        {
            counters[key] = range with { High = range.High + 1 };
            return null;
        }

        var found = Numbers(one)[0];
        counters[key] = new Range(found + 1, Math.Max(range.High, found + 1));
        return range.Holds(found) ? null : $"a client found its own counter outside of {range}";
    }

    private string? Region(HistoryEvent one)
    {
        var key = (one.Client, one.Key);
        var (total, entered, counter) = Numbers(one) is [var a, var b, var c] ? (a, b, c) : default;
        if (total != FleetBank.RegionTotal) return $"the accounts of a region did not amount to {FleetBank.RegionTotal}";
        if (!entries.GetValueOrDefault(key).Holds(entered)) return $"a client did not find its own entries, {entries.GetValueOrDefault(key)}";
        if (!counters.GetValueOrDefault(key).Holds(counter)) return $"a client found its own counter outside of {counters.GetValueOrDefault(key)}";

        // What was seen once stays.
        entries[key] = entries.GetValueOrDefault(key) with { Low = entered };
        counters[key] = counters.GetValueOrDefault(key) with { Low = counter };
        return null;
    }

    private string? Whole(HistoryEvent one)
    {
        var (total, entered, version, notes) = Numbers(one) is [var a, var b, var c, var d] ? (a, b, c, d) : default;
        var expected = FleetBank.RegionTotal * FleetBank.Regions.Count;
        if (total != expected) return $"the accounts of a bank did not amount to {expected}";
        if (version != notes) return "the version of a bank did not count its notes";
        var ranges = FleetBank.Regions.Select(region => entries.GetValueOrDefault((one.Client, $"{one.Key}/{region}"))).ToList();
        var range = new Range(ranges.Sum(one => one.Low), ranges.Sum(one => one.High));
        return range.Holds(entered) ? null : $"a client did not find its own entries, {range}";
    }

    private static long[] Numbers(HistoryEvent one) => [.. one.Result.Split(',').Select(number => long.Parse(number, CultureInfo.InvariantCulture))];

    private readonly record struct Range(long Low, long High)
    {
        public bool Holds(long value) => value >= Low && value <= High;

        public override string ToString() => $"{Low} to {High}";
    }
}
