using Foreshard.Schema;

namespace Foreshard.Sqlite.Tests.Schema;

public sealed class SchemaRulesOnCatalogueTests
{
    private const string OwnKey = "customer_id integer not null, id integer not null, primary key (customer_id, id)";
    private const string PlainId = "create table t (id integer primary key, customer_id integer not null, email text unique);";
    private const string Counted = "create table t (id integer primary key autoincrement, customer_id integer not null);";
    private const string Index = "create index i on t (customer_id);";

    /// <summary>The blocks of <c>rules.sql</c>: where, what is expected, the script.</summary>
    public static TheoryData<string, string, string> Cases()
    {
        var cases = new TheoryData<string, string, string>();
        using var reader = new StreamReader(typeof(ShopSchema).Assembly.GetManifestResourceStream("rules.sql")!);
        var lines = reader.ReadToEnd().Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("-- expect: ", StringComparison.Ordinal) && lines[i] != "-- accept") continue;
            var script = string.Join('\n', lines.Skip(i + 1).TakeWhile(line => line.Length > 0));
            cases.Add($"rules.sql:{i + 1}", lines[i].Split(": ").ElementAtOrDefault(1) ?? "", script);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_rule_finds_what_it_is_for_and_nothing_else(string place, string expected, string script) =>
        Assert.Equal((place, expected), (place, string.Join(", ", ShopSchema.ProblemsAfter(script))));

    [Fact]
    public void A_schema_that_obeys_the_rules_has_no_problem() => Assert.Empty(ShopSchema.ProblemsAfter(""));

    [Fact]
    public void A_virtual_table_and_its_shadows_can_not_be_moved()
    {
        var problems = ShopSchema.ProblemsAfter("create virtual table search using fts5(customer_id, body)");

        Assert.Contains("table-obstacle search.", problems);
        Assert.Contains("table-obstacle search_content.", problems);
        Assert.All(problems, problem => Assert.StartsWith("table-obstacle", problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_promise_of_unique_ids_is_believed_but_not_with_autoincrement()
    {
        var promised = ShopSchema.Declared(customer => customer.Table("t", table => table.UniqueIds()));

        Assert.Equal(["ids-generated t.id", "ids-not-unique t.email"], ShopSchema.ProblemsAfter(PlainId + Index).Order());
        Assert.Empty(ShopSchema.ProblemsAfter(PlainId + Index, promised));
        Assert.Equal(["ids-generated t.id"], ShopSchema.ProblemsAfter(Counted + Index, promised));
    }

    [Theory]
    [InlineData("OWNER", "area")]
    [InlineData("owner", "zone", "group-column-missing t.zone")]
    [InlineData("master", "area", "key-column-missing t.master")]
    public void A_table_may_name_its_columns_otherwise(string key, string group, params string[] problems)
    {
        const string script =
            "create table t (owner integer not null, area text not null, id integer not null, primary key (owner, area, id))";
        var schema = ShopSchema.Declared(customer => customer.Table("T", table => table.KeyColumn(key).GroupColumn(group)));

        Assert.Equal(["table-undeclared t."], ShopSchema.ProblemsAfter(script));
        Assert.Equal(problems, ShopSchema.ProblemsAfter(script, schema));
    }

    [Fact]
    public void A_table_declared_core_may_have_a_column_named_like_the_group()
    {
        const string script = "create table t (region integer, " + OwnKey + ")";

        Assert.Equal(3, ShopSchema.ProblemsAfter(script).Length);
        Assert.Empty(ShopSchema.ProblemsAfter(script, ShopSchema.Declared(customer => customer.Table("t", table => table.Core()))));
    }

    [Fact]
    public void A_table_with_two_key_columns_belongs_where_it_is_declared() => Assert.Empty(ShopSchema.ProblemsAfter(
        "create table t (partner_id text, " + OwnKey + ")", ShopSchema.Declared(customer => customer.Table("t"))));

    [Fact]
    public void A_group_column_that_no_table_has_is_a_mistake()
    {
        var schema = StoreSchema.Define(schema => schema.Entity(
            "partner", KeyKind.Text, partner => partner.Root("partners").KeyColumn("partner_id").GroupBySegment("zone")));
        var catalogue = SqliteSchemaFile.ReadCatalogue("create table partners (partner_id text primary key not null, zone text)");

        var (_, problems) = SchemaRules.Check(schema, catalogue);

        Assert.Equal("group-column-unused", Assert.Single(problems).Rule);
    }

    [Fact]
    public void All_problems_come_at_once_in_order_of_table_and_column()
    {
        var problems = ShopSchema.ProblemsAfter(
            """
            create table z (id integer primary key autoincrement);
            create table b (customer_id text, region integer, id integer primary key);
            """);

        Assert.Equal(
            [
                "group-column-form b.region", "group-column-not-indexed b.region", "group-column-nullable b.region",
                "ids-generated b.id", "key-column-form b.customer_id", "key-column-not-indexed b.customer_id",
                "key-column-nullable b.customer_id", "table-undeclared z.",
            ],
            problems.Order(StringComparer.Ordinal));
        Assert.Equal(["b.customer_id", "b.id", "b.region", "z."], problems.Select(problem => problem.Split(' ')[1]).Distinct());
    }
}
