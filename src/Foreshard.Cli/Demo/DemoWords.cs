using Foreshard.Cli.Output;

namespace Foreshard.Cli.Demo;

/// <summary>What the demo says about itself.</summary>
internal static class DemoWords
{
    /// <summary>What is real, and what stands for something that isn't there.</summary>
    /// <param name="factor">Fleet seconds of a real one.</param>
    /// <param name="cost">Cost units of an access.</param>
    /// <param name="isFleet">Whether the store is on servers.</param>
    public static IEnumerable<(string Name, string Value)> Assumptions(double factor, double cost, bool isFleet)
    {
        yield return (
            "traffic",
            "Bay Area Bike Share, 2014 (CC0): a bike taken and a bike brought back are an access each, on the operator of a city (the entity) and a station "
            + "(the group). Times of California, to the minute.");
        yield return (
            "rate",
            $"Each access became {DemoTable.Number(DemoPlan.Multiplier)}, as a Poisson process makes them of the hour's rate: the record's own 2,100 a day "
            + "would have no smooth shape.");
        yield return (
            "time",
            $"A real second is {Words.Duration(TimeSpan.FromSeconds(factor))} of fleet time. Rates, capacities and the bandwidth of moves are scaled alike.");
        yield return (
            "store",
            (isFleet
                ? "A fleet on this machine: each partition a database on a PostgreSQL server, the mapping table on etcd, their files in memory where the "
                    + "system has a disk there; "
                : "An embedded store of SQLite files, in memory where the system has a disk there; ")
            + "every access is a transaction in a session, a row and a count. Splits and moves are the store's own, while sessions go on.");
        yield return (
            "capacity",
            "A token bucket per partition stands for the server that it would run on: "
            + $"{DemoTable.Number(DemoPlan.AccessesPerHour)} accesses in an hour of fleet time, each {DemoTable.Number(cost)} cost units as measured here, "
            + $"and up to {Words.Duration(DemoPlan.BucketDepth)} of that saved up. While more is owed sessions wait before they begin: that is overload.");
        yield return (
            "moves",
            $"The whole of San Francisco takes {Words.Duration(DemoPlan.WholeMove)}; while moves run they take {Words.Percent(DemoPlan.MoveShare)} of what "
            + "either end can do. What a move takes beside its bytes was measured here, and the autopilot told.");
        yield return (
            "reactive",
            $"The same autopilot without forecasts: it acts when a partition is above {Words.Percent(DemoPlan.ReactAbove)} of its capacity.");
    }
}
