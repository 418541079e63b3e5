using Foreshard.Partitions;

namespace Foreshard.Contracts;

public abstract partial class PartitionContract
{
    private static readonly ShardScope Eu = ShardScope.OfSegments(["eu"], takesNew: false);
    private static readonly ShardScope Others = ShardScope.OfSegments([], takesNew: true);

    [Fact]
    public async Task Core_changes_reach_a_copy_only_when_committed()
    {
        var (home, copy) = await MakeSplitAsync();
        var changes = await ChangeCoreAsync(home, 1, commit: false, "UPDATE customers SET name = 'new' WHERE id = 1",
            "INSERT INTO notes (customer_id, id, text) VALUES (1, 2, 'second')");

        await using (var dropped = await copy.PrepareCoreCopyAsync(Customer(1), [], changes, CancellationToken.None)) Assert.NotNull(dropped);
        Assert.Equal(["c1"], await ReadAsync(copy, Unit(6, copy), "SELECT name FROM customers"));
        await using (var kept = await copy.PrepareCoreCopyAsync(Customer(1), [], changes, CancellationToken.None))
            await kept.CommitAsync(CancellationToken.None);
        await using (var again = await copy.PrepareCoreCopyAsync(Customer(1), [], changes, CancellationToken.None))
            await again.CommitAsync(CancellationToken.None);

        Assert.Equal(["new"], await ReadAsync(copy, Unit(6, copy), "SELECT name FROM customers"));
        Assert.Equal(["first", "second"], await ReadAsync(copy, Unit(6, copy), "SELECT text FROM notes ORDER BY id"));
        await ChangeCoreAsync(home, 1, commit: true, "UPDATE customers SET name = 'new' WHERE id = 1",
            "INSERT INTO notes (customer_id, id, text) VALUES (1, 2, 'second')");
        Assert.Equal(await home.DigestCoreAsync(Customer(1), CancellationToken.None), await copy.DigestCoreAsync(Customer(1), CancellationToken.None));
    }

    [Fact]
    public async Task A_core_change_that_rows_of_a_copy_refer_to_is_refused()
    {
        var (home, copy) = await MakeSplitAsync();
        await RunAsync(home, Unit(5, home), 1, SessionScope.Group, "eu", "DELETE FROM orders WHERE customer_id = 1");
        var changes = await ChangeCoreAsync(home, 1, commit: false, "DELETE FROM notes WHERE customer_id = 1");

        var refused = await Assert.ThrowsAsync<CoreRowsReferencedException>(() =>
            copy.PrepareCoreCopyAsync(Customer(1), [], changes, CancellationToken.None).AsTask());

        Assert.Equal(copy.Name, refused.Partition);
        Assert.Equal(["first"], await ReadAsync(copy, Unit(6, copy), "SELECT text FROM notes"));
        await RunAsync(copy, Unit(6, copy), 1, SessionScope.Group, "us", "UPDATE orders SET total = 1");
    }

