using System.Collections.Immutable;
using Foreshard.Contracts;
using Foreshard.Mapping;
using Foreshard.Routing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Foreshard.Sqlite.Tests;

public sealed class SqliteMappingStoreTests : MappingStoreContract
{
    private readonly string folder = Directory.CreateTempSubdirectory("foreshard-mapping-").FullName;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(folder, SqliteMappingStore.FileName);

    [Fact]
    public async Task Another_process_follows_by_reading_the_file()
    {
        await using var writer = (SqliteMappingStore)await OpenAsync();
        await using var reader = await SqliteMappingStore.OpenAsync(folder, isReadOnly: true, time, Stop);
        await using var replica = await MappingReplica.StartAsync(reader, time, null, Stop);

        var committed = await writer.CommitAsync(await RaiseAsync(writer, 3), Stop);
        time.Advance(SqliteMappingStore.PollInterval);
        var followed = await replica.WaitForAsync(committed.Version, Stop);
        var next = await writer.CommitAsync(await RaiseAsync(writer, 4), Stop);
        var loaded = await reader.LoadAsync(Stop);

        Assert.Equal((await writer.LoadAsync(Stop)).PlacementOf(new UnitId(3)), followed.PlacementOf(new UnitId(3)));
        Assert.Equal(next.Version, loaded.Version);
        var refused = await Assert.ThrowsAsync<MappingStoreException>(() => reader.AllocateAsync(NumberKind.Epoch, 1, Stop).AsTask());
        Assert.Contains("read-only", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_lags_behind_the_log_is_told_to_load_again()
    {
        await using var writer = (SqliteMappingStore)await OpenAsync();
        await using var reader = await SqliteMappingStore.OpenAsync(folder, isReadOnly: true, time, Stop);
        var start = (await reader.LoadAsync(Stop)).Version;
        var last = 0L;
        for (var i = 0; i <= MappingFeed.Capacity; i++)
            last = (await writer.CommitAsync(new MappingChange { Records = [new("n", last, "{}")] }, Stop)).Version;

        foreach (var store in (SqliteMappingStore[])[writer, reader])
        {
            await foreach (var update in store.WatchAsync(start, Stop))
            {
                Assert.Equal(new MappingUpdate(last, null), update);
                break;
            }
        }

        Assert.Equal(MappingFeed.Capacity, Query("SELECT count(*) FROM changes"));
    }

    [Fact]
    public async Task A_write_that_fails_halfway_changes_nothing_and_the_store_goes_on()
    {
        await using var store = (SqliteMappingStore)await OpenAsync();
        var before = await store.LoadAsync(Stop);
        var change = await RaiseAsync(store, 3) with { Records = [new("move/1", 0, "{}")] };
        Query("CREATE TRIGGER fail BEFORE INSERT ON changes BEGIN SELECT RAISE(ABORT, 'no'); END");

        var error = await Assert.ThrowsAsync<MappingStoreException>(() => store.CommitAsync(change, Stop).AsTask());
        Query("DROP TRIGGER fail");

        Assert.False(error.IsOutcomeUnknown);
        Assert.Same(before, await store.LoadAsync(Stop));
        Assert.Empty(await store.ReadRecordsAsync("", Stop));
        Assert.Equal(before.Version + 1, (await store.CommitAsync(change, Stop)).Version);
    }

    [Fact]
    public async Task A_second_writer_is_found_out_before_it_does_harm()
    {
        await using var first = (SqliteMappingStore)await OpenAsync();
        await using var second = (SqliteMappingStore)await OpenAsync();
        var change = await RaiseAsync(second, 3);
        await first.CommitAsync(await RaiseAsync(first, 3), Stop);

        await Assert.ThrowsAsync<MappingStoreException>(() => second.CommitAsync(change, Stop).AsTask());
        var afterwards = await second.CommitAsync(change, Stop);

        Assert.NotNull(afterwards.Conflict);
        Assert.Equal((await first.LoadAsync(Stop)).Version, (await second.LoadAsync(Stop)).Version);
    }

    [Fact]
    public async Task A_store_that_is_missing_damaged_or_there_already_is_refused_with_what_to_do()
    {
        var missing = await Fails(() => SqliteMappingStore.OpenAsync(Path.Combine(folder, "none"), false, time, Stop));
        var existing = await Fails(() => SqliteMappingStore.CreateAsync(folder, 64, Partitions(), time, Stop));
        await (await OpenAsync()).DisposeAsync();
        Query("UPDATE meta SET value = 99 WHERE name = 'format'");
        var newer = await Fails(() => SqliteMappingStore.OpenAsync(folder, false, time, Stop));
        var other = Directory.CreateDirectory(Path.Combine(folder, "other")).FullName;
        await File.WriteAllTextAsync(Path.Combine(other, SqliteMappingStore.FileName), new string('x', 9000), Stop);
        var damaged = await Fails(() => SqliteMappingStore.OpenAsync(other, false, time, Stop));

        Assert.Contains("There is no mapping store", missing.Message, StringComparison.Ordinal);
        Assert.Contains("already", existing.Message, StringComparison.Ordinal);
        Assert.Contains("format 99", newer.Message, StringComparison.Ordinal);
        Assert.Contains("Restore it from a backup", damaged.Message, StringComparison.Ordinal);
    }

    private protected override async Task<IMappingStore> CreateAsync(int bucketCount, ImmutableArray<PartitionInfo> partitions) =>
        await SqliteMappingStore.CreateAsync(folder, bucketCount, partitions, time, Stop);

    private protected override async Task<IMappingStore> CreateAsync(MappingContents contents) =>
        await SqliteMappingStore.CreateAsync(Path.Combine(folder, "other"), contents, time, Stop);

    private protected override async Task<IMappingStore> OpenAsync() => await SqliteMappingStore.OpenAsync(folder, false, time, Stop);

    private protected override Task PassAsync(TimeSpan span)
    {
        time.Advance(span);
        return Task.CompletedTask;
    }

    private protected override Task RemoveAsync()
    {
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    private static ImmutableArray<PartitionInfo> Partitions() =>
        [new PartitionInfo(new PartitionId(1), "main", "", 0, 0, "main.db", PartitionState.Active)];

    private static Task<MappingStoreException> Fails(Func<ValueTask<SqliteMappingStore>> open) =>
        Assert.ThrowsAsync<MappingStoreException>(async () => await open());

    private static async Task<MappingChange> RaiseAsync(SqliteMappingStore store, int bucket)
    {
        var placement = (await store.LoadAsync(Stop)).PlacementOf(new UnitId(bucket));
        var epoch = await store.AllocateAsync(NumberKind.Epoch, 1, Stop);
        return new MappingChange { Expected = [placement], Buckets = [placement with { Epoch = epoch }] };
    }

    private long Query(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() as long? ?? 0;
    }
}
