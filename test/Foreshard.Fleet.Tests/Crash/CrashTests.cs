using System.Globalization;
using Foreshard.CrashWorker;
using Foreshard.Moving;
using Foreshard.Servers;

namespace Foreshard.Fleet.Tests.Crash;

/// <summary>
/// Whatever process or server of a fleet is killed, at whichever step: others go on within seconds, and nothing is lost, doubled or left behind.
/// </summary>
[Collection(CrashServers.Collection)]
public sealed class CrashTests(CrashServers servers, ITestOutputHelper output)
{
    private const int LongLives = 1000;

    [Fact]
    [Trait("Category", "Slow")]
    public Task A_kill_of_the_mover_at_each_step_leaves_the_fleet_whole() => KillAtEachStepAsync("mover");

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Kills_of_servers_at_all_steps_leave_the_fleet_whole()
    {
        await using var scene = await CrashScene.CreateAsync(servers, seed: 4);
        foreach (var (index, step) in MoveStep.All.Index()) await KillAtAsync(scene, index % 2 == 0 ? "source" : "target", step);
        output.WriteLine(scene.Summary());
    }

    [Theory]
    [InlineData("source")]
    [InlineData("target")]
    [Trait("Category", "Long")]
    public Task A_kill_of_a_server_at_each_step_leaves_the_fleet_whole(string victim) => KillAtEachStepAsync(victim);

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Kills_of_nodes_of_etcd_and_of_clients_and_of_anybody_at_any_time_leave_the_fleet_whole()
    {
        await using var scene = await CrashScene.CreateAsync(servers, seed: 10);
        foreach (var step in new[] { MoveStep.Planned, MoveStep.Copied, MoveStep.Frozen, MoveStep.Activated, MoveStep.Committed, MoveStep.CoreDecided })
            await KillAtAsync(scene, "etcd", step);
        await KillAtAsync(scene, "quorum", MoveStep.Activated);
        for (var life = 0; life < 8; life++) await KillAnyAsync(scene);
        output.WriteLine(scene.Summary());
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_thousand_kills_leave_the_fleet_whole()
    {
        var (lives, seed) = (0, int.Parse(Environment.GetEnvironmentVariable("FORESHARD_SEED") ?? "1000", CultureInfo.InvariantCulture));
        while (lives < LongLives)
        {
            await using var scene = await CrashScene.CreateAsync(servers, ++seed);
            foreach (var step in MoveStep.All)
            {
                await KillAtAsync(scene, ((string[])["mover", "source", "target", "etcd"])[scene.Random.Next(4)], step);
                await KillAnyAsync(scene);
            }

            lives += scene.Kills.Count;
            output.WriteLine(scene.Summary());
            TestContext.Current.SendDiagnosticMessage($"{lives} of {LongLives} lives; {scene.Summary()}");
        }
    }

    private async Task KillAtEachStepAsync(string victim)
    {
        await using var scene = await CrashScene.CreateAsync(servers, 1 + Array.IndexOf(["mover", "source", "target"], victim));
        foreach (var step in MoveStep.All) await KillAtAsync(scene, victim, step);
        output.WriteLine(scene.Summary());
    }

    /// <summary>A life: somebody stands still at the step, the victim is killed, and whatever was killed is started again.</summary>
    private async Task KillAtAsync(CrashScene scene, string victim, string step)
    {
        using var mover = await scene.StartMoverAsync();
        await scene.GoAsync();
        mover.Say($"arm {step} {scene.Random.Next(1, 3)} {(victim == "mover" ? Trap.Die : Trap.Stop)}");
        mover.Say("go");
        if (victim == "mover")
        {
            await scene.DieAsync(mover, $"{victim} at {step}");
            scene.PrepareMover();
        }
        else
        {
            var (from, to) = await scene.ReachAsync(mover, $"{victim} at {step}");
            await WithoutAsync(await VictimsAsync(scene, victim, from, to), scene, () => mover.Say("continue"));
            await scene.RestAsync(mover, $"{victim} at {step}");
        }

        await scene.AssertWholeAsync($"{victim} at {step}");
    }

    /// <summary>A life: somebody is killed at some moment, maybe two at once.</summary>
    private async Task KillAnyAsync(CrashScene scene)
    {
        using var mover = await scene.StartMoverAsync();
        await scene.GoAsync();
        mover.Say("go");
        await Task.Delay(scene.Random.Next(600));
        var victim = ((string[])["mover", "client", "server", "etcd", "server and etcd"])[scene.Random.Next(5)];
        switch (victim)
        {
            case "mover":
                mover.Kill();
                break;
            case "client":
                await scene.KillLoadAsync();
                break;
            default:
                var (from, to) = ($"p{scene.Random.Next(1, 4)}", $"p{scene.Random.Next(1, 4)}");
                await WithoutAsync(await VictimsAsync(scene, victim, from, to), scene, () => { });
                break;
        }

        if (victim != "mover") await scene.RestAsync(mover, $"{victim} at any time");
        scene.PrepareMover();
        await scene.AssertWholeAsync($"{victim} at any time");
    }

    private async Task<List<(Func<Task> Kill, Func<Task> Start)>> VictimsAsync(CrashScene scene, string victim, string from, string to)
    {
        var killed = new List<(Func<Task>, Func<Task>)>();
        if (victim is "source" or "server" or "server and etcd") killed.Add(Server(scene.ServerOf(from)));
        if (victim is "target") killed.Add(Server(scene.ServerOf(to)));
        if (victim is "etcd" or "server and etcd") killed.Add(Node(await servers.Etcd.LeaderAsync() ?? servers.Etcd.Nodes[0]));
        if (victim is "quorum") killed.AddRange(servers.Etcd.Nodes.Take(2).Select(Node));
        return killed;

        static (Func<Task>, Func<Task>) Server(PostgresServer server) => (server.KillAsync, server.StartAgainAsync);

        static (Func<Task>, Func<Task>) Node(EtcdServer node) => (
            () =>
            {
                node.Kill();
                return Task.CompletedTask;
            },
            () =>
            {
                node.Start();
                return node.WaitAsync();
            });
    }

    /// <summary>Whoever stood still goes on before the server is back, or afterwards.</summary>
    private static async Task WithoutAsync(List<(Func<Task> Kill, Func<Task> Start)> victims, CrashScene scene, Action goOn)
    {
        foreach (var (kill, _) in victims) await kill();
        var isEarly = scene.Random.Next(3) > 0;
        if (isEarly) goOn();
        await Task.Delay(scene.Random.Next(1000));
        foreach (var (_, start) in victims) await start();
        if (!isEarly) goOn();
    }
}
