using Foreshard.Autopilot;
using Foreshard.Moving;

namespace Foreshard.Sqlite.Tests.Crash;

/// <summary>A process that is killed while clients write and units move loses nothing, doubles nothing and leaves nothing behind.</summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int LongKills = 1000;

    public static TheoryData<string> Steps => [.. MoveStep.All];

    [Theory]
    [MemberData(nameof(Steps))]
    [Trait("Category", "Slow")]
    public async Task A_crash_at_a_step_and_another_in_its_recovery_leave_the_store_whole(string step)
    {
        await using var scene = await CrashScene.CreateAsync(MoveStep.All.ToList().IndexOf(step) + 1);

        await scene.DieAtAsync(step);
        await scene.DieRecoveringAsync();
        await scene.AssertWholeAsync();
        await scene.DieAtAsync(step);
        await scene.AssertWholeAsync();

        output.WriteLine($"{scene.Kills} kills, {scene.History.Moves} operations, {scene.History.Acknowledged.Count} acknowledged rows");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Crashes_at_any_time_leave_the_store_whole()
    {
        await using var scene = await CrashScene.CreateAsync(seed: 100);
        while (scene.Kills < 12)
        {
            await scene.DieAnyTimeAsync();
            await scene.AssertWholeAsync();
        }

        Assert.Equal(0, await scene.LiveAsync(milliseconds: 500));
        await scene.AssertWholeAsync();
        output.WriteLine($"{scene.Kills} kills, {scene.History.Moves} operations, {scene.History.Acknowledged.Count} acknowledged rows");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public Task An_autopilot_that_is_killed_at_any_time_goes_on_and_no_row_is_lost() => KillPilotsAsync(10);

    [Fact]
    [Trait("Category", "Long")]
    public Task Two_hundred_killed_autopilots_lose_no_row() => KillPilotsAsync(200);

    [Fact]
    [Trait("Category", "Long")]
    public async Task Ten_minutes_of_constant_moves_under_eight_clients_fail_nobody_and_keep_memory_flat()
    {
        await using var scene = await CrashScene.CreateAsync(seed: 400);

        Assert.Equal(0, await scene.LiveAsync(milliseconds: 600_000));
        await scene.AssertWholeAsync();
        output.WriteLine($"{scene.History.Moves} operations, {scene.History.Acknowledged.Count} acknowledged rows");
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_thousand_crashes_leave_the_store_whole()
    {
        var (kills, seed) = (0, 1000);
        while (kills < LongKills)
        {
            await using var scene = await CrashScene.CreateAsync(++seed);
            for (var round = 0; round < 10; round++)
            {
                await scene.DieAtAsync(MoveStep.All[(seed + round) % MoveStep.All.Count]);
                if (round % 2 == 0) await scene.DieRecoveringAsync();
                await scene.AssertWholeAsync();
                await scene.DieAnyTimeAsync();
                if (round % 3 == 0) await scene.DieAnyTimeAsync();
                await scene.AssertWholeAsync();
            }

            kills += scene.Kills;
            output.WriteLine($"{kills} kills");
            TestContext.Current.SendDiagnosticMessage($"{kills} of {LongKills} kills");
        }
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Without_the_guard_the_checks_find_something()
    {
        await using var scene = await CrashScene.CreateAsync(seed: 200);

        // Whether a session meets a flip is luck, and on a busy machine it takes more of it: the next life is longer.
        for (var round = 1; round <= 15; round++)
        {
            Assert.Equal(0, await scene.LiveAsync(milliseconds: 1000 * round, unguarded: true));
            if ((await scene.FindAsync()) is { Count: > 0 } findings)
            {
                output.WriteLine($"After {scene.History.Moves} operations:\n{string.Join('\n', findings.Take(10))}");
                return;
            }
        }

        Assert.Fail($"{scene.History.Moves} operations without the guard, and nothing was found.");
    }

    private async Task KillPilotsAsync(int kills)
    {
        await using var scene = await CrashScene.CreateAsync(seed: 300 + kills);
        while (scene.Kills < kills)
        {
            await scene.DiePilotingAsync();
            await scene.AssertWholeAsync();
        }

        // On a busy machine a life may be too short for a move, which is cancelled at its end: the next one is longer.
        var decisions = await scene.DecisionsAsync();
        for (var life = 0; life == 0 || (life < 10 && !decisions.Any(IsDoneMove)); life++)
        {
            Assert.Equal(0, await scene.LiveAsync(milliseconds: 2000 * (life + 1), piloted: true));
            await scene.AssertWholeAsync();
            decisions = await scene.DecisionsAsync();
        }

        Assert.Contains(decisions, IsDoneMove);
        Assert.DoesNotContain(decisions, decision => decision.State == DecisionState.Failed);
        var states = decisions.GroupBy(decision => decision.State).Select(group => $"{group.Count()} {group.Key}");
        output.WriteLine($"{scene.Kills} kills; decisions: {string.Join(", ", states)}");
    }

    private static bool IsDoneMove(Decision decision) => decision is { Kind: "move", State: DecisionState.Done };
}
