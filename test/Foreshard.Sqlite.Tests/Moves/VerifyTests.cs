using Foreshard.Moving;
using Foreshard.Partitions;
using Foreshard.Sqlite.Tests.Stores;

namespace Foreshard.Sqlite.Tests.Moves;

/// <summary>What was written to the files past the store is found, named and never deleted.</summary>
public sealed class VerifyTests
{
    private static readonly EntityKey Customer = Shop.Schema["customer"].Key(42);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stray_rows_on_the_target_stop_a_move_and_stay(bool live)
    {
        await using var store = await OpenAsync(live);
        var (from, to) = (store.PartitionOf(Customer), store.AnotherThan(Customer));
        store.WriteFile(to, "INSERT INTO notes VALUES (42, 99, 'stray')");

        var stopped = await Assert.ThrowsAsync<MoveAbortedException>(() => store.Store.MoveAsync(Customer, to));

        Assert.Equal((to, "notes"), (((StrayRowsException)stopped.InnerException!).Partition, ((StrayRowsException)stopped.InnerException!).Table));
        Assert.Equal(["stray"], store.ReadFile(to, "SELECT text FROM notes"));
        Assert.Equal(from, store.PartitionOf(Customer));
        Assert.Equal([(FindingKind.StrayRows, to, "notes")], await FindAsync(store));
        store.WriteFile(to, "DELETE FROM notes WHERE customer_id = 42");
        await store.Store.MoveAsync(Customer, to);
        await store.AssertWholeAsync();
    }

    [Fact]
    public async Task Rows_in_none_of_a_split_entitys_shards_stop_its_moves()
    {
        await using var store = await OpenAsync();
        await store.Store.SplitAsync(Customer, SplitPoints.Segments(["us"]));
        await store.Store.MoveAsync(Customer, store.AnotherThan(Customer), "us");
        var here = store.PartitionOf(Customer, "us");
        store.WriteFile(here, "INSERT INTO orders (customer_id, region, id, total) VALUES (42, 'eu', 500, 1)");
        Assert.Equal([(FindingKind.StrayRows, here, "orders")], await FindAsync(store));

        await Assert.ThrowsAsync<MoveAbortedException>(() => store.Store.MoveAsync(Customer, store.AnotherThan(Customer), "us"));

        Assert.Equal(here, store.PartitionOf(Customer, "us"));
        Assert.Equal(["1"], store.ReadFile(here, "SELECT count(*) FROM orders WHERE id = 500"));
    }

    [Fact]
    public async Task Copies_that_differ_are_found()
    {
        await using var store = await OpenAsync();
        await store.Store.SplitAsync(Customer, SplitPoints.Segments(["us"]));
        await store.Store.MoveAsync(Customer, store.AnotherThan(Customer), "us");
        var copy = store.PartitionOf(Customer, "us");

        store.WriteFile(copy, "UPDATE notes SET text = 'tampered' WHERE customer_id = 42");

        Assert.Equal([(FindingKind.DifferingCopies, copy, "customer/42")], await FindAsync(store));
    }

