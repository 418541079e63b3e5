using CsCheck;
using Foreshard.Schema;

namespace Foreshard.Tests.Schema;

public sealed class StoreSchemaTests
{
    private const string Json =
        """
        {
          // Comments and trailing commas are fine.
          "$schema": "https://example.org/foreshard.json",
          "entities": {
            "customer": {
              "key": "integer",
              "root": "customers",
              "rootKey": "id",
              "keyColumn": "customer_id",
              "group": { "column": "created_at", "by": "date" },
              "splittable": true,
              "tables": {
                "orders": { "keyColumn": "cust", "groupColumn": "ordered_on", "uniqueIds": true },
                "addresses": { "core": true },
              },
            },
            "player": { "key": "uuid", "root": "players", "keyColumn": "player_id" },
          },
          "references": ["countries", "tariffs"],
        }
        """;

    private static readonly Gen<string> AnyName = Gen.OneOf(Gen.String[Gen.Char.AlphaNumeric, 1, 8], Gen.OneOf("größe", "a \"b\"", "c\\d", "<t>"));

    private static readonly Gen<StoreSchema> AnySchema =
        from keyKind in Gen.Enum<KeyKind>()
        from groupKind in Gen.Enum<GroupKind>()
        from flags in Gen.Bool.Array[6]
        from names in AnyName.Array[4]
        select StoreSchema.Define(schema => schema
            .Entity("a-1", keyKind, entity =>
            {
                entity.Root("root" + names[0], flags[0] ? "id" : null).KeyColumn("key" + names[1]);
                if (flags[1]) entity.GroupBy("group" + names[2], groupKind);
                if (flags[1] && flags[2]) entity.Splittable();
                if (flags[3])
                {
                    entity.Table("table" + names[3], table =>
                    {
                        if (flags[4]) table.KeyColumn("own" + names[1]).UniqueIds();
                        if (flags[5]) table.Core();
                        else if (flags[1]) table.GroupColumn("g" + names[2]);
                    });
                }
            })
            .Entity("b", KeyKind.Text, entity => entity.Root("roots").KeyColumn("b_id"))
            .Reference("ref" + names[0], "refs"));

    [Fact]
    public void Code_and_json_declare_the_same()
    {
        var inCode = StoreSchema.Define(schema => schema
            .Entity("customer", KeyKind.Integer, customer => customer
                .Root("customers", "id").KeyColumn("customer_id").GroupByInterval("created_at", GroupKind.Date).Splittable()
                .Table("orders", table => table.KeyColumn("cust").GroupColumn("ordered_on").UniqueIds())
                .Table("addresses", table => table.Core()))
            .Entity("player", KeyKind.Uuid, player => player.Root("players").KeyColumn("player_id"))
            .Reference("countries", "tariffs"));

        var fromJson = StoreSchema.FromJson(Json);

        Assert.Equal(inCode.ToJson(), fromJson.ToJson());
        Assert.Equal("player_id", fromJson.EntityTypes[1].RootKeyColumn);
        Assert.Same(EntityType.Of("customer", KeyKind.Integer), fromJson["customer"]);
    }

    [Fact]
    public void A_schema_survives_json() => AnySchema.Sample(schema =>
    {
        var again = StoreSchema.FromJson(schema.ToJson());
        return again.ToJson() == schema.ToJson() && again.References.SequenceEqual(schema.References)
            && again.EntityTypes.Select(type => type with { Tables = [] }).SequenceEqual(schema.EntityTypes.Select(type => type with { Tables = [] }))
            && again.EntityTypes.SelectMany(type => type.Tables).SequenceEqual(schema.EntityTypes.SelectMany(type => type.Tables));
    });

