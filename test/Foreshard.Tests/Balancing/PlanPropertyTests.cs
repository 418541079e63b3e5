using System.Collections.Immutable;
using CsCheck;
using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

/// <summary>What holds of every plan, whatever it is made from.</summary>
public sealed class PlanPropertyTests
{
    private const int Cases = 30;

    [Fact]
    public void The_same_input_in_any_order_gives_the_same_text_to_the_byte() => AnyFleet.Gen.Sample(
        scene =>
        {
            var expected = PlanText.Of(new Balancer(scene.Options).Plan(scene.Input));

            Assert.Equal(expected, PlanText.Of(new Balancer(scene.Options).Plan(scene.Input)));
            Assert.Equal(expected, PlanText.Of(new Balancer(scene.Options).Plan(AnyFleet.Shuffled(scene.Input, new Random(1)))));
        },
        iter: Cases);

    [Fact]
    public void No_plan_makes_the_worst_slot_worse_nor_costs_more_than_doing_nothing() => Each((input, options, plan) =>
    {
        var before = Loads.Of(input, [], options).Max(partition => partition.Shares.Max());
        var after = Loads.Of(input, plan.Steps, options).Max(partition => partition.Shares.Max());

        Assert.True(after <= Math.Max(before, options.Cost.TargetShare) + 1e-4, $"{before} → {after}");
        if (input.Partitions.All(partition => partition.State == FleetState.Active))
            Assert.True(plan.After.Total <= plan.Before.Total + (1e-6 * (1 + plan.Before.Total)), $"{plan.Before} → {plan.After}");
    });

    [Fact]
    public void Nothing_moves_twice_nor_while_it_has_to_rest_nor_while_it_is_on_its_way() => Each((input, options, plan) =>
    {
        var moves = plan.Steps.Where(step => step.Kind == StepKind.Move).ToList();
        var before = Loads.Of(input, [], options).ToDictionary(loads => loads.Partition);
        Assert.Distinct(moves.Select(move => (move.Unit, move.Entity, move.Scope)));
        foreach (var move in moves)
        {
            var unit = input.Units.Single(unit => unit.Unit == move.Unit);
            Assert.DoesNotContain(input.Running, running => running.Unit == move.Unit);
            Assert.Equal(unit.Partition, move.From);
            Assert.NotEqual(move.From, move.To);
            var (from, to) = (Find(input, move.From), Find(input, move.To));
            Assert.Equal(FleetState.Active, to.State);
            Assert.True(move.StartUtc >= to.ReadyUtc && move.StartUtc >= input.Horizon.StartUtc && move.EndUtc <= input.Horizon.EndUtc);
            var mayHelp = unit.IsNew
                ? before[move.From].Means[0] >= from.Capacity
                : unit.LastMovedUtc < input.ResizedUtc && before[move.From].Shares.Max() >= 0.9999;
            if (from.State == FleetState.Active && !mayHelp && unit.LastMovedUtc is { } moved)
                Assert.True(input.Horizon.StartUtc - moved >= options.Cooldown);
        }
    });

    [Fact]
    public void Bytes_per_hour_moves_at_a_time_and_freezes_are_kept() => Each((input, options, plan) =>
    {
        var moves = plan.Steps.Where(step => step.Kind == StepKind.Move).ToList();
        var before = input.BytesMovedLastHour + input.Running.Sum(running => running.Bytes);
        Assert.True(BytesFrom(input.Horizon.StartUtc) is 0 || BytesFrom(input.Horizon.StartUtc) + before <= options.BytesPerHour + 1);
        foreach (var move in moves)
        {
            Assert.True(BytesFrom(move.StartUtc) <= options.BytesPerHour + 1, $"{BytesFrom(move.StartUtc)} bytes from {move.StartUtc:HH:mm} on");
            Assert.DoesNotContain(input.Freezes, freeze => freeze.FromUtc < move.EndUtc && freeze.ToUtc > move.StartUtc);
            foreach (var end in (PartitionId[])[move.From, move.To])
            {
                var atOnce = moves.Count(other => (other.From == end || other.To == end) && other.StartUtc <= move.StartUtc && other.EndUtc > move.StartUtc);
                atOnce += input.Running.Count(running => (running.From == end || running.To == end) && running.EndUtc > move.StartUtc);
                Assert.True(atOnce <= options.MovesPerPartition, $"{atOnce} moves at {end}");
            }
        }

        double BytesFrom(DateTime begin) =>
            moves.Where(other => other.StartUtc >= begin && other.StartUtc - begin < TimeSpan.FromHours(1)).Sum(other => other.Bytes);
    });

