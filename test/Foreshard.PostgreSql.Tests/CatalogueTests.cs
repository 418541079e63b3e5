using Foreshard.Schema;
using Foreshard.Servers;
using Npgsql;

namespace Foreshard.PostgreSql.Tests;

[Trait("Category", "Slow")]
public sealed class CatalogueTests
{
    private static readonly StoreSchema Schema = StoreSchema.Define(schema => schema
        .Entity("customer", KeyKind.Integer, customer => customer.Root("customers", "id").KeyColumn("customer_id")));

    [Theory]
    [InlineData("CREATE TABLE t (customer_id bigint, id bigint, PRIMARY KEY (customer_id, id)) PARTITION BY HASH (customer_id)", "partitioned")]
    [InlineData("CREATE UNLOGGED TABLE t (customer_id bigint, id bigint, PRIMARY KEY (customer_id, id))", "unlogged")]
    [InlineData("CREATE TABLE t (customer_id bigint, id bigint, PRIMARY KEY (customer_id, id)); ALTER TABLE t ENABLE ROW LEVEL SECURITY", "Row security")]
    [InlineData("CREATE TABLE t (customer_id bigint, id bigint, PRIMARY KEY (customer_id, id)) INHERITS (customers)", "inherits")]
    [InlineData("CREATE TABLE t (customer_id bigint, id bigint, PRIMARY KEY (customer_id, id)); ALTER TABLE t REPLICA IDENTITY NOTHING", "replica identity")]
    [InlineData("CREATE TABLE t (customer_id bigint, id bigint, photo oid, PRIMARY KEY (customer_id, id))", "large object")]
    [InlineData("CREATE TABLE t (customer_id bigint, id bigint, PRIMARY KEY (customer_id, id) DEFERRABLE)", "deferrable")]
    [InlineData("CREATE TABLE t (customer_id bigint, id bigint, PRIMARY KEY (customer_id, id), EXCLUDE (id WITH =))", "Exclusion")]
    [InlineData(
        "CREATE TABLE t (customer_id bigint, id bigint, PRIMARY KEY (customer_id, id)); CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING", "Rule 'r'")]
    [InlineData(
        "CREATE TABLE t (customer_id bigint, id bigint, PRIMARY KEY (customer_id, id)); "
        + "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; "
        + "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); ALTER TABLE t ENABLE ALWAYS TRIGGER g", "Trigger 'g'")]
    public async Task What_a_move_could_not_carry_is_named_with_its_remedy(string ddl, string expected)
    {
        var problem = Assert.Single(await CheckAsync(ddl), problem => problem is { Rule: "table-obstacle", Table: "t" });

        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
        Assert.NotEmpty(problem.Remedy);
    }

    [Theory]
    [InlineData("CREATE TABLE t (customer_id bigint NOT NULL, id bigserial, PRIMARY KEY (customer_id, id))", "ids-generated")]
    [InlineData("CREATE TABLE t (customer_id bigint NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (customer_id, id))", "ids-generated")]
    [InlineData("CREATE TABLE t (customer_id bigint NOT NULL, id bigint PRIMARY KEY)", "ids-not-unique")]
    [InlineData("CREATE TABLE t (customer_id bigint NOT NULL, id bigint, PRIMARY KEY (id, customer_id))", "key-column-not-indexed")]
    [InlineData("CREATE TABLE t (customer_id text NOT NULL, id bigint, PRIMARY KEY (customer_id, id))", "key-column-form")]
    [InlineData("CREATE TABLE t (customer_id bigint NOT NULL, note text, UNIQUE (customer_id, note))", "primary-key-missing")]
    [InlineData(
        "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false); "
        + "CREATE TABLE t (customer_id bigint NOT NULL, name text COLLATE blind, PRIMARY KEY (customer_id, name))", "primary-key-collation")]
    public async Task The_rules_that_hold_everywhere_hold_here(string ddl, string rule) =>
        Assert.Contains(await CheckAsync(ddl), problem => problem.Rule == rule && problem.Table == "t");

    [Fact]
    public async Task All_that_is_wrong_with_a_table_is_told_at_once()
    {
        var problems = await CheckAsync(
            "CREATE UNLOGGED TABLE t (customer_id bigint, id bigserial PRIMARY KEY, photo oid); ALTER TABLE t ENABLE ROW LEVEL SECURITY");

        Assert.Equal(3, problems.Count(problem => problem.Rule == "table-obstacle"));
        Assert.Contains(problems, problem => problem.Rule == "key-column-nullable");
        Assert.Contains(problems, problem => problem.Rule == "ids-generated");
        Assert.Contains(problems, problem => problem.Rule == "key-column-not-indexed");
    }

    [Fact]
    public async Task Columns_indexes_and_foreign_keys_are_read_as_they_are()
    {
        var table = await ReadAsync("""
            CREATE TABLE t (customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE, id uuid, day date, at timestamptz, local timestamp,
                name varchar(20), sum int GENERATED ALWAYS AS (length(name)) STORED, PRIMARY KEY (customer_id, id));
            CREATE UNIQUE INDEX u ON t (customer_id, lower(name)) WHERE day IS NOT NULL;
            """);

        Assert.Equal(["customer_id", "id"], table.PrimaryKey);
        Assert.Equal(
            [ValueForm.Integer, ValueForm.Uuid, ValueForm.Date, ValueForm.Time, ValueForm.Text, ValueForm.Integer],
            table.Columns.SelectMany(column => column.Forms));
        Assert.Equal(["sum"], table.Columns.Where(column => column.IsGenerated).Select(column => column.Name));
        var index = Assert.Single(table.Indexes, index => index.Name == "u");
        Assert.Equal(["customer_id", null], index.Columns);
        Assert.True(index is { IsUnique: true, IsPartial: true });
        var foreignKey = Assert.Single(table.ForeignKeys);
        Assert.Equal(("customers", "CASCADE", "NO ACTION"), (foreignKey.ReferencedTable, foreignKey.OnDelete, foreignKey.OnUpdate));
        Assert.Equal(["customer_id"], foreignKey.Columns);
        Assert.Equal(["id"], foreignKey.ReferencedColumns);
    }

    private static async Task<IReadOnlyList<SchemaProblem>> CheckAsync(string ddl) => SchemaRules.Check(Schema, await CatalogueAsync(ddl)).Problems;

    private static async Task<CatalogueTable> ReadAsync(string ddl) => (await CatalogueAsync(ddl)).Tables.Single(table => table.Name == "t");

    private static async Task<Catalogue> CatalogueAsync(string ddl)
    {
        await using var connection = new NpgsqlConnection(await PostgresDatabases.CreateAsync() + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("CREATE TABLE customers (id bigint PRIMARY KEY); " + ddl, connection);
        await command.ExecuteNonQueryAsync();
        return await PostgresCatalogue.ReadAsync(connection, CancellationToken.None);
    }
}