    [Fact]
    public async Task The_log_of_core_changes_lasts_until_it_is_cleared()
    {
        var (home, _) = await MakeSplitAsync();
        await ChangeCoreAsync(home, 1, commit: true, "UPDATE notes SET text = 'b' WHERE customer_id = 1 AND id = 1");

        home = await ReopenAsync(home);

        var (entity, changes) = Assert.Single(await home.ReadCoreLogAsync(CancellationToken.None));
        Assert.Equal(Customer(1), entity);
        var notes = changes.Tables.Single(table => !table.Keys.IsEmpty);
        Assert.Equal("notes", notes.Table.Name);
        Assert.Equal("b", Assert.Single(notes.Rows)[notes.Table.Columns.IndexOf("text")]);
        await home.ClearCoreLogAsync(Customer(2), CancellationToken.None);
        Assert.Single(await home.ReadCoreLogAsync(CancellationToken.None));
        await home.ClearCoreLogAsync(Customer(1), CancellationToken.None);
        Assert.Empty(await home.ReadCoreLogAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_session_reports_its_own_core_changes_and_not_what_another_entity_left_in_the_log()
    {
        var (home, _) = await MakeSplitAsync();
        await AddAsync(home, Unit(5, home), 2, 1, "eu");
        await home.SetSplitEntitiesAsync([Customer(1), Customer(2)], CancellationToken.None);
        await ChangeCoreAsync(home, 1, commit: true, "UPDATE notes SET text = 'left' WHERE customer_id = 1");

        var changes = await ChangeCoreAsync(home, 2, commit: false, "UPDATE customers SET name = 'mine' WHERE id = 2");

        var changed = Assert.Single(changes.Tables, table => !table.Keys.IsEmpty);
        Assert.Equal("customers", changed.Table.Name);
        Assert.Single(changed.Keys);
    }

    [Fact]
    public async Task A_session_that_rolls_back_leaves_no_core_log()
    {
        var (home, _) = await MakeSplitAsync();
        await ChangeCoreAsync(home, 1, commit: false, "UPDATE customers SET name = 'x' WHERE id = 1");

        Assert.Empty(await home.ReadCoreLogAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Entities_that_are_not_split_leave_no_core_log()
    {
        var (home, _) = await MakeSplitAsync();
        await AddAsync(home, Unit(5, home), 2, 1, "eu");

        await RunAsync(home, Unit(5, home), 2, SessionScope.Whole, null, "UPDATE customers SET name = 'x' WHERE id = 2");

        Assert.Empty(await home.ReadCoreLogAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Digests_are_equal_where_core_rows_are()
    {
        var (one, two) = (await MakeAsync(1, 5), await MakeAsync(2, 6));
        await AddAsync(one, Unit(5, one), 1, 1, "eu");
        await AddAsync(two, Unit(6, two), 1, 3, "us");
        var same = await one.DigestCoreAsync(Customer(1), CancellationToken.None);

        Assert.Equal(same, await two.DigestCoreAsync(Customer(1), CancellationToken.None));
        await RunAsync(two, Unit(6, two), 1, SessionScope.Whole, null, "UPDATE notes SET text = 'other' WHERE customer_id = 1");
        Assert.NotEqual(same, await two.DigestCoreAsync(Customer(1), CancellationToken.None));
        Assert.NotEqual(same, await one.DigestCoreAsync(Customer(2), CancellationToken.None));
    }

    [Fact]
    public async Task Estimates_follow_the_unit()
    {
        var partition = await MakeAsync(1, 5);
        await AddAsync(partition, Unit(5, partition), 1, 10, "eu", "us");
        await AddAsync(partition, Unit(5, partition), 2, 5, "eu");

        var whole = await partition.EstimateAsync(AllOf(1), CancellationToken.None);
        var shard = await partition.EstimateAsync(new ShardRows(Customer(1), Eu, [], WithCore: false), CancellationToken.None);
        var bucket = await partition.EstimateAsync(new BucketRows(0, 1, [Customer(1)]), CancellationToken.None);

        Assert.Equal(22, whole.Rows);
        Assert.Equal(10, shard.Rows);
        Assert.Equal(7, bucket.Rows);
        Assert.True(whole.Bytes > shard.Bytes && shard.Bytes > 0);
        Assert.Equal(default, await partition.EstimateAsync(AllOf(3), CancellationToken.None));
    }

    [Fact]
    public async Task Keys_and_stray_rows_are_counted()
    {
        var partition = await MakeAsync(1, 5);
        await AddAsync(partition, Unit(5, partition), 1, 3, "eu", "us");
        await AddAsync(partition, Unit(5, partition), 2, 1, "eu");
        var layout = await UseLayoutAsync(partition);
        var keys = new List<(EntityKey, long)>();
        var orders = layout.Entities[0].Tables.Single(table => table.Name == "orders");
        await foreach (var key in partition.ReadKeysAsync(orders, CancellationToken.None)) keys.Add(key);

        Assert.Equal([(Customer(1), 6L), (Customer(2), 1L)], keys.Order());
        Assert.Empty(await partition.CountStrayAsync(
            Customer(1), [new(Customer(1), Eu, [], false), new(Customer(1), Others, ["eu"], false)], CancellationToken.None));
        Assert.Equal([("orders", 3L)], await partition.CountStrayAsync(Customer(1), [new(Customer(1), Eu, [], false)], CancellationToken.None));
    }

    /// <summary>Customer 1 with group eu on the first partition, us and the rest on the second, core rows on both.</summary>
    private async Task<(IPartition Home, IPartition Copy)> MakeSplitAsync()
    {
        var (home, copy) = (await MakeAsync(1, 5), await MakeAsync(2, 6));
        await AddAsync(home, Unit(5, home), 1, 2, "eu");
        await AddAsync(copy, Unit(6, copy), 1, 2, "us");
        foreach (var partition in new[] { home, copy }) await partition.SetSplitEntitiesAsync([Customer(1)], CancellationToken.None);
        return (home, copy);
    }

    /// <summary>What a session on the whole of a split entity changed.</summary>
    private static async Task<CoreChanges> ChangeCoreAsync(IPartition home, long customer, bool commit, params string[] statements)
    {
        var arm = new UnionArm(home, Unit(5, home), AllOf(customer) with { WithCore = false });
        var request = await AskAsync(home, Unit(5, home), customer, SessionScope.Whole, arms: [arm]);
        var admission = await home.AdmitAsync(request, CancellationToken.None);
        await using var session = admission.Session!;
        foreach (var sql in statements) await ExecuteAsync(session, sql);
        var changes = await session.ReadCoreChangesAsync(CancellationToken.None);
        if (commit) await session.CommitAsync(CancellationToken.None);
        return changes;
    }
}
