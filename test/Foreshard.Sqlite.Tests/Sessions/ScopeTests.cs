using Foreshard.Schema;
using Foreshard.Sessions;
using Foreshard.Sqlite.Tests.Stores;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite.Tests.Sessions;

/// <summary>What a session may do is the same whether its entity is split or not.</summary>
public sealed class ScopeTests
{
    private const string Ddl = Shop.Ddl + """
        CREATE TABLE suppliers (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL);
        CREATE TABLE offers (supplier_id INTEGER NOT NULL REFERENCES suppliers (id), id INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (supplier_id, id));
        CREATE TABLE audit (customer_id INTEGER NOT NULL, region TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (customer_id, region, id));
        CREATE VIEW all_offers AS SELECT * FROM offers;
        CREATE VIEW totals AS SELECT customer_id, sum(total) AS total FROM orders GROUP BY customer_id;
        CREATE TRIGGER orders_noted AFTER UPDATE OF id ON orders BEGIN INSERT INTO notes VALUES (NEW.customer_id, 13, 'renumbered'); END;
        CREATE TRIGGER orders_audited AFTER DELETE ON orders BEGIN INSERT INTO audit VALUES (OLD.customer_id, OLD.region, OLD.id); END;
        """;

    private static readonly StoreSchema Schema = StoreSchema.Define(schema => schema
        .Entity("customer", KeyKind.Integer, customer => customer.Root("customers", "id").KeyColumn("customer_id").GroupBySegment("region").Splittable())
        .Entity("supplier", KeyKind.Integer, supplier => supplier.Root("suppliers", "id").KeyColumn("supplier_id"))
        .Reference("countries"));

    private static readonly EntityKey Customer = Schema["customer"].Key(1);
    private static readonly EntityKey Supplier = Schema["supplier"].Key(1);


    private static readonly string[] Scopes = ["group", "whole", "read", "supplier"];

