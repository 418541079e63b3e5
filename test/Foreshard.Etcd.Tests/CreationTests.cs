using Foreshard.Mapping;

namespace Foreshard.Etcd.Tests;

/// <summary>Stores that are there, half there, damaged or put back to an older state.</summary>
[Trait("Category", "Slow")]
public sealed class CreationTests(OneEtcd etcd)
{
    private static CancellationToken Stop => StoreScene.Stop;

    [Fact]
    public async Task A_store_is_made_once_and_stores_of_one_cluster_know_nothing_of_each_other()
    {
        var (first, second) = (etcd.NewStore(), etcd.NewStore());
        await using var store = await StoreScene.CreateAsync(first);
        await StoreScene.CommitAsync(store, StoreScene.Add("move/1"));

        var existing = await Fails(() => StoreScene.CreateAsync(first));
        var missing = await Fails(() => StoreScene.OpenAsync(second));
        await using var other = await StoreScene.CreateAsync(second);

        Assert.Contains("already", existing.Message, StringComparison.Ordinal);
        Assert.Contains("There is no mapping store", missing.Message, StringComparison.Ordinal);
        Assert.Empty(await other.ReadRecordsAsync("", Stop));
        Assert.Equal(["move/1"], (await store.ReadRecordsAsync("", Stop)).Select(record => record.Key));
    }

    [Fact]
    public async Task A_store_that_was_not_made_to_its_end_is_none_and_is_made_anew()
    {
        var options = etcd.NewStore();
        await (await StoreScene.CreateAsync(options)).DisposeAsync();
        await RawEtcd.DeleteAsync(options, "format");
        await RawEtcd.PutAsync(options, "creating", "somebody who died");
        await RawEtcd.PutAsync(options, "entries/00000/customer/Integer/1", "left over");

        var unfinished = await Fails(() => StoreScene.OpenAsync(options));
        await using var store = await StoreScene.CreateAsync(options);

        Assert.Contains("There is no mapping store", unfinished.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await store.LoadAsync(Stop)).EntryCount);
        Assert.DoesNotContain("creating", await RawEtcd.KeysAsync(options));
    }

    [Fact]
    public async Task Of_many_that_make_a_store_at_once_one_makes_it()
    {
        var options = etcd.NewStore();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(
            async () =>
            {
                try
                {
                    await (await StoreScene.CreateAsync(options)).DisposeAsync();
                    return true;
                }
                catch (MappingStoreException)
                {
                    return false;
                }
            },
            Stop)));

        Assert.InRange(outcomes.Count(isMade => isMade), 0, 1);
        if (!outcomes.Contains(true)) await (await StoreScene.CreateAsync(options)).DisposeAsync();
        await using var store = await StoreScene.OpenAsync(options);
        Assert.Equal(1, (await store.LoadAsync(Stop)).Version);
    }

    [Theory]
    [InlineData("format", "99", "format 99")]
    [InlineData("version", "no number", "no version")]
    [InlineData("buckets/00000", "[]", "power of two")]
    [InlineData("partitions/0000000001", "{", "not a part of a mapping table")]
    [InlineData("entries/00000/customer/Float/1", "{}", "names no entity")]
    [InlineData("entries/00000/customer/Integer/1", "{}", "not a part of a mapping table")]
    public async Task What_makes_no_sense_is_told_with_what_to_do(string key, string value, string told)
    {
        var options = etcd.NewStore();
        await (await StoreScene.CreateAsync(options)).DisposeAsync();
        await RawEtcd.PutAsync(options, key, value);

        var error = await Fails(() => StoreScene.OpenAsync(options));

        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.Contains("docs/etcd.md", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1 0123456789abcdef")]
    [InlineData("3 0123456789abcdef")]
    public async Task A_store_that_was_put_back_is_recognized_and_nothing_is_changed(string version)
    {
        var options = etcd.NewStore();
        await using var store = await StoreScene.CreateAsync(options);
        await StoreScene.CommitAsync(store, StoreScene.Add("move/1"));
        await StoreScene.CommitAsync(store, StoreScene.Add("move/2"));
        await RawEtcd.PutAsync(options, "version", version);

        var read = await Assert.ThrowsAsync<MappingStoreException>(() => store.LoadAsync(Stop).AsTask());
        var commit = await Assert.ThrowsAsync<MappingStoreException>(() => store.CommitAsync(StoreScene.Add("move/3"), Stop).AsTask());

        Assert.Contains("restored from an older snapshot", read.Message, StringComparison.Ordinal);
        Assert.False(commit.IsOutcomeUnknown);
        await using var other = await StoreScene.OpenAsync(options);
        Assert.Equal(2, (await other.ReadRecordsAsync("", Stop)).Count);
    }

    [Fact]
    public async Task As_many_buckets_as_there_can_be_are_made_and_read_again()
    {
        var options = etcd.NewStore();
        await using (await EtcdMappingStore.CreateAsync(options, MappingSnapshot.MaxBucketCount, StoreScene.Partitions, TimeProvider.System, Stop))
        {
        }

        await using var store = await StoreScene.OpenAsync(options);
        var table = await store.LoadAsync(Stop);

        Assert.Equal(MappingSnapshot.MaxBucketCount, table.BucketCount);
        Assert.Equal(MappingSnapshot.MaxBucketCount, table.PlacementOf(new UnitId(MappingSnapshot.MaxBucketCount - 1)).Epoch);
        await StoreScene.CommitAsync(store, await StoreScene.RaiseAsync(store, MappingSnapshot.MaxBucketCount - 1));
    }

    [Fact]
    public async Task What_is_too_large_for_etcd_is_refused_and_changes_nothing()
    {
        using var server = await Servers.EtcdServer.StartAsync(null, "--quota-backend-bytes", "20000000");
        var options = new EtcdOptions { Endpoints = [server.Endpoint] };
        await using var store = await StoreScene.CreateAsync(options);
        MappingChange Large(int number, int size) => new() { Records = [new RecordWrite($"r/{number:D2}", 0, new string('x', size))] };

        var tooLarge = await Assert.ThrowsAsync<MappingStoreException>(() => store.CommitAsync(Large(0, 3_000_000), Stop).AsTask());
        var full = await Assert.ThrowsAsync<MappingStoreException>(async () =>
        {
            for (var i = 1; i < 40; i++) await store.CommitAsync(Large(i, 1_000_000), Stop);
        });

        Assert.Contains("larger than etcd takes at once", tooLarge.Message, StringComparison.Ordinal);
        Assert.Contains("space quota is used up", full.Message, StringComparison.Ordinal);
        Assert.False(tooLarge.IsOutcomeUnknown || full.IsOutcomeUnknown);
        Assert.Equal((await store.LoadAsync(Stop)).Version - 1, (await store.ReadRecordsAsync("r/", Stop)).Count);
    }

    private static Task<MappingStoreException> Fails(Func<Task<EtcdMappingStore>> open) => Assert.ThrowsAsync<MappingStoreException>(open);
}
