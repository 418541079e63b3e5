using CsCheck;
using Foreshard.FleetClient;

namespace Foreshard.Fleet.Tests.Histories;

/// <summary>The checker itself: a bank as it is raises no alarm, and each way in which it may be wrong does.</summary>
public sealed class BankCheckerTests
{
    [Fact]
    public void A_bank_as_it_is_raises_no_alarm() =>
        Gen.Int[0, 100_000].Sample(seed => Assert.Empty(new BankChecker().Take(Real(new Random(seed), 60))), iter: 500);

    [Theory]
    [InlineData(Acts.Region, "999,{1},{2}")]
    [InlineData(Acts.Region, "{0},-1,{2}")]
    [InlineData(Acts.Region, "{0},1000,{2}")]
    [InlineData(Acts.Region, "{0},{1},1000")]
    [InlineData(Acts.Whole, "{0},1000,7,7")]
    [InlineData(Acts.Whole, "{0},{1},7,8")]
    [InlineData(Acts.Whole, "2999,{1},7,7")]
    [InlineData(Acts.Duty, "0")]
    public void A_read_that_can_not_be_is_found(string act, string wrong) => Gen.Int[0, 100_000].Sample(seed =>
    {
        var events = Real(new Random(seed), 80);
        var index = events.FindLastIndex(one => one.Act == act && one.IsDone);
        if (index < 0) return;
        var numbers = events[index].Result.Split(',');
        events[index] = events[index] with { Result = string.Format(System.Globalization.CultureInfo.InvariantCulture, wrong, numbers) };
        Assert.NotEmpty(new BankChecker().Take(events));
    }, iter: 100);

    [Fact]
    public void An_acknowledged_write_that_its_client_no_longer_finds_is_found()
    {
        var checker = new BankChecker();
        Assert.Empty(checker.Take([One(1, Acts.Transfer, Outcomes.Done, "0"), One(2, Acts.Transfer, Outcomes.Done, "1")]));
        Assert.NotEmpty(checker.Take([One(3, Acts.Transfer, Outcomes.Done, "1")]));
    }

    [Fact]
    public void A_write_of_unknown_outcome_may_be_there_or_not_and_once_seen_stays()
    {
        HistoryEvent[] before = [One(1, Acts.Transfer, Outcomes.Done, "0"), One(2, Acts.Transfer, Outcomes.Unknown, "")];
        foreach (var found in new[] { 1, 2 })
            Assert.Empty(new BankChecker().Take([.. before, One(3, Acts.Region, Outcomes.Done, $"1000,0,{found}")]));
        Assert.NotEmpty(new BankChecker().Take([.. before, One(3, Acts.Region, Outcomes.Done, "1000,0,3")]));
        Assert.NotEmpty(new BankChecker().Take([.. before, One(3, Acts.Region, Outcomes.Done, "1000,0,2"), One(4, Acts.Region, Outcomes.Done, "1000,0,1")]));
    }

    private static HistoryEvent One(int number, string act, string outcome, string result) =>
        new("c", number, act, act == Acts.Whole ? "1" : "1/eu", "", number, number + 1, outcome, result);

    /// <summary>What one client of a bank that is right sees.</summary>
    private static List<HistoryEvent> Real(Random random, int count)
    {
        var (events, counter, entries) = (new List<HistoryEvent>(), 0L, 0L);
        for (var number = 1; number <= count; number++)
        {
            var outcome = random.Next(8) switch { 0 => Outcomes.Unknown, 1 => Outcomes.Failed, _ => Outcomes.Done };
            var happens = outcome == Outcomes.Done || (outcome == Outcomes.Unknown && random.Next(2) == 0);
            switch (random.Next(5))
            {
                case 0:
                    events.Add(One(number, Acts.Transfer, outcome, $"{counter}"));
                    if (happens) counter++;
                    break;
                case 1:
                    events.Add(One(number, Acts.Enter, outcome, ""));
                    if (happens) entries++;
                    break;
                case 2:
                    events.Add(One(number, Acts.Region, Outcomes.Done, $"1000,{entries},{counter}"));
                    break;
                case 3:
                    events.Add(One(number, Acts.Whole, Outcomes.Done, $"3000,{entries},7,7"));
                    break;
                default:
                    events.Add(One(number, Acts.Duty, Outcomes.Done, $"{random.Next(1, 3)}"));
                    break;
            }
        }

        return events;
    }
}
