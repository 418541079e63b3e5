using System.Data.Common;
using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.Contracts;

public abstract partial class PartitionContract
{
    [Fact]
    public async Task A_schema_version_is_applied_once()
    {
        var partition = await MakeAsync(1, 5);
        const string script = "INSERT INTO countries (code, name) VALUES ('de', 'Germany')";

        await partition.ApplySchemaAsync(2, script, null, CancellationToken.None);
        await partition.ApplySchemaAsync(2, script, null, CancellationToken.None);

        Assert.Equal([1L, 2L], await partition.ReadSchemaVersionsAsync(CancellationToken.None));
        Assert.Equal(["de"], await ReadAsync(partition, Unit(5, partition), "SELECT code FROM countries"));
        partition = await ReopenAsync(partition);
        Assert.Equal([1L, 2L], await partition.ReadSchemaVersionsAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_script_that_fails_in_its_middle_leaves_nothing()
    {
        var partition = await MakeAsync(1, 5);

        var failure = await Assert.ThrowsAsync<SchemaScriptException>(() => partition.ApplySchemaAsync(
            2, "CREATE TABLE colours (code TEXT PRIMARY KEY NOT NULL); INSERT INTO countries (code, name) VALUES ('de', 'x'); INSERT INTO missing VALUES (1)",
            null, CancellationToken.None).AsTask());

        Assert.Equal(2, failure.Version);
        Assert.Contains("missing", failure.Message, StringComparison.Ordinal);
        Assert.Equal([1L], await partition.ReadSchemaVersionsAsync(CancellationToken.None));
        Assert.DoesNotContain((await partition.ReadCatalogueAsync(CancellationToken.None)).Tables, table => table.Name == "colours");
        Assert.Empty(await ReadAsync(partition, Unit(5, partition), "SELECT code FROM countries"));
    }

    [Fact]
    public async Task A_catalogue_that_is_not_accepted_is_rolled_back()
    {
        var partition = await MakeAsync(1, 5);
        Catalogue? seen = null;

        await Assert.ThrowsAsync<InvalidOperationException>(() => partition.ApplySchemaAsync(
            2,
            "CREATE TABLE colours (code TEXT PRIMARY KEY NOT NULL)",
            catalogue =>
            {
                seen = catalogue;
                throw new InvalidOperationException("not so");
            },
            CancellationToken.None).AsTask());

        Assert.Contains(seen!.Tables, table => table.Name == "colours");
        Assert.DoesNotContain((await partition.ReadCatalogueAsync(CancellationToken.None)).Tables, table => table.Name == "colours");
        Assert.Equal([1L], await partition.ReadSchemaVersionsAsync(CancellationToken.None));
        await partition.ApplySchemaAsync(2, "CREATE TABLE colours (code TEXT PRIMARY KEY NOT NULL)", null, CancellationToken.None);
    }

    [Fact]
    public async Task A_script_that_leaves_foreign_keys_dangling_is_rolled_back()
    {
        var partition = await MakeAsync(1, 5);
        await AddAsync(partition, Unit(5, partition), 1, 1, "eu");

        await Assert.ThrowsAsync<SchemaScriptException>(() => partition.ApplySchemaAsync(2, "DELETE FROM notes", null, CancellationToken.None).AsTask());

        Assert.Equal(["1"], await ReadAsync(partition, Unit(5, partition), "SELECT id FROM notes"));
    }

    [Fact]
    public async Task Scripts_control_neither_transactions_nor_the_database()
    {
        var partition = await MakeAsync(1, 5);
        foreach (var script in ForbiddenScripts)
        {
            await Assert.ThrowsAsync<SchemaScriptException>(
                () => partition.ApplySchemaAsync(2, $"CREATE TABLE colours (code TEXT PRIMARY KEY NOT NULL); {script}", null, CancellationToken.None).AsTask());
            Assert.Equal([1L], await partition.ReadSchemaVersionsAsync(CancellationToken.None));
            Assert.DoesNotContain((await partition.ReadCatalogueAsync(CancellationToken.None)).Tables, table => table.Name == "colours");
        }

        await using var session = await BeginAsync(partition, Unit(5, partition));
        Assert.Equal([(5, 7, OwnerState.Active)], await OwnersAsync(partition));
    }

    [Fact]
    public async Task A_reference_write_runs_once_and_its_arguments_arrive()
    {
        var partition = await MakeAsync(1, 5);
        var write = new ReferenceWrite(
            4, "INSERT INTO countries (code, name) VALUES (@code, @name)",
            new Dictionary<string, object?> { ["@code"] = "de", ["@name"] = "Österreich 'n' so" });

        await WriteReferenceAsync(partition, write);
        await WriteReferenceAsync(partition, write);
        await WriteReferenceAsync(partition, new ReferenceWrite(5, "UPDATE countries SET name = name || '!'", new Dictionary<string, object?>()));

        Assert.Equal(["de|Österreich 'n' so!"], await ReadAsync(partition, Unit(5, partition), "SELECT code, name FROM countries"));
    }

    [Fact]
    public async Task A_reference_write_reaches_no_other_tables_and_a_failed_one_leaves_nothing()
    {
        var partition = await MakeAsync(1, 5);
        await AddAsync(partition, Unit(5, partition), 1, 1, "eu");
        var none = new Dictionary<string, object?>();

        await Assert.ThrowsAsync<SessionScopeException>(
            () => WriteReferenceAsync(partition, new ReferenceWrite(4, "UPDATE customers SET name = 'x'", none)));
        await Assert.ThrowsAnyAsync<DbException>(() => WriteReferenceAsync(
            partition, new ReferenceWrite(4, "INSERT INTO countries (code, name) VALUES ('de', NULL)", none)));
        await WriteReferenceAsync(partition, new ReferenceWrite(4, "INSERT INTO countries (code, name) VALUES ('fr', 'France')", none));

        Assert.Equal(["c1"], await ReadAsync(partition, Unit(5, partition), "SELECT name FROM customers"));
        Assert.Equal(["fr"], await ReadAsync(partition, Unit(5, partition), "SELECT code FROM countries"));
    }

    [Fact]
    public async Task A_reference_write_that_is_not_committed_is_rolled_back()
    {
        var partition = await MakeAsync(1, 5);
        var write = new ReferenceWrite(4, "INSERT INTO countries (code, name) VALUES ('de', 'Germany')", new Dictionary<string, object?>());

        await using (var dropped = await partition.PrepareReferenceAsync(write, CancellationToken.None)) Assert.NotNull(dropped);
        Assert.Empty(await ReadAsync(partition, Unit(5, partition), "SELECT code FROM countries"));
        await WriteReferenceAsync(partition, write);

        Assert.Equal(["de"], await ReadAsync(partition, Unit(5, partition), "SELECT code FROM countries"));
    }

    [Fact]
    public async Task Reference_tables_are_copied_with_what_was_written_to_them()
    {
        var (source, target) = (await MakeAsync(1, 5), await MakeAsync(2, 6));
        var write = new ReferenceWrite(4, "INSERT INTO countries (code, name) VALUES ('de', 'Germany')", new Dictionary<string, object?>());
        await WriteReferenceAsync(source, write);

        await target.CopyReferencesAsync(source, CancellationToken.None);
        await target.CopyReferencesAsync(source, CancellationToken.None);
        await WriteReferenceAsync(target, write);

        Assert.Equal(["de"], await ReadAsync(target, Unit(6, target), "SELECT code FROM countries"));
    }

    [Fact]
    public async Task A_session_is_one_transaction_that_ends_with_it()
    {
        var partition = await MakeAsync(1, 5);
        var unit = Unit(5, partition);
        await AddAsync(partition, unit, 1, 1, "eu");

        await using (var dropped = await BeginAsync(partition, unit, 1, SessionScope.Group, "eu")) await ExecuteAsync(dropped, "UPDATE orders SET total = 99");
        Assert.Equal(["10"], await ReadAsync(partition, unit, "SELECT total FROM orders"));
        await using var reader = await BeginAsync(partition, unit);
        await using var count = Command(reader, "SELECT sum(total) FROM orders");
        var before = Convert.ToInt64(await count.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
        await RunAsync(partition, unit, 1, SessionScope.Group, "eu", "UPDATE orders SET total = 99");

        Assert.Equal(10, before);
        Assert.Equal(["99"], await ReadAsync(partition, unit, "SELECT total FROM orders"));
    }

    [Theory]
    [InlineData(SessionScope.ReadOnly, "UPDATE orders SET total = 1 WHERE customer_id = 1")]
    [InlineData(SessionScope.ReadOnly, "UPDATE customers SET name = 'x' WHERE id = 1")]
    [InlineData(SessionScope.Group, "UPDATE customers SET name = 'x' WHERE id = 1")]
    [InlineData(SessionScope.Group, "DELETE FROM countries")]
    [InlineData(SessionScope.Whole, "UPDATE orders SET total = 1 WHERE customer_id = 1")]
    [InlineData(SessionScope.Whole, "DELETE FROM countries")]
    internal async Task A_session_stays_inside_its_scope(SessionScope scope, string sql)
    {
        var partition = await MakeAsync(1, 5);
        await AddAsync(partition, Unit(5, partition), 1, 1, "eu");
        await using var session = await BeginAsync(partition, Unit(5, partition), 1, scope, scope == SessionScope.Group ? "eu" : null);

        await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync(session, sql));
        Assert.NotNull(session.ScopeViolation);
    }

    [Fact]
    public async Task A_session_reaches_neither_the_schema_nor_what_is_not_its_own()
    {
        var partition = await MakeAsync(1, 5);
        await AddAsync(partition, Unit(5, partition), 1, 1, "eu");
        await AddAsync(partition, Unit(5, partition), 2, 1, "eu");
        foreach (var (scope, sql) in ForbiddenStatements)
        {
            await using var session = await BeginAsync(partition, Unit(5, partition), 1, scope, scope == SessionScope.Group ? "eu" : null);
            await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync(session, sql));
            Assert.NotNull(session.ScopeViolation);
        }
    }

    private static async Task WriteReferenceAsync(IPartition partition, ReferenceWrite write)
    {
        await using var prepared = await partition.PrepareReferenceAsync(write, CancellationToken.None);
        await prepared.CommitAsync(CancellationToken.None);
    }
}
