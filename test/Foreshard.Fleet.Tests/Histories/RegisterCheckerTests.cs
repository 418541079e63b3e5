using CsCheck;
using Foreshard.FleetClient;

namespace Foreshard.Fleet.Tests.Histories;

/// <summary>The checker itself: against a search of all orders, on histories that are right and histories that are wrong.</summary>
public sealed class RegisterCheckerTests
{
    private const int Values = 4;

    /// <summary>Any short history, right or wrong: most are wrong.</summary>
    private static readonly Gen<RegisterAct> AnyAct = Gen.Select(
        Gen.Long[0, 12], Gen.Long[0, 6], Gen.Int[0, 4], Gen.Int[0, Values], Gen.Int[0, 3], (start, length, kind, found, sure) =>
        {
            var (end, value) = (start + length, found == 0 ? "" : $"v{found - 1}");
            return kind switch
            {
                0 or 1 => new RegisterAct(start, end, true, value, null, null),
                2 => new RegisterAct(start, end, true, null, value, null),
                3 => new RegisterAct(start, sure == 0 ? long.MaxValue : end, sure != 0, null, null, "?"),
                _ => new RegisterAct(start, sure == 0 ? long.MaxValue : end, sure != 0, value, null, "?"),
            };
        });

    /// <summary>Each write has a value of its own.</summary>
    private static readonly Gen<List<RegisterAct>> AnyHistory = AnyAct.List[1, 7].Select(acts =>
        acts.Select((act, index) => act.Written is null ? act : act with { Written = $"v{index % Values}" })
            .GroupBy(act => act.Written).SelectMany(same => same.Key is null ? same : same.Take(1)).ToList());

    [Fact]
    public void It_says_what_a_search_of_all_orders_says() => AnyHistory.Sample(
        acts => RegisterChecker.Find(acts, "") is null == HasOrder([.. acts], ""), iter: 200_000);

    [Fact]
    public void What_a_register_did_is_right_however_answers_were_late() => Gen.Select(Gen.Int[0, 100_000], Gen.Int[1, 400]).Sample((seed, count) =>
    {
        var acts = Real(new Random(seed), count, concurrency: 8);
        Assert.Null(RegisterChecker.Find(acts, ""));
    }, iter: 300);

    [Fact]
    public void A_value_that_was_overwritten_before_the_read_began_is_found() => Gen.Select(Gen.Int[0, 100_000], Gen.Int[20, 200]).Sample((seed, count) =>
    {
        var random = new Random(seed);
        var acts = Real(random, count, concurrency: 6);
        var last = acts.Max(act => act.End == long.MaxValue ? 0 : act.End);
        acts.Add(new RegisterAct(last + 1, last + 2, true, null, null, "a"));
        acts.Add(new RegisterAct(last + 3, last + 4, true, null, null, "b"));
        acts.Add(new RegisterAct(last + 5, last + 6, true, "a", null, null));
        Assert.NotNull(RegisterChecker.Find(acts, ""));
    }, iter: 300);

    [Fact]
    public void Many_writes_of_unknown_outcome_are_no_reason_to_search_for_ever()
    {
        // Whoever tried them all would have 2^40 sets of them to go through before he knew that the last read explains nothing.
        var acts = Enumerable.Range(0, 40).Select(i => new RegisterAct(i, long.MaxValue, false, null, null, $"u{i}"))
            .Append(new RegisterAct(50, 51, true, "", null, null)).Append(new RegisterAct(52, 53, true, null, "", null))
            .Append(new RegisterAct(54, 55, true, null, null, "a")).ToList();
        Assert.Null(RegisterChecker.Find(acts, ""));
        Assert.NotNull(RegisterChecker.Find(acts.Append(new RegisterAct(56, 57, true, "", null, null)), ""));
    }

    [Fact]
    public void A_lost_update_is_found()
    {
        // Both found nothing, and both were told that they had written.
        RegisterAct[] acts = [new(0, 5, true, "", null, "a"), new(1, 6, true, "", null, "b")];
        Assert.NotNull(RegisterChecker.Find(acts, ""));
        Assert.Null(RegisterChecker.Find([acts[0], acts[1] with { IsSure = false, End = long.MaxValue }], ""));
    }

    [Fact]
    public void Reads_that_go_back_in_time_are_found()
    {
        RegisterAct[] acts = [new(0, 9, true, null, null, "a"), new(1, 2, true, "a", null, null), new(3, 4, true, "", null, null)];
        Assert.NotNull(RegisterChecker.Find(acts, ""));
        Assert.Null(RegisterChecker.Find([acts[0], acts[1], acts[2] with { Start = 1 }], ""));
    }

    [Fact]
    public void A_write_of_unknown_outcome_may_have_happened_or_not_but_not_both()
    {
        RegisterAct unknown = new(0, long.MaxValue, false, null, null, "a");
        RegisterAct Read(long at, string value) => new(at, at + 1, true, value, null, null);
        Assert.Null(RegisterChecker.Find([unknown, Read(2, ""), Read(4, "a")], ""));
        Assert.Null(RegisterChecker.Find([unknown, Read(2, ""), Read(4, "")], ""));
        Assert.NotNull(RegisterChecker.Find([unknown, Read(2, "a"), Read(4, "")], ""));
        Assert.Null(RegisterChecker.Find([unknown, new RegisterAct(2, 3, true, null, "", null)], ""));
    }

    [Fact]
    public void What_failed_for_certain_is_no_act()
    {
        Assert.Null(RegisterAct.Of(new HistoryEvent("c", 1, Acts.Write, "k", "a", 0, 1, Outcomes.Failed, "")));
        Assert.NotNull(RegisterAct.Of(new HistoryEvent("c", 1, Acts.Write, "k", "a", 0, long.MaxValue, Outcomes.Unknown, "")));
    }

    /// <summary>What clients of one real register see, each act taking effect at some moment between question and answer.</summary>
    private static List<RegisterAct> Real(Random random, int count, int concurrency)
    {
        var (acts, value, clock) = (new List<RegisterAct>(), "", 0L);
        for (var i = 0; i < count; i++)
        {
            clock += random.Next(1, 4);
            var (start, end) = (clock - random.Next(concurrency), clock + random.Next(concurrency));
            var isUnknown = random.Next(10) == 0;
            var (before, next) = (value, $"w{i}");
            switch (random.Next(5))
            {
                case 0 or 1:
                    acts.Add(new RegisterAct(start, end, true, before, null, null));
                    break;
                case 2 when random.Next(2) == 0:
                    acts.Add(new RegisterAct(start, end, true, null, "never", null));
                    break;
                default:
                    var happens = !isUnknown || random.Next(2) == 0;
                    var expected = random.Next(2) == 0 || isUnknown ? null : before;
                    acts.Add(new RegisterAct(start, isUnknown ? long.MaxValue : end, !isUnknown, expected, null, next));
                    if (happens) value = next;
                    break;
            }
        }

        return acts;
    }

    private static bool HasOrder(List<RegisterAct> left, string value)
    {
        if (left.TrueForAll(act => !act.IsSure)) return true;
        return left.Where(act => left.TrueForAll(other => ReferenceEquals(other, act) || !other.IsSure || other.End >= act.Start))
            .Where(act => (act.Expected is null || act.Expected == value) && (act.Excluded is null || act.Excluded != value))
            .Any(act => HasOrder([.. left.Where(other => !ReferenceEquals(other, act))], act.Written ?? value));
    }
}