    [Fact]
    public async Task Keys_that_are_not_in_their_canonical_form_are_found()
    {
        await using var store = await OpenAsync();
        store.WriteFile("p2", "INSERT INTO notes VALUES ('forty-two', 1, 'x'), (4.5, 1, 'x')");

        Assert.Equal([(FindingKind.MalformedKeys, "p2", "notes")], await FindAsync(store));
        Assert.Contains("2 rows", (await store.Store.VerifyAsync())[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE foreshard_owner SET epoch = epoch + 1000 WHERE unit = {0}", 1)]
    [InlineData("DELETE FROM foreshard_owner WHERE unit = {0}", 1)]
    [InlineData("UPDATE foreshard_owner SET state = 3 WHERE unit = {0}", 1)]
    [InlineData("UPDATE foreshard_owner SET unit = unit + 100000 WHERE unit = {0}", 2)]
    public async Task Owner_rows_that_say_otherwise_than_the_map_are_found(string sql, int findings)
    {
        await using var store = await OpenAsync();
        var here = store.PartitionOf(Customer);

        store.WriteFile(here, string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, store.Store.Where(Customer).Bucket));

        var found = await FindAsync(store);
        Assert.Equal(findings, found.Count);
        Assert.All(found, one => Assert.Equal((FindingKind.WrongOwner, here), (one.Kind, one.Partition)));
    }

    [Fact]
    public async Task Nothing_is_found_where_nothing_is_wrong_while_a_move_runs()
    {
        TaskCompletionSource copied = new(), goOn = new();
        await using var store = await OpenAsync(live: true, step =>
        {
            if (step != MoveStep.Copied) return;
            copied.TrySetResult();
            goOn.Task.Wait();
        });
        var move = Task.Run(() => store.Store.MoveAsync(Customer, store.AnotherThan(Customer)));
        await copied.Task;

        await store.AssertWholeAsync();

        goOn.SetResult();
        await move;
        await store.AssertWholeAsync();
    }

    [Fact]
    public async Task A_shard_brings_core_rows_only_where_none_are()
    {
        await using var store = await OpenAsync(live: true);
        await store.Store.SplitAsync(Customer, SplitPoints.Segments(["us"], ["asia"]));
        var (home, to) = (store.PartitionOf(Customer), store.AnotherThan(Customer));

        await store.Store.MoveAsync(Customer, to, "us");
        Assert.Equal(["1"], store.ReadFile(to, "SELECT count(*) FROM notes"));
        await store.Store.MoveAsync(Customer, to, "asia");
        Assert.Equal(["1"], store.ReadFile(to, "SELECT count(*) FROM notes"));
        await store.Store.MoveAsync(Customer, home, "us");
        Assert.Equal(["1"], store.ReadFile(to, "SELECT count(*) FROM notes"));
        await store.Store.MoveAsync(Customer, home, "asia");
        Assert.Equal(["0"], store.ReadFile(to, "SELECT count(*) FROM notes"));
        await store.AssertWholeAsync();
    }

    [Theory]
    [InlineData("us")]
    [InlineData("eu")]
    public async Task Core_rows_written_while_a_shard_moves_arrive_with_it(string region)
    {
        TempStore? armed = null;
        await using var store = await OpenAsync(live: true, step =>
        {
            if (step is MoveStep.Prepared or MoveStep.Copied or MoveStep.Verified)
            {
                armed?.RunAsync(
                    Customer,
                    default,
                    $"INSERT INTO notes SELECT 42, max(id) + 1, '{step}' FROM notes; "
                    + $"UPDATE customers SET name = '{step}' WHERE id = 42").Wait();
            }
        });
        await store.Store.SplitAsync(Customer, SplitPoints.Segments(["us"]));
        await store.Store.MoveAsync(Customer, store.AnotherThan(Customer), "us");
        armed = store;

        await store.Store.MoveAsync(Customer, store.AnotherThan(Customer), region);

        armed = null;
        var to = store.PartitionOf(Customer, region);
        Assert.Equal(["x", "prepared", "copied", "verified"], store.ReadFile(to, "SELECT text FROM notes WHERE customer_id = 42 ORDER BY id"));
        Assert.Equal(["verified"], store.ReadFile(to, "SELECT name FROM customers WHERE id = 42"));
        await store.AssertWholeAsync();
    }

    private static async Task<TempStore> OpenAsync(bool live = false, Action<string>? reached = null)
    {
        var options = Shop.Options(reached);
        options.Moves.BlockingRows = live ? 0 : 10_000;
        var store = await TempStore.OpenAsync(Shop.Schema, Shop.Ddl, options);
        await store.RunAsync(Customer, default, "INSERT INTO customers (id, name) VALUES (42, 'c42'); INSERT INTO notes VALUES (42, 1, 'x')");
        foreach (var region in new[] { "eu", "us", "asia" })
        {
            await store.RunAsync(
                Customer, region, $"INSERT INTO orders (customer_id, region, id, total) VALUES (42, '{region}', 1, 1), (42, '{region}', 2, 2)");
        }

        return store;
    }

    private static async Task<List<(FindingKind Kind, string Partition, string Subject)>> FindAsync(TempStore store) =>
        [.. (await store.Store.VerifyAsync()).Select(finding => (finding.Kind, finding.Partition, finding.Subject))];
}