    [Fact]
    public void Arrivals_never_exceed_a_size_budget() => Each((input, _, plan) =>
    {
        var moves = plan.Steps.Where(step => step.Kind == StepKind.Move).ToList();
        foreach (var move in moves.Where(move => Find(input, move.To).SizeBudgetBytes > 0))
        {
            var held = input.Units.Where(unit => unit.Partition == move.To).Sum(unit => unit.Bytes)
                + input.Running.Where(running => running.To == move.To).Sum(running => input.Units.Single(unit => unit.Unit == running.Unit).Bytes)
                - input.Running.Where(running => running.From == move.To && running.EndUtc <= move.StartUtc)
                    .Sum(running => input.Units.Single(unit => unit.Unit == running.Unit).Bytes)
                + moves.Where(other => other.To == move.To && other.StartUtc <= move.StartUtc).Sum(other => other.Bytes)
                - moves.Where(other => other.From == move.To && other.EndUtc <= move.StartUtc).Sum(other => other.Bytes);
            Assert.True(held <= Find(input, move.To).SizeBudgetBytes + 1, $"{held / 1e9:0.0} GB at {move.To} from {move.StartUtc:HH:mm} on");
        }
    });

    [Fact]
    public void Splits_make_scopes_that_cover_what_is_split_and_part_no_groups_that_have_to_stay_together() => Each((input, _, plan) =>
    {
        foreach (var step in plan.Steps.Where(step => step.Kind == StepKind.Split))
        {
            var unit = input.Units.Single(unit => unit.Unit == step.Unit);
            var shards = step.Parts.Select((scope, index) => new Shard(new Placement(new UnitId(100 + index), step.From, 1), scope)).ToImmutableArray();
            var entry = new EntityEntry(step.Entity, shards, shards[0].Placement.Unit);
            foreach (var edge in unit.Split!.Edges.Where(edge => edge.Relation != GroupRelation.ReadTogether))
                Assert.Equal(entry.ShardOf(edge.First), entry.ShardOf(edge.Second));
            var moves = plan.Steps.Where(move => move.Kind == StepKind.Move && move.Unit == step.Unit).ToList();
            Assert.All(moves, move => Assert.Contains(move.Scope, step.Parts));
            Assert.All(moves, move => Assert.True(move.StartUtc >= step.StartUtc));
        }
    });

    [Fact]
    public void An_entity_leaves_its_bucket_before_either_moves() => Each((_, _, plan) =>
    {
        foreach (var isolate in plan.Steps.Where(step => step.Kind == StepKind.Isolate))
        {
            var moves = plan.Steps.Where(step => step.Kind == StepKind.Move && step.Unit == isolate.Unit);
            Assert.All(moves, move => Assert.True(move.StartUtc >= isolate.StartUtc));
        }
    });

    private static void Each(Action<PlanInput, BalancerOptions, Plan> check)
    {
        var moves = 0;
        AnyFleet.Gen.Sample(
            scene =>
            {
                var plan = new Balancer(scene.Options).Plan(scene.Input);
                Interlocked.Add(ref moves, plan.Steps.Length);
                check(scene.Input, scene.Options, plan);
            },
            iter: Cases);
        Assert.True(moves > Cases / 2, $"only {moves} steps in all: the inputs press too little");
    }

    private static FleetPartition Find(PlanInput input, PartitionId id) => input.Partitions.Single(partition => partition.Id == id);
}
