using Foreshard.Servers;
using Npgsql;

namespace Foreshard.Fleet.Tests.Crash;

/// <summary>Connections that break in the middle of moves and commits, with all servers and processes alive.</summary>
[Collection(CrashServers.Collection)]
public sealed class CutTests(CrashServers servers, ITestOutputHelper output)
{
    /// <summary>What is in the packets that are cut off from their answers: a session's commit, an owner row's change, the guard, a fence's mark.</summary>
    private static readonly string[] Packets =
    [
        "foreshard.finish", "UPDATE foreshard.owner", "foreshard.admit", "pg_logical_emit_message", "COMMIT", "foreshard.core_log",
    ];

    [Fact]
    [Trait("Category", "Slow")]
    public Task Connections_that_break_leave_the_fleet_whole() => CutAsync(seed: 30, lives: 14);

    [Fact]
    [Trait("Category", "Long")]
    public Task Two_hundred_breaks_leave_the_fleet_whole() => CutAsync(seed: 31, lives: 200);

    private async Task CutAsync(int seed, int lives)
    {
        var proxies = servers.Partitions.Select(server => new TcpProxy(server.Port)).ToList();
        await using var scene = await CrashScene.CreateAsync(
            servers, seed, databases => [.. databases.Select((at, index) => Through(proxies[index], at))]);
        try
        {
            using var mover = await scene.StartMoverAsync();
            for (var life = 0; life < lives; life++)
            {
                await scene.GoAsync();
                mover.Say("go");
                await Task.Delay(scene.Random.Next(300), Fleet.Stop);
                await CutAsync(proxies[scene.Random.Next(proxies.Count)], scene.Random, Packets[life % Packets.Length]);
                await Task.Delay(scene.Random.Next(200), Fleet.Stop);
                await scene.RestAsync(mover, "a cut");
                await scene.AssertWholeAsync($"cut at {Packets[life % Packets.Length]}");
            }
        }
        finally
        {
            foreach (var proxy in proxies) await proxy.DisposeAsync();
        }

        output.WriteLine(scene.Summary());
    }

    /// <summary>An answer is lost and all connections break with it; or nothing gets through for a while, and then they break.</summary>
    private static async Task CutAsync(TcpProxy proxy, Random random, string packet)
    {
        if (random.Next(3) > 0)
        {
            await Task.WhenAny(proxy.CutAfter(packet), Task.Delay(TimeSpan.FromSeconds(2), Fleet.Stop));
            return;
        }

        proxy.Hold();
        await Task.Delay(random.Next(1500), Fleet.Stop);
        proxy.Cut();
        proxy.LetGo();
    }

    internal static string Through(TcpProxy proxy, string location) =>
        new NpgsqlConnectionStringBuilder(location) { Port = proxy.Port }.ConnectionString;
}
