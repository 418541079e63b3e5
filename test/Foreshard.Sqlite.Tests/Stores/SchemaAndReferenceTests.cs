using Foreshard.Moving;
using Foreshard.Partitions;
using Foreshard.Schema;
using Foreshard.Sessions;

namespace Foreshard.Sqlite.Tests.Stores;

/// <summary>Schema versions and reference tables are the same on every partition, whatever was broken off in between.</summary>
public sealed class SchemaAndReferenceTests
{
    private const string More = "CREATE TABLE tags (customer_id INTEGER NOT NULL REFERENCES customers (id), tag TEXT NOT NULL, PRIMARY KEY (customer_id, tag))";
    private const string HasTags = "SELECT count(*) FROM sqlite_schema WHERE name = 'tags'";

    private static readonly EntityKey Customer = Shop.Customer(1);

    [Fact]
    public async Task Versions_follow_each_other_and_each_runs_once()
    {
        await using var store = await OpenAsync();

        await store.Store.ApplySchemaAsync(2, More);
        await store.Store.ApplySchemaAsync(2, "not even SQL");
        await store.Store.ApplySchemaAsync(10, "INSERT INTO countries VALUES ('de', 'Germany')");
        await Assert.ThrowsAsync<ArgumentException>(() => store.Store.ApplySchemaAsync(9, More));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.Store.ApplySchemaAsync(0, More));

