using CsCheck;
using Foreshard.Moving;
using Foreshard.Schema;
using Foreshard.Sqlite.Tests.Stores;

namespace Foreshard.Sqlite.Tests.Moves;

/// <summary>Whatever is written while a unit is copied arrives: the moved store is compared with one file that heard the same statements.</summary>
public sealed class LiveWriteTests
{
    /// <summary>More than one piece of a copy, so that writes fall between pieces of one table.</summary>
    private const int Items = 2100;

    private const string Ddl = """
        CREATE TABLE accounts (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL);
        CREATE TABLE items (account_id INTEGER NOT NULL REFERENCES accounts (id), id INTEGER NOT NULL, email TEXT, n INTEGER NOT NULL,
            PRIMARY KEY (account_id, id), UNIQUE (account_id, email));
        CREATE TABLE parts (account_id INTEGER NOT NULL, item INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (account_id, item, id),
            FOREIGN KEY (account_id, item) REFERENCES items (account_id, id) ON DELETE CASCADE) WITHOUT ROWID;
        """;

    private const string Rows = """
        INSERT INTO accounts VALUES (1, 'a1');
        WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2100) INSERT INTO items SELECT 1, i, 'e' || i, 0 FROM n;
        INSERT INTO parts SELECT 1, id, 1 FROM items WHERE id < 20 OR id > 2080;
        """;

    private static readonly string[] Steps = [MoveStep.Prepared, MoveStep.Copying, MoveStep.Copied, MoveStep.CaughtUp, MoveStep.Verified];

    private static readonly StoreSchema Schema = StoreSchema.Define(schema => schema.Entity(
        "account", KeyKind.Integer, account => account.Root("accounts", "id").KeyColumn("account_id")));

    private static readonly EntityKey Account = Schema["account"].Key(1);

    /// <summary>Ids at both ends of the copy's order, and new ones.</summary>
    private static readonly Gen<int> AnyId = Gen.OneOf(Gen.Int[1, 4], Gen.Int[Items - 3, Items + 2]);

    private static readonly Gen<string> AnyWrite = Gen.Select(Gen.Int[0, 10], AnyId, AnyId).Select((kind, id, other) => kind switch
    {
        0 => $"INSERT OR IGNORE INTO items VALUES (1, {id}, 'e{other}', 1)",
        1 => $"UPDATE OR IGNORE items SET email = 'e{other}', n = n + 1 WHERE account_id = 1 AND id = {id}",
        2 => $"DELETE FROM items WHERE account_id = 1 AND id = {id}",
        3 => $"INSERT OR REPLACE INTO items VALUES (1, {id}, 'e{other}', 2)",
        4 => $"UPDATE OR REPLACE items SET email = 'e{other}' WHERE account_id = 1 AND id = {id}",
        5 => $"INSERT INTO items VALUES (1, {id + 10_000}, 'e{other}', 3) ON CONFLICT (account_id, email) DO UPDATE SET n = n + 10",
        6 => $"UPDATE OR IGNORE items SET id = {other} WHERE account_id = 1 AND id = {id} AND NOT EXISTS (SELECT 1 FROM parts WHERE item = {id})",
        7 => $"DELETE FROM parts WHERE account_id = 1 AND item = {id}; UPDATE OR REPLACE items SET id = {other} WHERE account_id = 1 AND id = {id}",
        8 => $"INSERT OR IGNORE INTO parts SELECT 1, id, {other} FROM items WHERE account_id = 1 AND id = {id}",
        9 => $"UPDATE accounts SET name = 'a{other}' WHERE id = 1; UPDATE items SET email = NULL WHERE account_id = 1 AND id = {id}",
        _ => Swap(id, other),
    });

    [Fact]
    public Task Two_rows_may_swap_a_unique_value_between_two_pieces_of_the_copy() =>
        CheckAsync([(MoveStep.Copying, 2, Swap(1, Items))]);

    [Fact]
    public Task A_row_may_be_written_again_under_the_number_of_another() => CheckAsync(
        [(MoveStep.Copying, 2, $"DELETE FROM items WHERE account_id = 1 AND id IN (1, {Items})"),
            (MoveStep.Copying, 2, "INSERT INTO items VALUES (1, 1, 'again', 9)")]);

