using CsCheck;
using Foreshard.Balancing;
using Foreshard.Sharding;
using Foreshard.Tests.Balancing;

namespace Foreshard.Tests.Sharding;

public sealed class TargetChoiceTests
{
    [Fact]
    public void Every_candidate_costs_what_going_there_would_change() => AnyFleet.Gen.Sample(
        scene =>
        {
            var table = new PlanTable(scene.Input, scene.Options);
            var draft = new PlanDraft(table.Load, table.Prices, table.Atoms.Atoms);
            foreach (var atom in draft.Atoms.Where(atom => !atom.IsPiece && !atom.IsFixed))
            {
                var candidates = TargetChoice.SelectTargetPartition(
                    table.Load, table.Prices, atom.Subject, place => draft.PartnerPriceOf(atom.Index, place));
                Assert.Equal(table.Load.Partitions.Count, candidates.Length);
                Assert.Equal(candidates.OrderBy(one => one.Refusal is not null).ThenBy(one => one.Cost.Total).ThenBy(one => one.Partition), candidates);
                foreach (var candidate in candidates)
                {
                    var place = table.IndexOf(candidate.Partition);
                    var change = draft.ChangeOf(atom.Index, place) + (place == atom.Subject.Home ? 0 : atom.StayPrice - atom.AgainPrice);
                    Assert.Equal(change, candidate.Cost.Total, 0.5 + (1e-5 * draft.Cost()));
                }
            }
        },
        iter: 40);

    [Fact]
    public void A_partition_that_is_emptied_or_full_takes_nothing()
    {
        var input = ScenarioParser.Parse(
            """
            horizon 2026-03-02T06:00 slots=4 of=1h
            partition p1 capacity=100
            partition p2 capacity=100 budget=100GB
            partition p3 capacity=100 state=draining
            partition p4 capacity=100
            unit 0 on=p1 load=60 bytes=20GB
            unit 2 on=p1 load=60 bytes=20GB
            unit 1 on=p2 load=1 bytes=90GB
            """).Input;
        var table = new PlanTable(input, BalancerOptions.Default);

        var candidates = TargetChoice.SelectTargetPartition(table.Load, table.Prices, table.Atoms.Atoms[0].Subject);

        Assert.Equal(["p4", "p1", "p3", "p2"], candidates.Select(one => one.Partition.ToString()));
        Assert.Equal([null, null, "it is being emptied", "full: 90 GB + 20 GB of 100 GB"], candidates.Select(one => one.Refusal));
    }
}