        Assert.Equal(10, store.Store.SchemaVersion);
        Assert.All(Names(store), name => Assert.Equal(["1|1"], store.ReadFile(name, $"SELECT ({HasTags}), (SELECT count(*) FROM countries)")));
        await store.RunAsync(Customer, default, "INSERT INTO tags VALUES (1, 'new')");
        await store.Store.MoveAsync(Customer, store.AnotherThan(Customer));
        Assert.Equal(["new"], await store.ReadAsync(Customer, "SELECT tag FROM tags WHERE customer_id = 1"));
        await store.ReopenAsync();
        Assert.Equal(10, store.Store.SchemaVersion);
    }

    [Fact]
    public async Task Broken_rules_are_told_all_at_once_and_nothing_is_changed()
    {
        await using var store = await OpenAsync();

        var refused = await Assert.ThrowsAsync<SchemaException>(() => store.Store.ApplySchemaAsync(2, """
            CREATE TABLE stray (id INTEGER PRIMARY KEY);
            CREATE TABLE loose (customer_id INTEGER, id INTEGER NOT NULL, PRIMARY KEY (id));
            """));

        Assert.Equal(["loose", "stray"], refused.Problems.Select(problem => problem.Table).Distinct().Order());
        Assert.True(refused.Problems.Count > 2);
        Assert.All(Names(store), name => Assert.Equal(["0"], store.ReadFile(name, "SELECT count(*) FROM sqlite_schema WHERE name IN ('stray', 'loose')")));
        Assert.Equal(1, store.Store.SchemaVersion);
        await store.Store.ApplySchemaAsync(2, More);
        await store.RunAsync(Customer, default, "INSERT INTO tags VALUES (1, 'x')");
    }

    [Fact]
    public async Task A_script_is_refused_while_units_move()
    {
        Exception? during = null;
        TempStore? armed = null;
        var options = Shop.Options(step =>
        {
            if (step != MoveStep.Copied || armed is not { } store) return;
            armed = null;
            during = Record.Exception(() => store.Store.ApplySchemaAsync(2, More).GetAwaiter().GetResult());
        });
        options.Moves.BlockingRows = 0;
        await using var store = await OpenAsync(options);
        armed = store;

        await store.Store.MoveAsync(Customer, store.AnotherThan(Customer));

        Assert.Equal(MoveRefusal.UnitsMoving, Assert.IsType<MoveRefusedException>(during).Reason);
        await store.Store.ApplySchemaAsync(2, More);
    }

    [Fact]
    public async Task A_version_that_reached_only_the_first_partition_is_finished_on_opening()
    {
        await using var store = await OpenAsync();
        await store.Store.ApplySchemaAsync(2, More);
        foreach (var name in Names(store).Skip(1)) store.WriteFile(name, "DROP TABLE tags; DELETE FROM foreshard_schema WHERE version = 2");

        await store.ReopenAsync();

        Assert.All(Names(store), name => Assert.Equal(["1"], store.ReadFile(name, HasTags)));
        await store.Store.MoveAsync(Customer, store.AnotherThan(Customer));
        await store.AssertWholeAsync();
    }

    [Fact]
    public async Task A_partition_added_later_has_schema_and_reference_rows_and_one_that_is_empty_can_go()
    {
        await using var store = await OpenAsync();
        await store.Store.ApplySchemaAsync(2, More);
        await store.Store.WriteReferenceAsync("INSERT INTO countries VALUES ('de', 'Germany')");

        await store.Store.AddPartitionAsync("late");
        await store.Store.WriteReferenceAsync("UPDATE countries SET name = 'Deutschland'");

        Assert.Equal(["1|Deutschland"], store.ReadFile("late", $"SELECT ({HasTags}), name FROM countries"));
        await Assert.ThrowsAsync<ArgumentException>(() => store.Store.AddPartitionAsync("late"));
        await Assert.ThrowsAsync<ArgumentException>(() => store.Store.AddPartitionAsync("not/a name"));
        await store.Store.MoveAsync(Customer, "late");
        await store.ReopenAsync();
        Assert.Equal(MoveRefusal.PartitionInUse, (await Assert.ThrowsAsync<MoveRefusedException>(() => store.Store.RemovePartitionAsync("late"))).Reason);
        await store.Store.MoveAsync(Customer, "p1");
        await store.Store.RemovePartitionAsync("late");
        await store.ReopenAsync();
        Assert.Equal(["p1", "p2", "p3"], Names(store));
        await store.Store.AddPartitionAsync("late");
        await store.AssertWholeAsync();
    }

    [Fact]
    public async Task Reference_rows_are_written_on_all_partitions_with_values_of_every_kind()
    {
        await using var store = await OpenAsync();
        await store.Store.ApplySchemaAsync(2, "ALTER TABLE countries ADD COLUMN extra");
        object?[] values = [null, 5L, long.MinValue, 1.5, 3.0, 1e300, "text:x", "", "bytes:ü\"\n", new byte[] { 0, 255 }, Array.Empty<byte>(), true];

        foreach (var (value, index) in values.Select((value, index) => (value, index)))
        {
            await store.Store.WriteReferenceAsync(
                "INSERT INTO countries (code, name, extra) VALUES (@code, 'n', @extra)",
                new Dictionary<string, object?> { ["@code"] = $"{index:00}", ["@extra"] = value });
        }

        const string read = "SELECT typeof(extra) || ' ' || quote(extra) FROM countries ORDER BY code";
        Assert.Equal(
            [
                "null NULL", "integer 5", "integer -9223372036854775808", "real 1.5", "real 3.0", "real 1.0e+300", "text 'text:x'", "text ''",
                    "text 'bytes:ü\"\n'",
                "blob X'00FF'", "blob X''", "integer 1",
            ],
            store.ReadFile("p1", read).Select(row => row.Replace("1.00000000000000005251e+300", "1.0e+300", StringComparison.Ordinal)));
        Assert.All(Names(store), name => Assert.Equal(store.ReadFile("p1", read), store.ReadFile(name, read)));
    }

    [Theory]
    [InlineData("UPDATE customers SET name = 'x'")]
    [InlineData("INSERT INTO countries SELECT name, name FROM customers")]
    [InlineData("DROP TABLE countries")]
    [InlineData("INSERT INTO countries VALUES ('xx', NULL)")]
    [InlineData("COMMIT")]
    [InlineData("ROLLBACK")]
    [InlineData("nonsense")]
    public async Task A_bad_reference_write_changes_nothing_and_hinders_none_after_it(string sql)
    {
        await using var store = await OpenAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => store.Store.WriteReferenceAsync(sql));
        await store.Store.WriteReferenceAsync("INSERT INTO countries VALUES ('de', 'Germany')");
        await store.ReopenAsync();

        Assert.All(Names(store), name => Assert.Equal(["de"], store.ReadFile(name, "SELECT code FROM countries")));
        Assert.Equal(["c1"], await store.ReadAsync(Customer, "SELECT name FROM customers"));
    }

    [Fact]
    public async Task A_reference_row_that_nobody_refers_to_can_be_deleted()
    {
        await using var store = await OpenAsync();
        await store.Store.WriteReferenceAsync("INSERT INTO countries VALUES ('de', 'Germany'), ('fr', 'France')");

        await store.Store.WriteReferenceAsync("DELETE FROM countries WHERE code = 'fr'");

        Assert.All(Names(store), name => Assert.Equal(["de"], store.ReadFile(name, "SELECT code FROM countries")));
    }

    [Fact]
    public async Task A_reference_row_that_entities_elsewhere_refer_to_is_deleted_nowhere_and_the_store_opens_again()
    {
        await using var store = await OpenAsync();
        await store.Store.WriteReferenceAsync("INSERT INTO countries VALUES ('de', 'Germany')");
        if (store.PartitionOf(Customer) == "p1") await store.Store.MoveAsync(Customer, "p2");
        await store.RunAsync(Customer, default, "UPDATE customers SET country = 'de' WHERE id = 1");

        await Assert.ThrowsAnyAsync<Exception>(() => store.Store.WriteReferenceAsync("DELETE FROM countries WHERE code = 'de'"));
        await store.ReopenAsync();

        Assert.All(Names(store), name => Assert.Equal(["de"], store.ReadFile(name, "SELECT code FROM countries")));
    }

    [Fact]
    public async Task A_script_that_fails_on_the_rows_of_another_partition_is_applied_nowhere_and_the_store_opens_again()
    {
        await using var store = await OpenAsync();
        if (store.PartitionOf(Customer) == "p1") await store.Store.MoveAsync(Customer, "p2");
        await store.RunAsync(Customer, default, "INSERT INTO notes VALUES (1, 1, 'same'), (1, 2, 'same')");

        await Assert.ThrowsAsync<SchemaScriptException>(() => store.Store.ApplySchemaAsync(2, "CREATE UNIQUE INDEX notes_text ON notes (customer_id, text)"));
        await store.ReopenAsync();

        Assert.Equal(1, store.Store.SchemaVersion);
        Assert.All(Names(store), name => Assert.Equal(["0"], store.ReadFile(name, "SELECT count(*) FROM sqlite_schema WHERE name = 'notes_text'")));
    }

    [Theory]
    [InlineData("UPDATE notes SET text = upper(text)")]
    [InlineData("CREATE TABLE n2 (customer_id INTEGER NOT NULL, id INTEGER NOT NULL, text TEXT, PRIMARY KEY (customer_id, id)); "
        + "INSERT INTO n2 SELECT customer_id, id, upper(text) FROM notes; DROP TABLE notes; ALTER TABLE n2 RENAME TO notes")]
    public async Task A_script_may_change_the_tables_of_split_entities(string sql)
    {
        await using var store = await OpenAsync();
        await store.RunAsync(Customer, default, "INSERT INTO notes VALUES (1, 1, 'a')");
        await store.Store.SplitAsync(Customer, SplitPoints.Segments(["us"]));
        await store.Store.MoveAsync(Customer, store.AnotherThan(Customer), "us");

        await store.Store.ApplySchemaAsync(2, sql);
        await store.RunAsync(Customer, default, "INSERT INTO notes VALUES (1, 2, 'b')");

        Assert.All(store.Store.Where(Customer).Shards, shard =>
            Assert.Equal(["A", "b"], store.ReadFile(shard.Partition, "SELECT text FROM notes ORDER BY id")));
        await store.AssertWholeAsync();
    }

    private static List<string> Names(TempStore store) => [.. store.Store.Partitions.Select(partition => partition.Name)];

    private static async Task<TempStore> OpenAsync(SqliteStoreOptions? options = null)
    {
        var store = await TempStore.OpenAsync(Shop.Schema, Shop.Ddl, options);
        await store.RunAsync(Customer, default, "INSERT INTO customers (id, name) VALUES (1, 'c1')");
        return store;
    }

    [Fact]
    public async Task A_new_declaration_may_come_before_its_script_and_sessions_wait_for_it()
    {
        await using var store = await Shop.OpenAsync();
        await store.AddCustomerAsync(1, 1, "eu");
        var next = StoreSchema.Define(schema => schema
            .Entity("customer", KeyKind.Integer, customer => customer.Root("customers", "id").KeyColumn("customer_id").GroupBySegment("region").Splittable())
            .Reference("countries", "colours"));
        await store.Store.DisposeAsync();

        await using var opened = await EntityStore.OpenAsync(store.Folder, next, Shop.Options());

        Assert.Contains(opened.PendingProblems, problem => problem.Table == "colours");
        await Assert.ThrowsAsync<SchemaException>(() => opened.BeginAsync(next["customer"].Key(1)).AsTask());
        await opened.ApplySchemaAsync(2, "CREATE TABLE colours (name TEXT PRIMARY KEY NOT NULL)");
        Assert.Empty(opened.PendingProblems);
        Assert.Equal([1L], await opened.QueryAsync(next["customer"].Key(1), "SELECT count(*) FROM orders WHERE customer_id = 1", row => row.GetInt64(0)));
    }
}
