using Foreshard.Balancing;

namespace Foreshard.Tests.Balancing;

public sealed class StepQueueTests
{
    private static readonly DateTime Six = new(2026, 3, 2, 6, 0, 0, DateTimeKind.Utc);
    private static readonly EntityType Customer = EntityType.Of("customer", KeyKind.Integer);

    [Fact]
    public void Steps_begin_in_their_order_once_their_time_has_come()
    {
        var queue = Queue(Move(1, 1, 2), Move(2, 3, 4, minutes: 10), Move(3, 5, 6, minutes: 20));

        Assert.Equal([1], Begun(queue, Six));
        Assert.Equal(Six.AddMinutes(10), queue.NextStartAfter(Six));
        Assert.Equal([2, 3], Begun(queue, Six.AddMinutes(30)));
        Assert.Null(queue.NextStartAfter(Six.AddMinutes(30)));
    }

    [Fact]
    public void A_step_that_waits_keeps_its_ends_for_itself()
    {
        var queue = Queue(Move(1, 1, 2), Move(2, 2, 3), Move(3, 4, 5));

        Assert.Equal([3], Begun(queue, Six, busy: 1));
        Assert.Equal([1, 2], queue.Pending.Select(step => step.Unit.Value));
    }

    [Fact]
    public void A_split_waits_for_the_move_that_it_is_for()
    {
        var queue = Queue(Split(1, on: 1), Move(1, 1, 2, entity: 1), Split(2, on: 3), Move(2, 3, 4, entity: 2));

        Assert.Equal([2, 2], Begun(queue, Six, busy: 2));
        Assert.Equal([1, 1], Begun(queue, Six));
    }

    [Fact]
    public void A_step_that_can_not_begin_yet_holds_up_its_entity()
    {
        var queue = Queue(Move(1, 1, 2, entity: 7), Move(2, 3, 4, entity: 7), Move(3, 5, 6, entity: 8));
        queue.StartRound();
        Assert.Equal(1, queue.Next(Six, (_, _) => true)!.Unit.Value);
        queue.Wait();

        Assert.Equal(3, queue.Next(Six, (_, _) => true)!.Unit.Value);
    }

    [Fact]
    public void A_plan_takes_the_place_of_what_has_not_begun()
    {
        var queue = Queue(Move(1, 1, 2), Move(2, 3, 4));
        queue.Replace([Move(5, 1, 2)]);

        Assert.Equal([5], Begun(queue, Six));
        Assert.Empty(queue.Pending);
    }

    private static StepQueue Queue(params PlanStep[] steps)
    {
        var queue = new StepQueue();
        queue.Replace(steps);
        return queue;
    }

    private static List<int> Begun(StepQueue queue, DateTime now, int busy = 0)
    {
        var begun = new List<int>();
        queue.StartRound();
        while (queue.Next(now, (partition, _) => partition.Value != busy) is { } step)
        {
            begun.Add(step.Unit.Value);
            queue.Took();
        }

        return begun;
    }

    private static PlanStep Move(int unit, int from, int to, int minutes = 0, int entity = 0) =>
        Step(StepKind.Move, unit, from, to, minutes) with { Entity = entity == 0 ? default : Customer.Key(entity) };

    private static PlanStep Split(int entity, int on) => Step(StepKind.Split, entity, on, on, 0) with { Entity = Customer.Key(entity) };

    private static PlanStep Step(StepKind kind, int unit, int from, int to, int minutes) => new()
    {
        Kind = kind,
        Unit = new UnitId(unit),
        From = new PartitionId(from),
        To = new PartitionId(to),
        StartUtc = Six.AddMinutes(minutes),
        EndUtc = Six.AddMinutes(minutes + 5),
        Reason = StepReason.Overload,
        Because = "",
    };
}
