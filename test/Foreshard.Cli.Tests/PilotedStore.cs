using Foreshard.Autopilot;
using Foreshard.Profiling;
using Foreshard.Sessions;
using Foreshard.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Foreshard.Cli.Tests;

/// <summary>A store whose autopilot has seen customers that are too hot for their partition; its clock stands at a Monday, 2026-03-02.</summary>
internal static class PilotedStore
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <summary>Lets the autopilot of the shell's store live through some intervals.</summary>
    /// <param name="shell">Whose store.</param>
    /// <param name="mode">What it does.</param>
    /// <param name="load">Cost units per second that each of the customers 42 and <see cref="NeighbourOf42"/> asks for; a partition serves 100.</param>
    /// <param name="pause">Why it is paused at the end; null: it isn't.</param>
    /// <returns>The two.</returns>
    public static async Task<IReadOnlyList<string>> LiveAsync(Shell shell, AutopilotMode mode, double load = 60, string? pause = null)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero));
        var options = new SqliteStoreOptions
        {
            Autopilot = new AutopilotOptions { Mode = mode, AssumedCapacity = 100, TimeProvider = clock, IsStepped = true },
        };
        await using var store = await EntityStore.OpenAsync(shell.Store, null, options);
        await store.Autopilot.StartAsync(CancellationToken.None);
        var crowd = new[] { store.Schema["customer"].Key(42), NeighbourOf42(store) };
        for (var round = 0; round < 4; round++)
        {
            foreach (var entity in crowd)
            {
                store.Autopilot.Recorder!.Record(new Access
                {
                    TimeUtc = clock.GetUtcNow().UtcDateTime,
                    Entity = entity,
                    Reads = 1,
                    Cost = load * Interval.TotalSeconds,
                });
            }

            clock.Advance(Interval);
            await store.Autopilot.SettleAsync(CancellationToken.None);
        }

        if (pause is not null) await store.Autopilot.PauseAsync(pause);
        return [.. crowd.Select(entity => entity.ToString())];
    }

    /// <summary>A customer in another bucket of the partition that customer 42 is on.</summary>
    private static EntityKey NeighbourOf42(EntityStore store)
    {
        var type = store.Schema["customer"];
        var (bucket, partition) = (store.Where(type.Key(42)).Bucket, store.Where(type.Key(42)).Shards[0].Partition);
        return Enumerable.Range(1, 1000).Select(id => type.Key(id))
            .First(key => store.Where(key).Shards[0].Partition == partition && store.Where(key).Bucket != bucket);
    }
}
