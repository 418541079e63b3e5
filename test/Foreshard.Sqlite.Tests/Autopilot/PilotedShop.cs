using Foreshard.Autopilot;
using Foreshard.Profiling;
using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;
using Microsoft.Extensions.Time.Testing;

namespace Foreshard.Sqlite.Tests.Autopilot;

/// <summary>A shop whose autopilot lives by a clock of its own: weeks pass in seconds. The moves are real ones.</summary>
internal sealed class PilotedShop : IAsyncDisposable
{
    /// <summary>Cost units per second that each partition serves.</summary>
    public const double Capacity = 100;

    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private readonly Shop shop;
    private readonly Action<AutopilotOptions>? configure;
    private readonly Action<string>? reached;

    private PilotedShop(Shop shop, FakeTimeProvider clock, Action<AutopilotOptions>? configure, Action<string>? reached)
    {
        this.shop = shop;
        Clock = clock;
        this.configure = configure;
        this.reached = reached;
    }

    /// <summary>What is asked of whom: cost units per second at a time.</summary>
    public delegate IEnumerable<(EntityKey Entity, GroupKey Group, double Load)> Demand(DateTime timeUtc);

    public FakeTimeProvider Clock { get; }

    public EntityStore Store => shop.Store;

    public string Folder => shop.Folder;

    public DateTime Now => Clock.GetUtcNow().UtcDateTime;

    /// <summary>Intervals in which a partition was asked for more than it serves, since the begin.</summary>
    public int Overloaded { get; private set; }

    public static async Task<PilotedShop> OpenAsync(
        DateTime startUtc, Demand? history = null, int historyDays = 21, Action<AutopilotOptions>? configure = null, Action<string>? reached = null)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(startUtc, TimeSpan.Zero));
        var shop = await Shop.OpenAsync(Options(clock, configure, reached));
        var piloted = new PilotedShop(shop, clock, configure, reached);
        for (var customer = 1; customer <= 8; customer++) await shop.AddCustomerAsync(customer, 3, "eu", "us");
        if (history is not null) piloted.Store.Autopilot.Learn(Past(history, startUtc - TimeSpan.FromDays(historyDays), startUtc));
        await piloted.Store.Autopilot.StartAsync(CancellationToken.None);
        return piloted;
    }

    /// <summary>The store is closed and opened again; the clock goes on.</summary>
    public async Task ReopenAsync(TimeSpan away = default)
    {
        await Store.DisposeAsync();
        Clock.Advance(away);
        await shop.ReopenAsync(Options(Clock, configure, reached));
        await Store.Autopilot.StartAsync(CancellationToken.None);
    }

    /// <summary>Time passes.</summary>
    public async Task LiveAsync(TimeSpan duration, Demand demand)
    {
        for (var until = Now + duration; Now < until;)
        {
            var loads = new Dictionary<string, double>();
            foreach (var access in Accesses(demand, Now))
            {
                Store.Autopilot.Recorder!.Record(access);
                var shards = Store.Where(access.Entity).Shards;
                var isWhole = access.Group.IsNone || access.Group.Segment is null;
                var partition = isWhole ? shards.Single(shard => shard.IsHome).Partition : Store.Where(access.Entity, access.Group).Partition;
                loads[partition] = loads.GetValueOrDefault(partition) + (access.Cost / Interval.TotalSeconds);
            }

            Overloaded += loads.Values.Count(load => load > Capacity);
            Clock.Advance(Interval);
            await Store.Autopilot.SettleAsync(CancellationToken.None);
        }
    }

    public async Task<IReadOnlyList<Decision>> DecisionsAsync(DecisionState state = DecisionState.Done) =>
        [.. (await Store.Autopilot.ReadDecisionsAsync()).Where(decision => decision.State == state)];

    public ValueTask DisposeAsync() => shop.DisposeAsync();

    private static SqliteStoreOptions Options(FakeTimeProvider clock, Action<AutopilotOptions>? configure, Action<string>? reached)
    {
        var options = Shop.Options(reached);
        options.Autopilot = new AutopilotOptions
        {
            Mode = AutopilotMode.Act,
            AssumedCapacity = Capacity,
            TimeProvider = clock,
            IsStepped = true,
        };
        configure?.Invoke(options.Autopilot);
        return options;
    }

    private static IEnumerable<Access> Past(Demand demand, DateTime fromUtc, DateTime toUtc)
    {
        for (var time = fromUtc; time < toUtc; time += Interval)
        {
            foreach (var access in Accesses(demand, time)) yield return access;
        }
    }

    private static IEnumerable<Access> Accesses(Demand demand, DateTime time) => demand(time).Where(one => one.Load > 0).Select(one => new Access
    {
        TimeUtc = time,
        Entity = one.Entity,
        Group = one.Group,
        Reads = 1,
        Cost = one.Load * Interval.TotalSeconds,
    });
}