    [Fact]
    public void An_undeclared_type_is_named_with_those_that_are()
    {
        var error = Assert.Throws<KeyNotFoundException>(() => StoreSchema.FromJson(Json)["costumer"]);

        Assert.Contains("customer, player", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_in_a_file_come_at_once_with_their_paths()
    {
        const string wrong =
            """
            {
              "entities": {
                "customer": { "key": "int", "root": 7, "colour": "red", "splittable": "yes", "group": { "column": "" } },
                "2nd": { "key": "text", "root": "seconds", "keyColumn": "second_id" },
                "third": [],
                "fourth": { "key": "text", "key": "text", "root": "r", "keyColumn": "k", "tables": { "t": { "core": 1, "x": 2 }, "u": null } },
              },
              "references": ["countries", null],
              "entitys": {},
            }
            """;

        var paths = ProblemsOf(wrong).Select(problem => problem.Message.Split(':')[0]).Order(StringComparer.Ordinal);

        Assert.Equal(
            [
                "$.entities.2nd", "$.entities.customer", "$.entities.customer.colour", "$.entities.customer.group", "$.entities.customer.group.column",
                "$.entities.customer.key", "$.entities.customer.root", "$.entities.customer.splittable", "$.entities.fourth.key",
                "$.entities.fourth.tables.t.core", "$.entities.fourth.tables.t.x", "$.entities.fourth.tables.u", "$.entities.third",
                "$.entitys", "$.references[1]",
            ],
            paths);
    }

    [Theory]
    [InlineData("", "line 1: not JSON")]
    [InlineData("{\n\"entities\": }", "line 2: not JSON")]
    [InlineData("[]", "$: an object expected, not Array")]
    [InlineData("{}", "$: \"entities\" is missing")]
    [InlineData("{ \"entities\": {}, \"references\": \"countries\" }", "$.references: an array of table names expected, not String")]
    public void Text_that_is_no_schema_is_refused(string json, string message) =>
        Assert.StartsWith(message, Assert.Single(ProblemsOf(json)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_file_is_read_like_its_text()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(path, Json, TestContext.Current.CancellationToken);

        var schema = await StoreSchema.LoadAsync(path, TestContext.Current.CancellationToken);

        File.Delete(path);
        Assert.Equal(StoreSchema.FromJson(Json).ToJson(), schema.ToJson());
    }

    public static TheoryData<string, Action<StoreSchemaBuilder>> Contradictions => new()
    {
        { "No entity type is declared", schema => schema.Reference("r") },
        { "is declared twice", schema => schema.Entity("a", default, Good).Entity("a", KeyKind.Text, e => e.Root("other").KeyColumn("o")) },
        { "for more than one type", schema => schema.Entity("a", default, Good).Entity("b", default, e => e.Root("other").KeyColumn("o").Table("ROOT")) },
        { "for more than one type", schema => schema.Entity("a", default, e => Good(e.Table("t"))).Reference("t") },
        { "reference table is declared twice", schema => schema.Entity("a", default, Good).Reference("r", "R") },
        { "has no root table", schema => schema.Entity("a", default, e => e.KeyColumn("k")) },
        { "has no key column", schema => schema.Entity("a", default, e => e.Root("root")) },
        { "splittable but has no groups", schema => schema.Entity("a", default, e => Good(e.Splittable())) },
        { "declared twice in entity type", schema => schema.Entity("a", default, e => Good(e.Table("t").Table("T"))) },
        { "both key and group", schema => schema.Entity("a", default, e => Good(e.GroupBySegment("K"))) },
        { "both key and group", schema => schema.Entity("a", default, e => Good(e.GroupBySegment("g").Table("t", t => t.KeyColumn("g")))) },
        { "root table has its key column", schema => schema.Entity("a", default, e => Good(e.Table("root", t => t.KeyColumn("x")))) },
        { "to hold core rows and to have a group", schema => schema.Entity("a", default, e => Good(e.GroupBySegment("g").Table("t", t => t.Core().GroupColumn("h")))) },
        { "has no groups", schema => schema.Entity("a", default, e => Good(e.Table("t", t => t.GroupColumn("g")))) },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void A_declaration_that_contradicts_itself_is_refused(string message, Action<StoreSchemaBuilder> define)
    {
        var problem = Assert.Single(Assert.Throws<SchemaException>(() => StoreSchema.Define(define)).Problems);

        Assert.Equal("declaration", problem.Rule);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }

    private static void Good(EntityTypeBuilder entity) => entity.Root("root").KeyColumn("k");

    private static IReadOnlyList<SchemaProblem> ProblemsOf(string json)
    {
        var problems = Assert.Throws<SchemaException>(() => StoreSchema.FromJson(json)).Problems;
        Assert.All(problems, problem => Assert.Equal("schema-file", problem.Rule));
        return problems;
    }
}