    [Theory]
    [InlineData("INSERT INTO items VALUES (1, 9000, 'new', 1)")]
    [InlineData("UPDATE items SET n = 5 WHERE account_id = 1")]
    [InlineData("DELETE FROM items WHERE account_id = 1")]
    [InlineData("INSERT OR REPLACE INTO items VALUES (1, 3, 'e2099', 7)")]
    [InlineData("REPLACE INTO items VALUES (1, 9000, 'e1', 7)")]
    [InlineData("INSERT INTO items VALUES (1, 1, 'x', 1) ON CONFLICT DO UPDATE SET n = 8, email = 'upserted'")]
    [InlineData("UPDATE items SET id = id + 5000 WHERE account_id = 1 AND id BETWEEN 30 AND 2070")]
    [InlineData("UPDATE OR REPLACE items SET email = 'one' WHERE account_id = 1 AND id IN (5, 2090)")]
    public Task Every_kind_of_write_at_every_step_arrives(string sql) => CheckAsync([.. Steps.Select(step => (step, 1, sql))], isQuiet: true);

    [Fact]
    [Trait("Category", "Slow")]
    public Task Any_writes_at_any_steps_arrive() => Gen.Select(Gen.Int[0, 4].Select(step => Steps[step]), Gen.Int[1, 3], AnyWrite).Array[1, 12]
        .SampleAsync(writes => CheckAsync(writes), iter: 25, threads: 1);

    /// <summary>Two rows change their unique values, or nothing happens if one of them is not there.</summary>
    private static string Swap(int one, int other) => $"""
        CREATE TEMP TABLE swapped AS SELECT id, email FROM items WHERE account_id = 1 AND id IN ({one}, {other});
        UPDATE items SET email = '~' || id WHERE account_id = 1 AND id IN (SELECT id FROM swapped) AND (SELECT count(*) FROM swapped) = 2;
        UPDATE items SET email = (SELECT s.email FROM swapped s WHERE s.id <> items.id)
            WHERE account_id = 1 AND id IN (SELECT id FROM swapped) AND (SELECT count(*) FROM swapped) = 2;
        DROP TABLE swapped
        """;

    /// <param name="writes">At which step, the how-many-eth time, which statements.</param>
    /// <param name="isQuiet">Whether statements that fail are passed over, on both sides.</param>
    private static async Task CheckAsync((string Step, int Time, string Sql)[] writes, bool isQuiet = false)
    {
        using var reference = new OneFile();
        reference.Execute(Ddl + Rows);
        var reached = new Dictionary<string, int>();
        TempStore? store = null;
        var options = Shop.Options(Write);
        options.Moves.BlockingRows = 0;
        await using var opened = await TempStore.OpenAsync(Schema, Ddl, options);
        await opened.RunAsync(Account, default, Rows);
        await opened.Store.IsolateAsync(Account);
        store = opened;
        var (from, to) = (store.PartitionOf(Account), store.AnotherThan(Account));

        await store.Store.MoveAsync(Account, to);

        foreach (var table in new[] { "accounts", "items", "parts" })
        {
            var sql = $"SELECT * FROM {table} ORDER BY 1, 2, 3";
            Assert.Equal(reference.Read(table == "accounts" ? "SELECT * FROM accounts" : sql),
                store.ReadFile(to, table == "accounts" ? "SELECT * FROM accounts" : sql));
            Assert.Equal(["0"], store.ReadFile(from, $"SELECT count(*) FROM {table}"));
        }

        await store.AssertWholeAsync();

        void Write(string step)
        {
            if (store is null) return;
            var time = reached[step] = reached.GetValueOrDefault(step) + 1;
            foreach (var write in writes.Where(write => write.Step == step && write.Time == time))
            {
                var expected = Record.Exception(() => reference.Execute(write.Sql));
                var found = Record.Exception(() => store.Store.ExecuteAsync(Account, default, write.Sql).GetAwaiter().GetResult());
                Assert.Equal(expected?.GetType(), found?.GetType());
                Assert.True(isQuiet || expected is null, expected?.Message);
            }
        }
    }
}
