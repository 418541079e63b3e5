using System.Collections.Immutable;
using CsCheck;
using Foreshard.Schema;

namespace Foreshard.Tests.Schema;

public sealed class SchemaRulesTests
{
    private static readonly StoreSchema Declared = StoreSchema.Define(schema => schema
        .Entity("customer", KeyKind.Integer, customer => customer.Root("t0", "id").KeyColumn("c").GroupBySegment("g").Splittable().Table("t3", table => table.UniqueIds()))
        .Entity("player", KeyKind.Uuid, player => player.Root("t1").KeyColumn("p").GroupByInterval("g", GroupKind.Time))
        .Reference("t2"));

    private static readonly string[] Names = ["id", "c", "g", "p", "x", "foreshard_y"];

    private static readonly Gen<string> AnyName = Gen.OneOf(Names);

    private static readonly Gen<CatalogueColumn> AnyColumn =
        from name in AnyName
        from flags in Gen.Int[0, 19].Array[3]
        from generates in Gen.Frequency((18, Gen.Const((string?)null)), (1, Gen.Const((string?)"rowid")), (1, Gen.OneOf<string?>("AUTOINCREMENT", "IDENTITY")))
        from forms in Gen.Frequency((9, Gen.Const(Enum.GetValues<ValueForm>())), (1, Gen.Enum<ValueForm>().Array[0, 2]))
        select new CatalogueColumn(name, "x", flags[0] > 0, flags[1] == 0, flags[2] > 0, generates, [.. forms]);

    private static readonly Gen<CatalogueIndex> AnyIndex =
        from columns in Gen.Frequency((9, AnyName.Select(name => (string?)name)), (1, Gen.Const((string?)null))).Array[1, 3]
        from isUnique in Gen.Bool
        from isPartial in Gen.Int[0, 4]
        select new CatalogueIndex("i", [.. columns.Distinct()], isUnique, isPartial == 0);

    private static readonly Gen<CatalogueForeignKey> AnyForeignKey =
        from pairs in Gen.Select(AnyName, AnyName).Array[1, 3]
        from table in Gen.Int[0, 6]
        from actions in Gen.OneOf("NO ACTION", "NO ACTION", "RESTRICT", "CASCADE", "SET NULL").Array[2]
        select new CatalogueForeignKey([.. pairs.Select(pair => pair.Item1)], $"t{table}", [.. pairs.Select(pair => pair.Item2)], actions[0], actions[1]);

    private static readonly Gen<Catalogue> AnyCatalogue =
        (from columns in AnyColumn.Array[1, 6]
         from primaryKey in AnyName.Array[0, 3]
         from indexes in AnyIndex.Array[0, 2]
         from foreignKeys in AnyForeignKey.Array[0, 2]
         select new CatalogueTable("")
         {
             Columns = [.. columns.DistinctBy(column => column.Name)],
             PrimaryKey = [.. primaryKey.Distinct()],
             Indexes = [.. indexes],
             ForeignKeys = [.. foreignKeys],
         }).Array[0, 6].Select(tables => new Catalogue([.. tables.Select((table, i) => table with { Name = $"t{i}" })]));

    [Fact]
    public void Any_catalogue_gives_a_layout_or_problems_in_order() => AnyCatalogue.Sample(catalogue =>
    {
        var (layout, problems) = SchemaRules.Check(Declared, catalogue);
        var places = problems.Select(problem => (problem.Table, problem.Column, problem.Rule)).ToList();
        var inOrder = places.OrderBy(place => place.Table, StringComparer.Ordinal).ThenBy(place => place.Column, StringComparer.Ordinal).ThenBy(place => place.Rule, StringComparer.Ordinal);

        return (layout is null) == (problems.Count > 0) && places.SequenceEqual(inOrder);
    });

    [Fact]
    public void The_order_of_tables_in_the_catalogue_does_not_matter() => AnyCatalogue.Sample(catalogue =>
    {
        var (_, problems) = SchemaRules.Check(Declared, catalogue);
        var (_, again) = SchemaRules.Check(Declared, new(catalogue.Tables.Reverse().ToImmutableArray()));

        return problems.SequenceEqual(again);
    });

    /// <summary>Children point at parents of smaller number; the catalogue lists them in any order and with names that don't tell.</summary>
    [Fact]
    public void Parents_come_before_the_tables_that_point_at_them() =>
        Gen.Select(Gen.Int[0, 19].Array[8], Gen.Shuffle(Enumerable.Range(0, 8).ToArray())).Sample((parents, names) =>
        {
            var tables = parents.Select((parent, i) => Member($"m{names[i]}", i == 0 ? [] : [$"m{names[parent % i]}", $"m{names[i]}"]));
            var layout = LayoutOf([Root(), .. tables]);
            var order = layout.Entities[0].Tables.Select(table => table.Name).ToList();

            return order.Count == 9 && Enumerable.Range(1, 7).All(i => order.IndexOf($"m{names[parents[i] % i]}") < order.IndexOf($"m{names[i]}"));
        });

