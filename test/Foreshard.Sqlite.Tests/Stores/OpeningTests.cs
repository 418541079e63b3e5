using System.Globalization;
using Foreshard.Partitions;
using Foreshard.Sessions;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite.Tests.Stores;

/// <summary>Who may open a store, and what is said when its files are not as they should be.</summary>
public sealed class OpeningTests
{
    private static readonly EntityKey Customer = Shop.Customer(1);

    [Fact]
    public async Task A_second_opener_is_told_which_process_owns_the_store()
    {
        await using var store = await OpenAsync();

        var locked = await Assert.ThrowsAsync<StoreLockedException>(() => EntityStore.OpenAsync(store.Folder, Shop.Schema, Shop.Options()));

        Assert.Equal(store.Folder, locked.Folder);
        Assert.Contains(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), locked.Owner, StringComparison.Ordinal);
        await store.RunAsync(Customer, default, "UPDATE customers SET name = 'still ours' WHERE id = 1");
        await store.ReopenAsync();
        Assert.Equal(["still ours"], await store.ReadAsync(Customer, "SELECT name FROM customers"));
    }

    [Fact]
    public async Task A_store_opened_beside_its_owner_sees_what_is_committed_and_writes_nothing()
    {
        await using var store = await OpenAsync();
        var options = Shop.Options();
        options.ReadOnly = true;
        await using var beside = await EntityStore.OpenAsync(store.Folder, null, options);

        await store.RunAsync(Customer, "eu", "INSERT INTO orders (customer_id, region, id, total) VALUES (1, 'eu', 50, 1)");

        Assert.True(beside.IsReadOnly);
        Assert.Equal(["2"], await beside.QueryAsync(Customer, "SELECT count(*) FROM orders WHERE customer_id = 1", TempStore.Line));
        await Assert.ThrowsAsync<StoreReadOnlyException>(async () => await beside.BeginAsync(Customer, "eu"));
        await Assert.ThrowsAsync<StoreReadOnlyException>(() => beside.MoveAsync(Customer, "p1"));
        await Assert.ThrowsAsync<StoreReadOnlyException>(() => beside.ApplySchemaAsync(2, "SELECT 1"));
        await Assert.ThrowsAsync<StoreReadOnlyException>(() => beside.WriteReferenceAsync("DELETE FROM countries"));
        await Assert.ThrowsAsync<StoreReadOnlyException>(() => beside.AddPartitionAsync("more"));
        await Assert.ThrowsAsync<StoreReadOnlyException>(() => beside.DrainAsync("p1"));
        await using var session = await beside.BeginAsync(Customer, default, SessionOptions.Read);
        Assert.Throws<SqliteException>(() => Shop.Execute(session, "UPDATE customers SET name = 'x'"));
        Assert.Empty(await beside.VerifyAsync());
    }

    [Fact]
    public async Task A_store_opened_beside_its_owner_follows_a_move()
    {
        await using var store = await OpenAsync();
        var options = Shop.Options();
        options.ReadOnly = true;
        await using var beside = await EntityStore.OpenAsync(store.Folder, null, options);

        await store.Store.MoveAsync(Customer, store.AnotherThan(Customer));

        Assert.Equal(["1"], await beside.QueryAsync(Customer, "SELECT count(*) FROM orders WHERE customer_id = 1", TempStore.Line));
    }

    [Theory]
    [InlineData("p2-p2.db")]
    [InlineData("mapping.db")]
    public async Task A_damaged_file_is_named_and_left_as_it_is(string name)
    {
        await using var store = await OpenAsync();
        await store.Store.DisposeAsync();
        var path = Path.Combine(store.Folder, name);
        Assert.True(File.Exists(path), string.Join(", ", Directory.EnumerateFiles(store.Folder)));
        var garbage = new byte[8192];
        Array.Fill(garbage, (byte)'x');
        var good = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, garbage);

        var failure = await Assert.ThrowsAnyAsync<ForeshardException>(() => EntityStore.OpenAsync(store.Folder, Shop.Schema, Shop.Options()));

        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
        if (failure is PartitionFileException { } file) Assert.Equal((path, 26), (file.Path, file.ErrorCode));
        Assert.Equal(garbage, await File.ReadAllBytesAsync(path));
        await File.WriteAllBytesAsync(path, good);
        await store.ReopenAsync();
        await store.AssertWholeAsync();
    }

    [Fact]
    public async Task A_missing_partition_is_named_and_not_made_anew()
    {
        await using var store = await OpenAsync();
        await store.Store.DisposeAsync();
        var path = Path.Combine(store.Folder, "p2-p2.db");
        File.Move(path, path + ".away");

        var missing = await Assert.ThrowsAsync<PartitionFileException>(() => EntityStore.OpenAsync(store.Folder, Shop.Schema, Shop.Options()));

        Assert.Equal(("p2", path, 0), (missing.Partition, missing.Path, missing.ErrorCode));
        Assert.False(File.Exists(path));
        File.Move(path + ".away", path);
        await store.ReopenAsync();
        await store.AssertWholeAsync();
    }

    [Fact]
    public async Task Files_under_each_others_names_are_noticed()
    {
        await using var store = await OpenAsync();
        await store.Store.DisposeAsync();
        var (one, two) = (Path.Combine(store.Folder, "p1-p1.db"), Path.Combine(store.Folder, "p2-p2.db"));
        Swap();

        var swapped = await Assert.ThrowsAsync<StoreFormatException>(() => EntityStore.OpenAsync(store.Folder, Shop.Schema, Shop.Options()));

        Assert.Contains("p2", swapped.Message, StringComparison.Ordinal);
        Swap();
        await store.ReopenAsync();
        await store.AssertWholeAsync();

        void Swap()
        {
            File.Move(one, one + ".x");
            File.Move(two, one);
            File.Move(one + ".x", two);
        }
    }

    [Fact]
    public async Task A_folder_in_a_files_place_and_a_file_in_a_folders_are_refused()
    {
        await using var store = await OpenAsync();
        await store.Store.DisposeAsync();
        var path = Path.Combine(store.Folder, "p2-p2.db");
        File.Move(path, path + ".away");
        Directory.CreateDirectory(path);
        await Assert.ThrowsAsync<PartitionFileException>(() => EntityStore.OpenAsync(store.Folder, Shop.Schema, Shop.Options()));
        Directory.Delete(path);
        File.Move(path + ".away", path);

        await Assert.ThrowsAsync<StoreFolderException>(() => EntityStore.OpenAsync(path, Shop.Schema, Shop.Options()));
        var options = Shop.Options();
        options.Create = false;
        await Assert.ThrowsAsync<StoreFolderException>(() => EntityStore.OpenAsync(store.Folder + "-none", Shop.Schema, options));
        Assert.False(Directory.Exists(store.Folder + "-none"));
        await store.ReopenAsync();
    }

    [Fact]
    public async Task A_folder_with_other_things_in_it_does_not_become_a_store()
    {
        var folder = Directory.CreateTempSubdirectory("foreshard-other-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "letter.txt"), "dear");

        var refused = await Assert.ThrowsAsync<StoreFolderException>(() => EntityStore.OpenAsync(folder, Shop.Schema, Shop.Options()));

        Assert.Contains("letter.txt", refused.Message, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFileSystemEntries(folder));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Options_out_of_their_range_are_refused_before_anything_is_made()
    {
        var folder = Path.Combine(Path.GetTempPath(), "foreshard-tests", Guid.NewGuid().ToString("N"));
        foreach (var options in new SqliteStoreOptions[] { new() { Buckets = 3 }, new() { InitialPartitions = 0 }, new() { Buckets = 1 << 17 } })
            await Assert.ThrowsAsync<ArgumentException>(() => EntityStore.OpenAsync(folder, Shop.Schema, options));

        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task A_full_file_loses_nothing_and_goes_on_when_there_is_room()
    {
        await using var store = await OpenAsync();
        await using (var session = await store.Store.BeginAsync(Customer, "eu"))
        {
            Limit(session, "page_count + 2 FROM pragma_page_count");
            Assert.Equal(13, Assert.Throws<SqliteException>(() => Shop.Execute(session, $"""
                WITH RECURSIVE n (i) AS (VALUES (100) UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
                INSERT INTO order_lines SELECT 1, 'eu', 1, i, hex(zeroblob(200)) FROM n
                """)).SqliteErrorCode);
        }

        Assert.Equal(["1|0"], await store.ReadAsync(Customer, "SELECT count(*), (SELECT count(*) FROM order_lines) FROM orders"));
        await using (var session = await store.Store.BeginAsync(Customer, "eu"))
        {
            Limit(session, "1000000");
            Shop.Execute(session, "INSERT INTO order_lines VALUES (1, 'eu', 1, 1, 'room again')");
            await session.CommitAsync();
        }

        Assert.Equal(["room again"], await store.ReadAsync(Customer, "SELECT item FROM order_lines"));
        await store.AssertWholeAsync();
    }

    /// <summary>Sets how many pages the file may have; past the session's authorizer, which allows no such thing.</summary>
    private static void Limit(EntitySession session, string pages)
    {
        var handle = ((SqliteConnection)session.Connection).Handle;
        _ = SQLitePCL.raw.sqlite3_set_authorizer(handle, (SQLitePCL.delegate_authorizer?)null, null);
        Assert.Equal(0, SQLitePCL.raw.sqlite3_exec(handle, $"PRAGMA max_page_count = {Shop.Scalar(session, $"SELECT {pages}")}"));
    }

    private static async Task<TempStore> OpenAsync()
    {
        var store = await TempStore.OpenAsync(Shop.Schema, Shop.Ddl);
        await store.RunAsync(Customer, default, "INSERT INTO customers (id, name) VALUES (1, 'c1')");
        await store.RunAsync(Customer, "eu", "INSERT INTO orders (customer_id, region, id, total) VALUES (1, 'eu', 1, 1)");
        return store;
    }
}
