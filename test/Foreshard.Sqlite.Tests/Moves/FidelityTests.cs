using System.Globalization;
using Foreshard.Schema;
using Foreshard.Sqlite.Tests.Stores;

namespace Foreshard.Sqlite.Tests.Moves;

/// <summary>Rows arrive byte for byte, whatever their tables look like, and nothing of the application's runs on the way.</summary>
public sealed class FidelityTests
{
    private const string Ddl = """
        CREATE TABLE accounts (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL);
        CREATE TABLE anything (account_id INTEGER NOT NULL REFERENCES accounts (id), id INTEGER NOT NULL, a, b BLOB, c NUMERIC, d REAL, e TEXT,
            PRIMARY KEY (account_id, id));
        CREATE TABLE firm (account_id INTEGER NOT NULL, id INTEGER NOT NULL, a ANY, b BLOB, c REAL, d INT, e TEXT,
            PRIMARY KEY (account_id, id)) STRICT, WITHOUT ROWID;
        CREATE TABLE derived (account_id INTEGER NOT NULL, id INTEGER NOT NULL, a INTEGER, stored INTEGER GENERATED ALWAYS AS (a * 2) STORED,
            virtual TEXT AS ('v' || a), PRIMARY KEY (account_id, id));
        CREATE TABLE odd (account_id INTEGER NOT NULL, "rowid" TEXT NOT NULL, "select 'x'" TEXT DEFAULT 'none', PRIMARY KEY (account_id, "rowid"));
        CREATE TABLE parents (account_id INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (account_id, id));
        CREATE TABLE children (account_id INTEGER NOT NULL, id INTEGER NOT NULL, parent INTEGER, PRIMARY KEY (account_id, id),
            FOREIGN KEY (account_id, parent) REFERENCES parents (account_id, id) ON DELETE CASCADE);
        CREATE TABLE trace (account_id INTEGER NOT NULL, id INTEGER NOT NULL, what TEXT NOT NULL, PRIMARY KEY (account_id, id));
        CREATE TRIGGER children_inserted AFTER INSERT ON children BEGIN INSERT INTO trace VALUES (NEW.account_id, (SELECT count(*) FROM trace), 'insert'); END;
        CREATE TRIGGER children_deleted AFTER DELETE ON children BEGIN INSERT INTO trace VALUES (OLD.account_id, (SELECT count(*) FROM trace), 'delete'); END;
        CREATE TRIGGER children_guarded BEFORE DELETE ON parents WHEN OLD.id = 1 BEGIN SELECT RAISE(ABORT, 'parent 1 stays'); END;
        """;

    private static readonly string[] Tables = ["accounts", "anything", "firm", "derived", "odd", "parents", "children", "trace"];

    private static readonly StoreSchema Schema = StoreSchema.Define(schema => schema.Entity(
        "account", KeyKind.Integer, account => account.Root("accounts", "id").KeyColumn("account_id")));

    private static readonly EntityKey Account = Schema["account"].Key(1);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Every_value_of_every_table_arrives_as_it_was(bool live)
    {
        await using var store = await OpenAsync(live);
        var (from, to) = (store.PartitionOf(Account), store.AnotherThan(Account));
        var before = Dump(store, from);

        var moved = await store.Store.MoveAsync(Account, to);

        Assert.Equal(before, Dump(store, to));
        Assert.All(Tables, table => Assert.Equal(["0"], store.ReadFile(from, $"SELECT count(*) FROM {table}")));
        Assert.Equal(live, moved.Rows > 0);
        await store.AssertWholeAsync();
        await store.Store.FoldAsync(Account);
        Assert.Equal(before, Dump(store, from));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Ten_megabytes_in_one_value_arrive()
    {
        await using var store = await OpenAsync(live: true);
        await store.RunAsync(Account, default, "UPDATE anything SET b = randomblob(10000000) WHERE account_id = 1 AND id = 1");
        var (from, to) = (store.PartitionOf(Account), store.AnotherThan(Account));
        var before = store.ReadFile(from, "SELECT length(b), hex(substr(b, 9999900)) FROM anything WHERE id = 1");

        var moved = await store.Store.MoveAsync(Account, to);

        Assert.Equal(before, store.ReadFile(to, "SELECT length(b), hex(substr(b, 9999900)) FROM anything WHERE id = 1"));
        Assert.True(moved.Bytes > 9_000_000);
    }

    private static async Task<TempStore> OpenAsync(bool live)
    {
        var options = Shop.Options();
        options.Moves.BlockingRows = live ? 0 : 10_000;
        var store = await TempStore.OpenAsync(Schema, Ddl, options);
        await store.RunAsync(Account, default, """
            INSERT INTO accounts VALUES (1, 'café ☕ 𝄞');
            INSERT INTO anything VALUES (1, 1, NULL, NULL, NULL, NULL, NULL), (1, 2, 9223372036854775807, X'', 1e308, -0.0, ''),
                (1, 3, -9223372036854775808, X'0001FF00', 0.1, 4.9e-324, 'it''s "so"'), (1, 4, 'text', 'text in a blob', 'abc', 3, char(0) || 'after'),
                (1, 5, 1.5, 5, '12', 9007199254740993, CAST(X'610062' AS TEXT)), (1, 6, X'7A', 1.0, 1.0, 1e999, char(0x1F600)),
                (1, -9223372036854775808, 'lowest id', NULL, 12345678901234567890, 2, 'x');
            INSERT INTO firm VALUES (1, 1, 1, X'00', 1.5, 1, 'a'), (1, 2, 'x', NULL, NULL, NULL, NULL), (1, 3, 1.5, X'', 2, -1, CAST(X'6100' AS TEXT));
            INSERT INTO derived (account_id, id, a) VALUES (1, 1, 21), (1, 2, NULL);
            INSERT INTO odd VALUES (1, 'x', 'y'), (1, '', NULL);
            INSERT INTO parents VALUES (1, 1), (1, 2);
            INSERT INTO children VALUES (1, 1, 1), (1, 2, 1), (1, 3, NULL);
            """);
        return store;
    }

    /// <summary>Type and bytes of every column of every row; generated columns too.</summary>
    private static List<string> Dump(TempStore store, string partition) =>
    [
        .. Tables.SelectMany(table =>
        {
            var columns = store.ReadFile(partition, string.Create(CultureInfo.InvariantCulture,
                $"SELECT '\"' || replace(name, '\"', '\"\"') || '\"' FROM pragma_table_xinfo('{table}')"));
            var values = columns.Select(column =>
                $"coalesce(typeof({column}) || CASE typeof({column}) "
                + $"WHEN 'real' THEN printf('%!.20e', {column}) ELSE hex(CAST({column} AS BLOB)) END, 'NULL')");
            return store.ReadFile(partition, $"SELECT '{table}', {string.Join(", ", values)} FROM {table} ORDER BY 1, 2, 3");
        }),
    ];
}