    [Fact]
    public void Tables_in_a_ring_come_in_an_order_that_is_always_the_same()
    {
        var layout = LayoutOf([Member("b", ["a"]), Member("c", ["b"]), Root(), Member("a", ["c"]), Member("z", ["a"])]);

        Assert.Equal(["root", "b", "c", "a", "z"], layout.Entities[0].Tables.Select(table => table.Name));
    }

    [Fact]
    public void A_layout_says_what_moves_and_sessions_need()
    {
        var schema = StoreSchema.Define(schema => schema
            .Entity("player", KeyKind.Uuid, player => player.Root("Players", "id").KeyColumn("player_id").GroupByInterval("at", GroupKind.Time).Splittable())
            .Reference("countries"));
        var games = new CatalogueTable("Games")
        {
            Columns =
            [
                Column("Player_Id", ValueForm.UuidBytes), Column("AT", ValueForm.Date, ValueForm.Time), Column("n", ValueForm.Integer),
                Column("sum", ValueForm.Integer) with { IsGenerated = true },
            ],
            PrimaryKey = ["Player_Id", "AT", "n"],
            Indexes = [new("pk", ["Player_Id", "AT", "n"], true, false), new("u", ["n", "Player_Id"], true, true), new("i", ["n"], false, false)],
        };

        var (layout, problems) = SchemaRules.Check(schema, new(
        [
            games,
            new("countries") { Columns = [Column("code", ValueForm.Text)], PrimaryKey = ["code"] },
            new("players") { Columns = [Column("id", ValueForm.UuidBytes, ValueForm.Uuid), Column("at", ValueForm.Time)], PrimaryKey = ["id"] },
        ]));

        Assert.Empty(problems);
        Assert.Equal(["countries"], layout!.References.Select(table => table.Name));
        var player = layout.Of(EntityType.Of("player", KeyKind.Uuid))!;
        Assert.Equal((TableRole.Root, "players", "id", ValueForm.Uuid, null), (player.Root.Role, player.Root.Name, player.Root.KeyColumn, player.Root.KeyForm, player.Root.GroupColumn));
        var grouped = player.Tables[1];
        Assert.Equal((TableRole.Grouped, "Player_Id", ValueForm.UuidBytes), (grouped.Role, grouped.KeyColumn, grouped.KeyForm));
        Assert.Equal(("AT", ValueForm.Time), (grouped.GroupColumn, grouped.GroupForm));
        Assert.Equal(["Player_Id", "AT", "n"], grouped.Columns);
        Assert.Equal(["n", "Player_Id"], Assert.Single(grouped.UniqueKeys));
        Assert.Equal([0, 1, 2], new[] { grouped, layout.References[0], player.Root }.Select(table => table.Ordinal));
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Identity_ids_collide_unless_the_application_writes_them(bool hasUniqueIds, bool isRefused)
    {
        var schema = StoreSchema.Define(schema => schema.Entity("e", KeyKind.Integer, entity =>
        {
            entity.Root("root").KeyColumn("k");
            if (hasUniqueIds) entity.Table("t", table => table.UniqueIds());
        }));
        var table = Member("t", []);
        table = table with { Columns = [table.Columns[0], table.Columns[1] with { GeneratesIds = "IDENTITY" }] };

        var (_, problems) = SchemaRules.Check(schema, new([Root(), table]));

        Assert.Equal(isRefused, problems.Any(problem => problem.Rule == "ids-generated"));
    }

    [Fact]
    public void The_documentation_explains_each_rule_and_no_other()
    {
        var documented = Documentation().Split("## The rules")[1].Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1]);
        var rules = typeof(RuleNames).GetFields().Select(field => (string)field.GetRawConstantValue()!);

        Assert.Equal(rules.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_example_in_the_documentation_is_a_schema()
    {
        var example = Documentation().Split("```jsonc\n")[1].Split("```")[0];

        Assert.Equal(2, StoreSchema.FromJson(example).EntityTypes.Length);
    }

    private static string Documentation()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Foreshard.slnx"))) folder = folder.Parent!;
        return File.ReadAllText(Path.Combine(folder.FullName, "docs", "schema.md"));
    }

    private static StoreLayout LayoutOf(ImmutableArray<CatalogueTable> tables)
    {
        var schema = StoreSchema.Define(schema => schema.Entity("e", KeyKind.Integer, entity => entity.Root("root").KeyColumn("k")));
        var (layout, problems) = SchemaRules.Check(schema, new(tables));
        Assert.Empty(problems);
        return layout!;
    }

    private static CatalogueTable Root() => new("root") { Columns = [Column("k", ValueForm.Integer)], PrimaryKey = ["k"] };

    private static CatalogueTable Member(string name, string[] parents) => new(name)
    {
        Columns = [Column("k", ValueForm.Integer), Column("n", ValueForm.Integer)],
        PrimaryKey = ["k", "n"],
        ForeignKeys = [.. parents.Select(parent => new CatalogueForeignKey(["k", "n"], parent, ["k", "n"], "NO ACTION", "NO ACTION"))],
    };

    private static CatalogueColumn Column(string name, params ValueForm[] forms) => new(name, "x", true, false, true, null, [.. forms]);
}
