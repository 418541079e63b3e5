using Foreshard.Cli.Output;

namespace Foreshard.Cli.Demo;

/// <summary>The whole demo: the same traffic without a limit, then under each policy.</summary>
/// <param name="plan">What is replayed.</param>
/// <param name="ground">Where the stores are while it runs.</param>
/// <param name="view">Who shows it.</param>
/// <param name="time">The real clock.</param>
internal sealed class DemoShow(DemoPlan plan, IDemoGround ground, DemoView view, TimeProvider time)
{
    private const int ThreadsMin = 24;

    /// <summary>Runs all.</summary>
    public async Task<(DemoOutcome Unlimited, IReadOnlyList<DemoOutcome> Policies)> RunAsync(CancellationToken cancellationToken)
    {
        // Clients, moves and the autopilot share the pool of one process, and SQLite works on the thread that calls it: nobody shall wait for a thread.
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, ThreadsMin), ports);
        var scene = await DemoScene.PrepareAsync(ground, plan, time, cancellationToken);
        view.Say($"Bike share of the Bay Area, {DemoPlan.Moment(DemoPlan.Begin)} to {DemoPlan.Moment(plan.End)}, {DemoPlan.Begin.Year}: "
            + $"{Words.Count(scene.Accesses.Count)} transactions under each policy, on {DemoPlan.Partitions} partitions{ground.Where} with "
            + $"{Words.Count(scene.Ledger.Count)} rows. A second shows {Words.Duration(TimeSpan.FromSeconds(plan.Factor))}; a token bucket per partition "
            + $"stands for {(ground.IsFleet ? "a server of its own" : "the server that isn't here")}. "
            + "First without a limit, which measures what an access costs.");
        var unlimited = await FollowAsync(scene, DemoPolicy.Unlimited, default, cancellationToken);
        await ground.DropAsync(DemoPolicy.Unlimited, cancellationToken);
        await scene.LearnAsync(unlimited.Usage, cancellationToken);
        var outcomes = new List<DemoOutcome>();
        foreach (var policy in new[] { DemoPolicy.Static, DemoPolicy.Reactive, DemoPolicy.Predictive })
        {
            outcomes.Add(await FollowAsync(scene, policy, new DemoMeasure(unlimited.Usage, unlimited.MoveTime), cancellationToken));
            await ground.DropAsync(policy, cancellationToken);
        }

        return (unlimited, outcomes);
    }

    private Task<DemoOutcome> FollowAsync(DemoScene scene, DemoPolicy policy, DemoMeasure measure, CancellationToken cancellationToken)
    {
        var run = new DemoRun(scene, policy, measure);
        return view.FollowAsync(run, () => run.RunAsync(cancellationToken));
    }
}
