using Foreshard.Schema;

namespace Foreshard.Sqlite.Tests.Schema;

/// <summary>A schema that obeys every rule; tests break one at a time.</summary>
internal static class ShopSchema
{
    public const string Script =
        """
        create table countries (code text primary key not null);
        create table customers (id integer primary key, name text not null collate nocase, region text);
        create table addresses (customer_id integer not null references customers, id integer not null,
          primary key (customer_id, id));
        create table orders (customer_id integer not null references customers (id), region text not null, id integer not null,
          country text references countries,
          primary key (customer_id, region, id));
        create table lines (customer_id integer not null, region text not null, order_id integer not null, line integer not null,
          primary key (customer_id, region, order_id, line),
          foreign key (customer_id, region, order_id) references orders (customer_id, region, id) on delete cascade) without rowid;
        create table partners (partner_id text primary key not null);
        create table visits (partner_id text not null references partners on delete cascade, day date, number integer not null,
          primary key (partner_id, number));
        create view totals as select customer_id, count(*) as orders from orders group by customer_id;
        """;

    public static StoreSchema Declared(Action<EntityTypeBuilder>? customer = null, Action<EntityTypeBuilder>? partner = null) =>
        StoreSchema.Define(schema => schema
            .Entity("customer", KeyKind.Integer, entity =>
            {
                entity.Root("customers", "id").KeyColumn("customer_id").GroupBySegment("region").Splittable();
                customer?.Invoke(entity);
            })
            .Entity("partner", KeyKind.Text, entity =>
            {
                entity.Root("partners").KeyColumn("partner_id").GroupByInterval("day", GroupKind.Date);
                partner?.Invoke(entity);
            })
            .Reference("countries"));

    /// <summary>What is wrong when the script is run after the shop's own, as <c>rule table.column</c>.</summary>
    public static string[] ProblemsAfter(string script, StoreSchema? schema = null)
    {
        var (layout, problems) = SchemaRules.Check(schema ?? Declared(), SqliteSchemaFile.ReadCatalogue(Script + script));
        Assert.Equal(problems.Count == 0, layout is not null);
        Assert.All(problems, problem => Assert.True(problem.Message.Length > 0 && problem.Remedy.Length > 0));
        return problems.Select(problem => $"{problem.Rule} {problem.Table}.{problem.Column}").ToArray();
    }
}
