using Foreshard.CrashWorker;
using Foreshard.Moving;
using Foreshard.Servers;

namespace Foreshard.Fleet.Tests.Crash;

/// <summary>A process that hangs and comes back after others have done without it changes nothing any more.</summary>
[Collection(CrashServers.Collection)]
[Trait("Category", "Long")]
public sealed class PauseTests(CrashServers servers, ITestOutputHelper output)
{
    /// <summary>Longer than a process that is silent is thought to live, and than anybody may keep a unit frozen.</summary>
    private static readonly TimeSpan Pause = Member.Life + TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Movers_that_hang_at_a_step_longer_than_their_leases_are_done_without_and_change_nothing_when_they_go_on()
    {
        await using var scene = await CrashScene.CreateAsync(servers, seed: 20);
        var movers = new List<Companion>();
        try
        {
            await scene.GoAsync();
            foreach (var step in new[] { MoveStep.Copied, MoveStep.Frozen, MoveStep.Activated, MoveStep.Committed, MoveStep.Retired })
            {
                var mover = await scene.StartMoverAsync();
                movers.Add(mover);
                mover.Say($"arm {step} 1 {Trap.Stop}");
                mover.Say("go");
                await scene.ReachAsync(mover, $"pause at {step}");
                await CrashScene.AskAsync(mover, "hush", "hushed");
                mover.Pause();
            }

            await Task.Delay(Pause, Fleet.Stop);
            await scene.AssertWholeAsync("movers that hang", anyHangs: true);
            foreach (var mover in movers)
            {
                mover.Resume();
                mover.Say("continue");
                await scene.RestAsync(mover, "a mover that went on");
            }

            await scene.GoAsync();
            await scene.AssertWholeAsync("movers that went on");
            output.WriteLine(scene.Summary());
        }
        finally
        {
            movers.ForEach(mover => mover.Dispose());
        }
    }
}
