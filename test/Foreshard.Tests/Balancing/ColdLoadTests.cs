using Foreshard.Balancing;
using Foreshard.Mapping;
using Foreshard.Sharding;
using Foreshard.Tests.Profiling;

namespace Foreshard.Tests.Balancing;

public sealed class ColdLoadTests
{
    private static readonly MappingSnapshot Mapping = MappingSnapshot.Create(
        8, [new PartitionInfo(new PartitionId(1), "p1", "", 0, 0, "", PartitionState.Active)]);

    [Fact]
    public void What_has_no_series_is_summed_up_by_the_units_that_it_lives_in()
    {
        var run = Run(entities: 40, hot: 4);
        run.RunDays(8).Look();
        var cold = run.Outlook.ColdOf(Mapping);
        var units = PlanUnits.Of(Mapping, run.Outlook.Entities, 48, _ => null, 1, cold);

        Assert.Equal(4, run.Outlook.Entities.Count);
        var known = run.Outlook.Entities.Select(outlook => outlook.Entity.Integer);
        var buckets = Enumerable.Range(0, 40).Where(key => !known.Contains(key)).Select(key => Mapping.BucketOf(Accesses.Customer.Key(key)));
        Assert.Equal(buckets.Distinct().Order(), cold.Select(load => load.Unit));
        Assert.Equal(36, cold.Sum(load => load.Curve.MeanLoad), 2.0);
        Assert.Equal(40, units.Sum(unit => unit.Curve.MeanLoad), 2.0);
        Assert.All(cold, load => Assert.InRange(load.Curve.Peak, load.Curve.MeanLoad, 4 * load.Curve.MeanLoad));
    }

    [Fact]
    public void They_follow_the_week_that_all_entities_have_together()
    {
        var run = Run(entities: 12, hot: 6, shape: slot => slot % 24 is >= 8 and < 20 ? 1.5 : 0.5);
        run.RunDays(29).Look();
        var cold = LoadCurve.Sum(48, run.Outlook.ColdOf(Mapping).Select(load => load.Curve));

        Assert.InRange(cold.Mean[28] / cold.Mean[8], 2, 4);
    }

    [Fact]
    public void Cold_entities_with_an_entry_are_in_their_home_shard()
    {
        var run = Run(entities: 3, hot: 1);
        run.RunDays(2).Look();
        var cold = Accesses.Customer.Key(2);
        var shard = new Shard(new Placement(new UnitId(20), new PartitionId(1), 20), ShardScope.Whole);
        var mapping = MappingSnapshot.Restore(
            2, Mapping.Partitions, [.. Enumerable.Range(0, 8).Select(bucket => Mapping.PlacementOf(new UnitId(bucket)))],
            [new EntityEntry(cold, [shard], new UnitId(20))]);

        Assert.DoesNotContain(cold, run.Outlook.Entities.Select(outlook => outlook.Entity));
        Assert.DoesNotContain(run.Outlook.ColdOf(Mapping), load => load.Unit == new UnitId(20));
        Assert.Contains(run.Outlook.ColdOf(mapping), load => load.Unit == new UnitId(20) && load.Curve.Mean[0] > 0);
    }

    [Fact]
    public void There_are_none_where_all_have_series()
    {
        var run = Run(entities: 3, hot: 3);
        run.RunDays(2);
        Assert.Empty(run.Outlook.ColdOf(Mapping));
        run.Look();

        Assert.Empty(run.Outlook.ColdOf(Mapping));
    }

    /// <summary>Entities with a cost unit per second each, of which only some have series.</summary>
    private static OutlookRun Run(int entities, int hot, Func<int, double>? shape = null)
    {
        var run = new OutlookRun(60, OutlookOptions.Default with { Profiles = Accesses.Budget(hot, warm: 0) });
        for (var entity = 0; entity < entities; entity++) run.Add(entity, shape ?? (_ => 1));
        return run;
    }
}