    private static (string Scope, string Sql, string Named)[] Statements =>
    [
        ("group", "INSERT INTO notes VALUES (1, 5, 'x')", "notes"),
        ("group", "UPDATE customers SET name = 'x' WHERE id = 1", "customers"),
        ("group", "INSERT INTO countries VALUES ('xx', 'x')", "countries"),
        ("group", "WITH mine AS (SELECT 1 AS id) UPDATE customers SET name = 'x' WHERE id IN (SELECT id FROM mine)", "customers"),
        ("group", "INSERT INTO orders (customer_id, region, id, total) SELECT 1, 'eu', 50, count(*) FROM offers", "offers"),
        ("group", "UPDATE orders SET id = 13 WHERE customer_id = 1 AND region = 'eu'", "notes"),
        ("whole", "INSERT INTO orders (customer_id, region, id, total) VALUES (1, 'eu', 50, 1)", "orders"),
        ("whole", "DELETE FROM order_lines WHERE customer_id = 1", "order_lines"),
        ("whole", "UPDATE main.orders SET total = 1 WHERE customer_id = 1", "orders"),
        ("whole", "DELETE FROM countries", "countries"),
        ("whole", "INSERT INTO suppliers VALUES (2, 'x')", "suppliers"),
        ("whole", "SELECT * FROM suppliers", "suppliers"),
        ("whole", "SELECT * FROM all_offers", "offers"),
        ("whole", "WITH foreshard_own AS (SELECT name FROM suppliers) SELECT * FROM foreshard_own", "suppliers"),
        ("whole", "SELECT * FROM (SELECT name FROM suppliers) AS foreshard_check_own", "suppliers"),
        ("whole", "CREATE TEMP VIEW foreshard_own AS SELECT * FROM suppliers; SELECT * FROM foreshard_own", "foreshard_own"),
        ("group", "CREATE TEMP TRIGGER foreshard_own AFTER UPDATE ON orders BEGIN UPDATE customers SET name = 'x'; END; UPDATE orders SET total = 1",
            "foreshard_own"),
        ("group", "CREATE TEMP TRIGGER own AFTER UPDATE ON orders BEGIN UPDATE customers SET name = 'x'; END; UPDATE orders SET total = 1",
            "ApplySchemaAsync"),
        ("read", "UPDATE orders SET total = 1 WHERE customer_id = 1", "orders"),
        ("read", "UPDATE customers SET name = 'x' WHERE id = 1", "customers"),
        ("read", "SELECT count(*) FROM offers", "offers"),
        ("supplier", "SELECT * FROM orders", "orders"),
        ("supplier", "UPDATE suppliers SET name = (SELECT max(name) FROM customers)", "customers"),
        ("supplier", "DELETE FROM countries", "countries"),
        .. Scopes.SelectMany(scope => new[]
        {
            (scope, "CREATE TABLE mine (id INTEGER PRIMARY KEY)", "ApplySchemaAsync"),
            (scope, "CREATE INDEX mine ON countries (name)", "ApplySchemaAsync"),
            (scope, "DROP TABLE countries", "ApplySchemaAsync"),
            (scope, "ALTER TABLE countries ADD COLUMN more TEXT", "ApplySchemaAsync"),
            (scope, "ATTACH DATABASE ':memory:' AS more", "attach"),
            (scope, "DETACH DATABASE main", "attach"),
            (scope, "PRAGMA foreign_keys = OFF", "foreign_keys"),
            (scope, "PRAGMA writable_schema = ON", "writable_schema"),
            (scope, "COMMIT", "COMMIT"),
            (scope, "END", "COMMIT"),
            (scope, "BEGIN", "BEGIN"),
            (scope, "DELETE FROM foreshard_owner", "foreshard_owner"),
            (scope, "SELECT load_extension('x')", "load_extension"),
        }),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Statements_outside_of_the_scope_are_refused_with_table_and_reason(bool isSplit)
    {
        await using var store = await OpenAsync(isSplit);
        var wrong = new List<string>();
        foreach (var (scope, sql, named) in Statements)
        {
            var refused = await Record.ExceptionAsync(() => RunAsync(store, scope, sql));
            if (refused is not SessionScopeException || !refused.Message.Contains(named, StringComparison.Ordinal))
                wrong.Add($"{scope}: {sql} -> {refused?.GetType().Name ?? "done"}: {refused?.Message}");
        }

        Assert.Equal("", string.Join("\n", wrong));
        Assert.Equal(["c1|2"], await store.ReadAsync(Customer, "SELECT name, (SELECT count(*) FROM orders WHERE customer_id = 1) FROM customers"));
        Assert.Equal(["s1"], await store.ReadAsync(Supplier, "SELECT name FROM suppliers"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Statements_inside_of_the_scope_are_run(bool isSplit)
    {
        await using var store = await OpenAsync(isSplit);
        foreach (var (scope, sql) in new[]
        {
            ("group", "UPDATE orders SET total = 5 WHERE customer_id = 1 AND region = 'eu'"),
            ("group", "INSERT INTO orders (customer_id, region, id, total) SELECT 1, 'eu', 70, count(*) FROM notes WHERE customer_id = 1"),
            ("group", "DELETE FROM orders WHERE customer_id = 1 AND region = 'eu' AND id = 70"),
            ("group", "CREATE TEMP TABLE mine AS SELECT * FROM customers; INSERT INTO mine SELECT * FROM mine; DROP TABLE mine"),
            ("group", "SAVEPOINT a; UPDATE orders SET total = 1 WHERE customer_id = 1 AND region = 'eu'; ROLLBACK TO a; RELEASE a"),
            ("whole", "UPDATE customers SET name = 'c1' WHERE id = 1; INSERT INTO notes VALUES (1, 9, 'nine')"),
            ("whole", "SELECT c.name, t.total FROM customers c JOIN totals t ON t.customer_id = c.id WHERE c.id = 1"),
            ("whole", "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n JOIN countries"),
            ("read", "SELECT * FROM orders JOIN order_lines USING (customer_id, region)"),
            ("read", "SELECT name FROM pragma_table_info('orders')"),
            ("supplier", "INSERT INTO offers VALUES (1, 1, 'x'); UPDATE suppliers SET name = 's1' WHERE id = 1; DELETE FROM offers WHERE supplier_id = 1"),
        })
        {
            await RunAsync(store, scope, sql);
        }

        Assert.Equal(["70"], await store.ReadAsync(Customer, "SELECT id FROM audit WHERE customer_id = 1", "eu"));
    }

    [Fact]
    public async Task A_read_only_session_is_refused_at_once_while_another_writes()
    {
        await using var store = await OpenAsync(isSplit: false);
        await using var writer = await store.Store.BeginAsync(Customer, "eu");
        Shop.Execute(writer, "UPDATE orders SET total = 6 WHERE customer_id = 1");
        var started = TimeProvider.System.GetTimestamp();

        await Assert.ThrowsAsync<SessionScopeException>(() => RunAsync(store, "read", "UPDATE orders SET total = 7 WHERE customer_id = 1"));

        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_violation_is_told_by_the_session_and_not_kept_for_the_next_one()
    {
        await using var store = await OpenAsync(isSplit: false);
        var session = await store.Store.BeginAsync(Customer, "eu");
        Assert.Null(session.ScopeViolation);

        Assert.Throws<SqliteException>(() => Shop.Execute(session, "UPDATE customers SET name = 'x'"));

        Assert.Contains("'customers'", session.ScopeViolation, StringComparison.Ordinal);
        await session.DisposeAsync();
        await using var next = await store.Store.BeginAsync(Customer, "eu");
        Assert.Contains("'customers'", session.ScopeViolation, StringComparison.Ordinal);
        Assert.Null(next.ScopeViolation);
    }

    [Fact]
    public async Task A_statement_prepared_with_other_rights_is_judged_again()
    {
        await using var store = await OpenAsync(isSplit: false);
        var whole = await store.Store.BeginAsync(Customer);
        var connection = (SqliteConnection)whole.Connection;
        using var command = connection.CreateCommand();
        command.CommandText = "UPDATE customers SET name = 'crept in' WHERE id = 1";
        command.Transaction = (SqliteTransaction)whole.Transaction;
        command.Prepare();
        Assert.Equal(1, command.ExecuteNonQuery());
        await whole.DisposeAsync();

        await using var group = await store.Store.BeginAsync(Customer, "eu");
        Assert.Same(connection, group.Connection);
        command.Transaction = (SqliteTransaction)group.Transaction;

        Assert.Throws<SqliteException>(() => command.ExecuteNonQuery());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_its_transaction_was_rolled_back_a_session_writes_nothing_more(bool byDriver)
    {
        await using var store = await OpenAsync(isSplit: false);
        await using var session = await store.Store.BeginAsync(Customer, "eu");
        if (byDriver) await session.Transaction.RollbackAsync();
        else Shop.Execute(session, "ROLLBACK");
        using var command = session.Connection.CreateCommand();
        command.CommandText = "UPDATE orders SET total = 99 WHERE customer_id = 1 AND region = 'eu'";

        Assert.ThrowsAny<Exception>(() => command.ExecuteNonQuery());
        await Assert.ThrowsAnyAsync<Exception>(() => session.CommitAsync().AsTask());
        await session.DisposeAsync();

        Assert.Equal(["10"], await store.ReadAsync(Customer, "SELECT total FROM orders WHERE customer_id = 1 AND region = 'eu'", "eu"));
        await RunAsync(store, "group", "UPDATE orders SET total = 11 WHERE customer_id = 1 AND region = 'eu'");
    }

    [Fact]
    public async Task The_transaction_is_committed_by_the_session_alone()
    {
        await using var store = await OpenAsync(isSplit: false);
        await using var session = await store.Store.BeginAsync(Customer, "eu");
        Shop.Execute(session, "UPDATE orders SET total = 5 WHERE customer_id = 1 AND region = 'eu'");

        Assert.Throws<SqliteException>(session.Transaction.Commit);
        Assert.Contains("CommitAsync", session.ScopeViolation, StringComparison.Ordinal);
        await session.CommitAsync();

        Assert.Equal(["5"], await store.ReadAsync(Customer, "SELECT total FROM orders WHERE customer_id = 1 AND region = 'eu'", "eu"));
    }

    private static async Task<TempStore> OpenAsync(bool isSplit)
    {
        var store = await TempStore.OpenAsync(Schema, Ddl);
        await store.RunAsync(Customer, default, "INSERT INTO customers (id, name) VALUES (1, 'c1')");
        await store.RunAsync(Customer, "eu", "INSERT INTO orders (customer_id, region, id, total) VALUES (1, 'eu', 1, 10)");
        await store.RunAsync(Customer, "us", "INSERT INTO orders (customer_id, region, id, total) VALUES (1, 'us', 1, 10)");
        await store.RunAsync(Supplier, default, "INSERT INTO suppliers VALUES (1, 's1')");
        if (!isSplit) return store;
        await store.Store.SplitAsync(Customer, Moving.SplitPoints.Segments(["us"]));
        await store.Store.MoveAsync(Customer, store.AnotherThan(Customer), "us");
        return store;
    }

    private static Task RunAsync(TempStore store, string scope, string sql) => store.Store.RunAsync(
        scope == "supplier" ? Supplier : Customer,
        scope == "group" ? "eu" : default(GroupKey),
        session =>
        {
            Shop.Execute(session, sql);
            return Task.CompletedTask;
        },
        scope == "read" ? SessionOptions.Read : null);
}
