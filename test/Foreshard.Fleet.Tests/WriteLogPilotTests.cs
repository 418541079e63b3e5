using Foreshard.Autopilot;
using Foreshard.Sessions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Foreshard.Fleet.Tests;

/// <summary>The autopilot and what partitions' own logs tell it.</summary>
[Trait("Category", "Slow")]
public sealed class WriteLogPilotTests(OneEtcd etcd)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task What_is_written_beside_sessions_is_load_of_its_entity_and_group_and_what_sessions_and_moves_write_counts_once()
    {
        var (fleet, store) = await Fleet.StartAsync(etcd, configure: Piloted);
        await using var _ = fleet;
        await SwitchAsync(store, isOn: true);
        await store.Autopilot.StartAsync(Fleet.Stop);
        await StepAsync(store);
        await Fleet.AddCustomerAsync(store, 42, 20, "eu", "us");
        await StepAsync(store);
        Assert.Equal(0, store.Autopilot.Status.RowsBesideSessions);

        await BesideAsync(fleet, store.Where(Fleet.Customer(42)).Shards[0].Partition, "UPDATE orders SET total = 0 WHERE customer_id = 42 AND region = 'us'");
        await store.ExecuteAsync(
            Fleet.Customer(42), "eu", "UPDATE orders SET total = 1 WHERE customer_id = 42 AND region = 'eu'", cancellationToken: Fleet.Stop);
        var before = Profile(store).Totals.Writes;
        await StepAsync(store);

        Assert.Equal(20, store.Autopilot.Status.RowsBesideSessions);
        Assert.Equal(before + 40, Profile(store).Totals.Writes);

        var to = store.Partitions.First(one => one.Name != store.Where(Fleet.Customer(42)).Shards[0].Partition).Name;
        await store.MoveAsync(Fleet.Customer(42), to, cancellationToken: Fleet.Stop);
        await BesideAsync(fleet, to, "DELETE FROM orders WHERE customer_id = 42 AND id <= 5");
        await StepAsync(store);

        Assert.Equal(30, store.Autopilot.Status.RowsBesideSessions);
        clock.Advance(TimeSpan.FromHours(2));
        await store.Autopilot.SettleAsync(Fleet.Stop);
        Assert.Equal(30, store.Autopilot.Status.RowsBesideSessions);
        Assert.All(
            store.Autopilot.Status.WriteLogs,
            log => Assert.True(log is { Notice: null, ReadAt: not null, UnknownRows: 0, LagBytes: > 0 }, log.ToString()));
        await SwitchAsync(store, isOn: false);
    }

    [Fact]
    public async Task Another_process_that_takes_over_goes_on_where_the_log_was_read()
    {
        var (fleet, one) = await Fleet.StartAsync(etcd, configure: Piloted);
        await using var _ = fleet;
        await Fleet.AddCustomerAsync(one, 42, 20, "eu");
        var partition = one.Where(Fleet.Customer(42)).Shards[0].Partition;
        await SwitchAsync(one, isOn: true);
        await one.Autopilot.StartAsync(Fleet.Stop);
        await StepAsync(one);
        await BesideAsync(fleet, partition, "UPDATE orders SET total = 0");
        await StepAsync(one);
        await BesideAsync(fleet, partition, "UPDATE orders SET total = 1 WHERE id <= 7");
        await one.DisposeAsync();

        var two = await fleet.OpenAsync(Piloted);
        await two.Autopilot.StartAsync(Fleet.Stop);
        await StepAsync(two);

        Assert.Equal(7, two.Autopilot.Status.RowsBesideSessions);
        await SwitchAsync(two, isOn: false);
    }

    [Fact]
    public async Task Logs_that_were_switched_off_and_what_dead_moves_left_are_taken_away_and_logs_that_fail_are_told_of()
    {
        var (fleet, store) = await Fleet.StartAsync(etcd, configure: Piloted);
        await using var _ = fleet;
        await SwitchAsync(store, isOn: true);
        Assert.All(store.Partitions, partition => Assert.True(partition.HasWriteLog));
        await store.Autopilot.StartAsync(Fleet.Stop);
        await StepAsync(store);
        await BesideAsync(fleet, "p1", "CREATE PUBLICATION foreshard_moves_999999 FOR TABLE orders");
        await BesideAsync(fleet, "p1", "DROP PUBLICATION foreshard_writes; INSERT INTO customers VALUES (1, 'x', NULL)");
        await StepAsync(store);
        Assert.Contains("publication", store.Autopilot.Status.WriteLogs[0].Notice!, StringComparison.Ordinal);

        await SwitchAsync(store, isOn: false);
        clock.Advance(TimeSpan.FromHours(2));
        await store.Autopilot.SettleAsync(Fleet.Stop);

        Assert.Empty(store.Autopilot.Status.WriteLogs);
        foreach (var partition in store.Partitions)
        {
            Assert.False(partition.HasWriteLog);
            Assert.Equal(0L, await fleet.ReadPartitionAsync(
                partition.Name,
                "SELECT (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_replication_slots WHERE database = current_database())"));
        }
    }

    private static Profiling.EntityProfile Profile(EntityStore store)
    {
        var outlook = store.Autopilot.Outlook!;
        return outlook.Profiles.Find(Fleet.Customer(42), outlook.Open - 1)!;
    }

    private static async Task SwitchAsync(EntityStore store, bool isOn)
    {
        foreach (var partition in store.Partitions)
            await store.SetPartitionAsync(partition.Name, new PartitionSettings { WriteLog = isOn }, Fleet.Stop);
    }

    private static async Task BesideAsync(Fleet fleet, string partition, string sql)
    {
        var location = fleet.Locations[int.Parse(partition.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture) - 1];
        await using var connection = new NpgsqlConnection(location + ";Pooling=false");
        await connection.OpenAsync(Fleet.Stop);
        await using var command = new NpgsqlCommand("SET foreshard.scope = 'maintenance'; " + sql, connection);
        await command.ExecuteNonQueryAsync(Fleet.Stop);
    }

    private void Piloted(FleetStoreOptions options) => options.Autopilot = new AutopilotOptions
    {
        Mode = AutopilotMode.Advise,
        Interval = Interval,
        TimeProvider = clock,
        IsStepped = true,
    };

    private async Task StepAsync(EntityStore store)
    {
        clock.Advance(Interval);
        await store.Autopilot.SettleAsync(Fleet.Stop);
    }
}
