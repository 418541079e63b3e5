using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Simulation.Cluster;
using Foreshard.Simulation.Runs;
using Foreshard.Simulation.Workloads;

namespace Foreshard.Simulation.Tests.Runs;

public sealed class MoveLedgerTests
{
    private static readonly DateTime Start = new(2026, 3, 2, 0, 0, 0, DateTimeKind.Utc);
    private static readonly ClusterMap Map = MakeMap();

    private readonly MoveLedger ledger = new(4, TimeSpan.FromHours(3));
    private readonly double[] bytes = [10, 20, 30, 40];

    [Fact]
    public void A_move_is_undone_when_most_of_its_rows_are_back_within_a_day()
    {
        Move(1, [0, 1, 2], 0, 1, hour: 0);
        Move(2, [2], 1, 0, hour: 20);
        Assert.Equal(0, ledger.Thrash);
        Move(3, [1], 1, 0, hour: 23);
        Assert.Equal(1.0 / 3, ledger.Thrash, 1e-9);
        Assert.Equal(3, ledger.Moves);
    }

    [Fact]
    public void Coming_back_later_or_going_elsewhere_undoes_nothing()
    {
        Move(1, [0, 1], 0, 1, hour: 0);
        Move(1, [0, 1], 1, 2, hour: 5);
        Move(1, [0, 1], 2, 0, hour: 10);
        Move(2, [3], 0, 1, hour: 0);
        Move(2, [3], 1, 0, hour: 30);
        Assert.Equal(0, ledger.Thrash);
    }

    [Fact]
    public void A_second_move_within_the_cooldown_is_told_unless_the_unit_had_to_leave()
    {
        Move(1, [0], 0, 1, hour: 0);
        Move(1, [0], 1, 2, hour: 2);
        Assert.Equal(1, ledger.PingPong);
        Move(1, [0], 2, 3, hour: 3, wasDraining: true);
        Move(1, [0], 3, 1, hour: 8);
        Assert.Equal(1, ledger.PingPong);
    }

    [Fact]
    public void Budgets_are_of_the_last_hour_and_scores_of_what_came_since_they_began()
    {
        Move(1, [0], 0, 1, hour: 0);
        Move(2, [1, 2], 0, 1, hour: 1);
        Assert.Equal(50, ledger.BytesMovedInHourTo(Start.AddHours(1).AddMinutes(30)));
        Assert.Equal(60, ledger.BytesMovedInHourTo(Start.AddMinutes(64)));
        ledger.StartScoring();
        Assert.Equal((0, 0.0), (ledger.Moves, ledger.BytesMoved));
        Assert.Equal(Start.AddHours(1).AddMinutes(5), ledger.LastChangeOf(new UnitId(5002)));
        Assert.Null(ledger.LastChangeOf(new UnitId(7)));
    }

    private void Move(int unit, int[] nodes, int from, int to, double hour, bool wasDraining = false)
    {
        var step = new PlanStep
        {
            Kind = StepKind.Move,
            Unit = new UnitId(5000 + unit),
            From = new PartitionId(from + 1),
            To = new PartitionId(to + 1),
            StartUtc = Start,
            EndUtc = Start,
            Reason = StepReason.Overload,
            Because = "for a test",
        };
        var start = Start.AddHours(hour);
        ledger.Add(new CompletedStep(step, step.Unit, nodes, from, to, start, start.AddMinutes(5), nodes.Sum(node => bytes[node]), wasDraining), Map, bytes);
    }

    private static ClusterMap MakeMap()
    {
        var shop = new WorkloadEntity { Entity = EntityType.Of("shop", KeyKind.Text).Key("a"), Rate = 1 };
        var nodes = new NodeTable(WorkloadGenerator.Generate(Start, 1, [shop], null).Keys, MappingSnapshot.DefaultBucketCount);
        return new ClusterMap(nodes, [new PartitionInfo(new PartitionId(1), "p1", "", 1, 0, "", PartitionState.Active)]);
    }
}
