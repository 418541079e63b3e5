using Foreshard.Schema;

namespace Foreshard.Sqlite.Tests.Schema;

public sealed class SchemaRulesOnCatalogueTests
{
    private const string OwnKey = "customer_id integer not null, id integer not null, primary key (customer_id, id)";
    private const string GroupedKey = "customer_id integer not null, region text not null, id integer not null, primary key (customer_id, region, id)";

    [Fact]
    public void A_schema_that_obeys_the_rules_has_no_problem() => Assert.Empty(ShopSchema.ProblemsAfter(""));

    [Theory]
    [InlineData("table-undeclared t.", "create table t (id integer primary key)")]
    [InlineData("table-of-two-types t.partner_id", "create table t (customer_id integer not null, partner_id text not null, primary key (customer_id, partner_id))")]
    [InlineData("table-missing countries.", "drop table countries; drop table lines; drop table orders; create table o (" + GroupedKey + ")")]
    [InlineData("table-missing partners.", "drop table visits; drop table partners; create table visits (partner_id text not null, day text not null, primary key (partner_id, day))")]
    [InlineData("name-reserved foreshard_x.", "create table foreshard_x (" + OwnKey + ")")]
    [InlineData("name-reserved t.foreshard_x", "create table t (foreshard_x text, " + OwnKey + ")")]
    [InlineData("reference-with-key countries.customer_id", "alter table countries add column customer_id integer")]
    public void Each_table_has_its_place(string expected, string script) => Assert.Equal([expected], ShopSchema.ProblemsAfter(script));

