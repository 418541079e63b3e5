using System.Diagnostics;
using System.Globalization;
using Foreshard.CrashWorker;
using Foreshard.Fleet.Tests.Histories;
using Foreshard.FleetClient;
using Foreshard.Moving;
using Foreshard.Servers;
using Foreshard.Sessions;
using Npgsql;

namespace Foreshard.Fleet.Tests.Crash;

/// <summary>
/// A store whose processes and servers are killed, again and again, while a process of clients goes on that knows nothing of it; and whatever was killed is
/// started again.
/// </summary>
internal sealed class CrashScene : IAsyncDisposable
{
    /// <summary>Within so long everything can be written again, on a machine that is very busy.</summary>
    public static readonly TimeSpan TouchLimit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan LeftoverLimit = TimeSpan.FromSeconds(60);
    private const int Clients = 5;

    private readonly CrashServers servers;
    private readonly string name;
    private readonly IReadOnlyList<string> locations;
    private readonly string histories = Directory.CreateTempSubdirectory("foreshard-histories-").FullName;
    private readonly CrashCheck check;
    private EntityStore store = null!;
    private Companion? load;
    private Companion? spare;
    private int runs;

    private CrashScene(CrashServers servers, string name, IReadOnlyList<string> locations, int seed)
    {
        this.servers = servers;
        this.name = name;
        this.locations = locations;
        Seed = seed;
        Random = new Random(seed);
        check = new CrashCheck(new HistoryReader(histories));
    }

    public int Seed { get; }

    public Random Random { get; }

    /// <summary>What was killed so far, in order.</summary>
    public List<string> Kills { get; } = [];

    /// <summary>How long it took, after each kill, until everything could be written.</summary>
    public List<TimeSpan> Recoveries { get; } = [];

    public CrashCheck Check => check;

    /// <summary>The test's own store: one more process, as the others see it.</summary>
    public EntityStore Store => store;

    public IReadOnlyList<string> Locations => locations;

    private IReadOnlyList<string> Endpoints => servers.Etcd.Endpoints;