    [Fact]
    public void A_virtual_table_and_its_shadows_can_not_be_moved()
    {
        var problems = ShopSchema.ProblemsAfter("create virtual table search using fts5(customer_id, body)");

        Assert.Contains("table-obstacle search.", problems);
        Assert.Contains("table-obstacle search_content.", problems);
        Assert.All(problems, problem => Assert.StartsWith("table-obstacle", problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("key-column-missing customers.id", "drop table lines; drop table orders; drop table addresses; drop table customers; create table customers (customer_id integer primary key); create table orders (" + GroupedKey + ")")]
    [InlineData("key-column-nullable t.customer_id", "create table t (customer_id integer, id integer not null, primary key (customer_id, id))")]
    [InlineData("key-column-generated t.customer_id", "create table t (x integer not null primary key, customer_id integer not null as (x) stored); create index i on t (customer_id)", "ids-generated t.x")]
    [InlineData("key-column-collation t.partner_id", "create table t (partner_id text collate nocase not null, n integer not null, primary key (partner_id, n))")]
    [InlineData("key-column-form t.customer_id", "create table t (customer_id text not null, id integer not null, primary key (customer_id, id))")]
    [InlineData("key-column-form t.partner_id", "create table t (partner_id numeric not null, id integer not null, primary key (partner_id, id))")]
    [InlineData("key-column-not-indexed t.customer_id", "create table t (customer_id integer not null, id integer not null, primary key (id, customer_id)); create index partial on t (customer_id) where id > 7; create index second on t (id, customer_id); create index expr on t (customer_id + 1)")]
    [InlineData("root-not-unique customers.id", "drop table addresses; drop table lines; drop table orders; drop table customers; create table customers (id integer not null, version integer not null, primary key (id, version)); create unique index u on customers (id) where version = 1; create table orders (" + GroupedKey + ")")]
    public void A_key_column_can_be_trusted(string expected, string script, params string[] others) =>
        Assert.Equal(others.Append(expected).Order(), ShopSchema.ProblemsAfter(script).Order());

    [Theory]
    [InlineData("group-column-nullable t.region", "create table t (customer_id integer not null, region text, id integer not null, primary key (customer_id, region, id))")]
    [InlineData("group-column-generated t.region", "create table t (customer_id integer not null, id integer not null, x text not null, region text not null as (x) stored, primary key (customer_id, id)); create index i on t (customer_id, region)")]
    [InlineData("group-column-collation t.region", "create table t (customer_id integer not null, region text not null collate rtrim, id integer not null, primary key (customer_id, region, id))")]
    [InlineData("group-column-form t.region", "create table t (customer_id integer not null, region integer not null, id integer not null, primary key (customer_id, region, id))")]
    [InlineData("group-column-not-indexed t.region", "create table t (customer_id integer not null, region text not null, id integer not null, primary key (customer_id, id, region))")]
    public void The_group_column_of_a_splittable_type_can_be_trusted(string expected, string script) =>
        Assert.Equal([expected], ShopSchema.ProblemsAfter(script));

    [Theory]
    [InlineData("primary-key-missing t.", "create table t (customer_id integer not null); create index i on t (customer_id)")]
    [InlineData("primary-key-missing countries.", "drop table lines; drop table orders; drop table countries; create table countries (code text not null); create table o (" + GroupedKey + ")")]
    [InlineData("primary-key-nullable t.id", "create table t (customer_id integer not null, id text, primary key (customer_id, id))")]
    [InlineData("primary-key-collation t.id", "create table t (customer_id integer not null, id text not null collate nocase, primary key (customer_id, id))")]
    [InlineData("ids-generated t.id", "create table t (id integer primary key, customer_id integer not null); create index i on t (customer_id)")]
    [InlineData("ids-generated t.id", "create table t (id integer primary key autoincrement, customer_id integer not null); create index i on t (customer_id)")]
    [InlineData("ids-generated t.customer_id", "create table t (customer_id integer primary key autoincrement)")]
    [InlineData("ids-generated countries.n", "drop table countries; create table countries (n integer primary key autoincrement, code text not null unique); drop table lines; drop table orders; create table o (" + GroupedKey + ")")]
    [InlineData("ids-not-unique t.id", "create table t (id text primary key not null, customer_id integer not null); create index i on t (customer_id)")]
    [InlineData("ids-not-unique t.email", "create table t (email text unique, " + OwnKey + ")")]
    [InlineData("ids-not-unique t.email", "create table t (email text, gone integer, " + OwnKey + "); create unique index u on t (email) where gone is null")]
    [InlineData("unique-index-on-expression t.customer_id", "create table t (email text, " + OwnKey + "); create unique index u on t (customer_id, lower(email))")]
    [InlineData("unique-index-on-expression t.customer_id", "create table t (email text, " + OwnKey + "); create unique index u on t (customer_id, email collate nocase)")]
    [InlineData("unique-index-on-expression t.customer_id", "create table t (email text, g text as (lower(email)), " + OwnKey + "); create unique index u on t (customer_id, g)")]
    public void Ids_of_two_entities_never_meet(string expected, string script) => Assert.Equal([expected], ShopSchema.ProblemsAfter(script));

    [Theory]
    [InlineData("create table t (customer_id integer primary key)")]
    [InlineData("create table t (customer_id integer not null, email text collate nocase, id integer not null, primary key (customer_id, id), unique (customer_id, email))")]
    [InlineData("create table t (email text, " + OwnKey + "); create index u on t (lower(email)); create index v on t (email collate nocase)")]
    [InlineData("create table t (CUSTOMER_ID integer not null, id integer not null, primary key (customer_id, id), foreign key (Customer_Id) references CUSTOMERS (ID))")]
    [InlineData("drop table lines; drop table orders; drop table countries; create table countries (code integer primary key); create table o (" + GroupedKey + ")")]
    [InlineData("create table t (partner_id not null, id integer not null, primary key (partner_id, id))")]
    public void What_obeys_the_rules_in_another_way_is_accepted(string script) =>
        Assert.Empty(ShopSchema.ProblemsAfter(script));

    [Theory]
    [InlineData("foreign-key-target-missing t.x", "create table t (x integer references nowhere, " + OwnKey + ")")]
    [InlineData("foreign-key-target-missing t.x", "create table t (x integer references countries (nope), " + OwnKey + ")")]
    [InlineData("foreign-key-target-missing t.x", "create table t (x integer, " + OwnKey + ", foreign key (customer_id, x) references orders (customer_id, id))")]
    [InlineData("foreign-key-between-types t.p", "create table t (p text references partners, " + OwnKey + ")")]
    [InlineData("foreign-key-from-reference countries.capital", "alter table countries add column capital integer references customers")]
    [InlineData("foreign-key-without-key t.friend", "create table t (friend integer references customers, " + OwnKey + ")")]
    [InlineData("foreign-key-without-key t.address", "create table t (address integer, " + OwnKey + ", foreign key (address, customer_id) references addresses (customer_id, id))")]
    [InlineData("foreign-key-without-group t.order_id", "create table t (order_id integer, shop text, " + GroupedKey + ", foreign key (customer_id, order_id, shop) references orders (customer_id, id, region))")]
    [InlineData("foreign-key-core-to-grouped t.r", "create table t (r text, o integer, " + OwnKey + ", foreign key (customer_id, r, o) references orders)")]
    [InlineData("foreign-key-action t.a", "create table t (a integer, " + GroupedKey + ", foreign key (customer_id, a) references addresses on delete cascade)")]
    [InlineData("foreign-key-action t.a", "create table t (a integer, " + GroupedKey + ", foreign key (customer_id, a) references addresses on delete set null)")]
    [InlineData("foreign-key-action t.customer_id", "create table t (" + GroupedKey + ", foreign key (customer_id) references customers on update cascade)")]
    [InlineData("foreign-key-action t.c", "create table t (c text references countries on delete set null, " + OwnKey + ")")]
    [InlineData("foreign-key-action t.c", "create table t (c text references countries on update cascade, " + OwnKey + ")")]
    [InlineData("foreign-key-changes-key t.customer_id", "create table t (" + OwnKey + ", foreign key (customer_id) references customers on update cascade)")]
    [InlineData("foreign-key-changes-key t.a", "create table t (a integer, " + OwnKey + ", foreign key (customer_id, a) references addresses on delete set null)")]
    [InlineData("foreign-key-changes-key t.partner_id", "create table t (partner_id text primary key not null references partners on update set default)")]
    public void A_foreign_key_stays_where_its_row_is(string expected, string script) => Assert.Equal([expected], ShopSchema.ProblemsAfter(script));

    [Theory]
    [InlineData("create table t (" + OwnKey + ", foreign key (customer_id) references customers on delete cascade)")]
    [InlineData("create table t (parent integer, " + OwnKey + ", foreign key (customer_id, parent) references t on delete cascade)")]
    [InlineData("create table t (a integer, " + GroupedKey + ", foreign key (customer_id, a) references addresses on delete restrict on update no action)")]
    [InlineData("create table t (n integer, partner_id text primary key not null, foreign key (partner_id, n) references visits)")]
    [InlineData("alter table countries add column parent text references countries on delete cascade")]
    public void Foreign_keys_within_an_entity_are_free(string script) => Assert.Empty(ShopSchema.ProblemsAfter(script));

    [Fact]
    public void A_promise_of_unique_ids_is_believed_but_not_with_autoincrement()
    {
        var promised = ShopSchema.Declared(customer => customer.Table("t", table => table.UniqueIds()));

        Assert.Empty(ShopSchema.ProblemsAfter(
            "create table t (id integer primary key, customer_id integer not null, email text unique); create index i on t (customer_id)", promised));
        Assert.Equal(["ids-generated t.id"], ShopSchema.ProblemsAfter(
            "create table t (id integer primary key autoincrement, customer_id integer not null); create index i on t (customer_id)", promised));
    }

    [Fact]
    public void A_table_may_name_its_columns_otherwise()
    {
        const string script = "create table t (owner integer not null, area text not null, id integer not null, primary key (owner, area, id))";

        Assert.Equal(["table-undeclared t."], ShopSchema.ProblemsAfter(script));
        Assert.Empty(ShopSchema.ProblemsAfter(script, ShopSchema.Declared(customer => customer.Table("T", table => table.KeyColumn("OWNER").GroupColumn("area")))));
        Assert.Equal(["group-column-missing t.zone"], ShopSchema.ProblemsAfter(
            script, ShopSchema.Declared(customer => customer.Table("t", table => table.KeyColumn("owner").GroupColumn("zone")))));
        Assert.Equal(["key-column-missing t.master"], ShopSchema.ProblemsAfter(
            script, ShopSchema.Declared(customer => customer.Table("t", table => table.KeyColumn("master")))));
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
        var schema = StoreSchema.Define(s => s.Entity("partner", KeyKind.Text, e => e.Root("partners").KeyColumn("partner_id").GroupBySegment("zone")));

        var (_, problems) = SchemaRules.Check(schema, SqliteSchemaFile.ReadCatalogue("create table partners (partner_id text primary key not null, zone text)"));

        Assert.Equal("group-column-unused", Assert.Single(problems).Rule);
    }

    [Fact]
    public void All_problems_come_at_once_in_order_of_table_and_column()
    {
        var problems = ShopSchema.ProblemsAfter(
            "create table z (id integer primary key autoincrement); create table b (customer_id text, region integer, id integer primary key)");

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