    public static async Task<CrashScene> CreateAsync(CrashServers servers, int seed, Func<IReadOnlyList<string>, IReadOnlyList<string>>? through = null)
    {
        var (name, databases) = await servers.NewStoreAsync();
        var locations = through is null ? databases : through(databases);
        var scene = new CrashScene(servers, name, locations, seed);
        try
        {
            await FleetBank.CreateAsync(
                servers.Etcd.Endpoints, name, [.. locations.Select((at, index) => new NewPartition($"p{index + 1}", new() { Location = at }))]);
            scene.store = await EntityStore.OpenFleetAsync(FleetBank.Options(scene.Endpoints, name), FleetBank.Schema);
            await scene.StartLoadAsync();
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    /// <summary>The server of a partition.</summary>
    public PostgresServer ServerOf(string partition) => servers.Partitions[int.Parse(partition[1..], CultureInfo.InvariantCulture) - 1];

    /// <summary>A process that moves, ready and told nothing yet.</summary>
    public async Task<Companion> StartMoverAsync()
    {
        var mover = spare ?? NewMover();
        spare = null;
        try
        {
            await HearAsync(mover, Load.Ready);
        }
        catch
        {
            mover.Dispose();
            throw;
        }

        return mover;
    }

    /// <summary>Waits until somebody in a process that moves stands still at a step.</summary>
    /// <returns>The two partitions between which it is at work.</returns>
    public async Task<(string From, string To)> ReachAsync(Companion mover, string step) =>
        (await ToldAsync(() => mover.HearAsync(StepLimit), step)).Split(' ') is [Trap.Word, _, var from, var to] ? (from, to) : default;

    /// <summary>Waits until a process that moves has killed itself at a step.</summary>
    public Task DieAsync(Companion mover, string step) => ToldAsync(
        async () =>
        {
            await mover.DieAsync(StepLimit);
            return step;
        },
        step);

    /// <summary>So that the next one is ready sooner.</summary>
    public void PrepareMover() => spare ??= NewMover();

    /// <summary>Lets the clients work.</summary>
    public Task GoAsync() => AskAsync(load!, "go", "going");

    /// <summary>Lets the clients work until everything could be written, then rest; and checks everything.</summary>
    public async Task AssertWholeAsync(string what, bool anyHangs = false)
    {
        Kills.Add(what);
        var touched = await load!.AskAsync("touch", Patience);
        Assert.True(touched.StartsWith("touched ", StringComparison.Ordinal), $"{Where(what)}: {touched}\n{await DescribeAsync()}");
        var recovery = TimeSpan.FromMilliseconds(long.Parse(touched.Split(' ')[1], CultureInfo.InvariantCulture));
        Recoveries.Add(recovery);
        Assert.True(recovery < TouchLimit, $"{Where(what)}: only after {recovery} could everything be written.\n{await DescribeAsync()}");
        await AskAsync(load, "pause", "paused");
        await AssertQuietWholeAsync(what, anyHangs);
    }

    /// <summary>Checks everything; nobody is at work.</summary>
    public async Task AssertQuietWholeAsync(string what, bool anyHangs = false)
    {
        var partitions = new List<PartitionContents>();
        try
        {
            for (var index = 0; index < locations.Count; index++) partitions.Add(await PartitionContents.OpenAsync($"p{index + 1}", locations[index]));
            await SettleAsync(what, partitions, anyHangs);
            await store.CatchUpAsync(CancellationToken.None);
            var findings = await check.FindAsync(store, partitions);
            var first = findings.Take(20).Select(one => one.Length > 1200 ? one[..1200] : one);
            if (findings.Count > 0) Assert.Fail($"{Where(what)}:\n{string.Join('\n', first)}\n{await DescribeAsync()}");
        }
        finally
        {
            foreach (var partition in partitions) await partition.DisposeAsync();
        }
    }

    /// <summary>Has a process that moves end what it is at.</summary>
    public Task RestAsync(Companion mover, string what) => ToldAsync(
        async () =>
        {
            await AskAsync(mover, "rest", "resting");
            return what;
        },
        what);

    /// <summary>Kills the clients' process and starts another.</summary>
    public async Task KillLoadAsync()
    {
        load!.Kill();
        await StartLoadAsync();
    }

    /// <summary>Waits for a certain answer.</summary>
    public static async Task HearAsync(Companion from, string expected)
    {
        var heard = await from.HearAsync(Patience);
        Assert.True(heard == expected, $"'{heard}' instead of '{expected}'");
    }

    public static async Task AskAsync(Companion of, string line, string expected)
    {
        of.Say(line);
        await HearAsync(of, expected);
    }

    public string Summary()
    {
        var kinds = Kills.GroupBy(kill => kill.Split(" at ")[0]).Select(group => $"{group.Count()} {group.Key}");
        var waits = Recoveries.Order().ToList();
        var outcomes = check.Outcomes.Select(one => $"{one.Value} {one.Key}");
        return $"{Kills.Count} lives ({string.Join(", ", kinds)}); acts: {string.Join(", ", outcomes)}; everything was written again after "
            + $"{waits[waits.Count / 2].TotalMilliseconds:0} ms (median), {waits[^1].TotalMilliseconds:0} ms (worst, {Kills[Recoveries.IndexOf(waits[^1])]})";
    }

    public async ValueTask DisposeAsync()
    {
        load?.Dispose();
        spare?.Dispose();
        if (store is not null) await store.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        Directory.Delete(histories, recursive: true);
    }

    private Companion NewMover() => Companion.Start(typeof(FleetMover).Assembly, [FleetMover.Word, .. NewRun(0).ToWords()]);

    private async Task StartLoadAsync()
    {
        load?.Dispose();
        load = Companion.Start(typeof(Load).Assembly, NewRun(Clients).ToWords());
        await HearAsync(load, Load.Ready);
    }

    private ClientArguments NewRun(int clients) => new(Endpoints, name, histories, (Seed * 1000) + ++runs, clients);

    /// <summary>
    /// Waits until nothing of any operation is left. Whoever is dead is thought to live for a while; who knows better need not wait. Of those that hang nobody
    /// knows better.
    /// </summary>
    private async Task SettleAsync(string what, IReadOnlyList<PartitionContents> partitions, bool anyHangs)
    {
        var watch = Stopwatch.StartNew();
        while (await CrashCheck.FindLeftoversAsync(store, partitions, anyHangs) is { Count: > 0 } left)
        {
            if (watch.Elapsed > LeftoverLimit) Assert.Fail($"{Where(what)}, for {watch.Elapsed}:\n{string.Join('\n', left)}\n{await DescribeAsync()}");
            if (!anyHangs)
            {
                foreach (var operation in await new OperationLog(store.Moving.Store).ReadAsync(CancellationToken.None))
                {
                    if (!operation.Record.IsOver) await new Recovery(store.Moving).TakeOverAsync(operation, CancellationToken.None);
                }
            }

            await Task.Delay(100);
        }
    }

    /// <summary>A process that is silent, or has ended, is told about with all that is known.</summary>
    private async Task<string> ToldAsync(Func<Task<string>> ask, string what)
    {
        try
        {
            return await ask();
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidOperationException($"{Where(what)}: {exception.Message}\n{await DescribeAsync()}", exception);
        }
    }

    private string Where(string what) => $"Seed {Seed}, life {Kills.Count}, {what}";

    private async Task<string> DescribeAsync()
    {
        var operations = (await store.ReadOperationsAsync()).TakeLast(8).Select(operation => operation.ToString());
        var files = Directory.EnumerateFiles(histories).Where(file => Path.GetExtension(file) is ".mover" or ".core")
            .OrderBy(File.GetLastWriteTimeUtc).TakeLast(2).Select(file => $"{Path.GetFileName(file)}: {string.Join('\n', File.ReadLines(file).TakeLast(4))}");
        return $"Last kills: {string.Join("; ", Kills.TakeLast(5))}\nLast operations:\n{string.Join('\n', operations)}\n{string.Join('\n', files)}";
    }
}
