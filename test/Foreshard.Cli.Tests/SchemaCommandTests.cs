namespace Foreshard.Cli.Tests;

public sealed class SchemaCommandTests
{
    private const string CheckFiles = "check --schema foreshard.json --sql ";

    [Fact]
    public async Task A_good_schema_is_shown_table_by_table_before_any_store_exists()
    {
        using var shell = new Shell();

        var checkedFiles = (await shell.RunAsync(CheckFiles + "schema.sql --json")).Expect(ExitCode.Done).Json;

        var sorts = checkedFiles["tables"]!.AsArray()
            .Select(table => $"{table!["name"]} {table["sort"]} {table["entityType"]} {table["groupColumn"]}".TrimEnd());
        Assert.Equal(
            [
                "customers root customer", "notes core customer", "orders grouped customer region",
                "sensors root sensor", "readings grouped sensor day", "tariffs root tariff", "countries reference",
            ],
            sorts);
        Assert.Empty(checkedFiles["problems"]!.AsArray());
    }

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public async Task Every_problem_is_shown_with_its_place_and_remedy_in_the_width_there_is(int width)
    {
        using var shell = new Shell();
        var expected = (await shell.RunAsync(CheckFiles + "bad.sql --json")).Expect(ExitCode.Found).Json["problems"]!.AsArray();

        var shown = (await shell.RunAsync(CheckFiles + "bad.sql", width)).Expect(ExitCode.Found);

        Assert.True(expected.Count > 5);
        var text = string.Join(' ', shown.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.All(expected, problem =>
        {
            Assert.Contains($"{problem!["rule"]}", text, StringComparison.Ordinal);
            Assert.Contains($"{problem["message"]} Remedy: {problem["remedy"]}", text, StringComparison.Ordinal);
        });
        Assert.Contains("orders.customer_id", text, StringComparison.Ordinal);
        Assert.All(shown.Output.Split('\n'), line => Assert.True(line.Length <= width, line));
    }

    [Fact]
    public async Task A_schema_file_that_is_none_is_a_problem_with_its_place()
    {
        using var shell = new Shell();
        shell.Write("foreshard.json", """{ "entities": { "customer": { "colour": 1 } } }""");

        var shown = (await shell.RunAsync(CheckFiles + "schema.sql")).Expect(ExitCode.Found);

        Assert.Contains("$.entities.customer", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_is_checked_against_what_it_keeps_or_what_it_may_become()
    {
        using var shell = await Shell.WithStoreAsync();
        shell.Write("next.json", Shell.Declaration.Replace("\"countries\"", "\"countries\", \"colours\"", StringComparison.Ordinal));

        Assert.Contains("grouped", (await shell.RunAsync("check shop")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
        Assert.Contains("table-missing", (await shell.RunAsync("check shop --schema next.json")).Expect(ExitCode.Found).Output, StringComparison.Ordinal);
        Assert.Contains("grouped", (await shell.RunAsync("check shop")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_is_made_as_told()
    {
        using var shell = new Shell();

        var made = (await shell.RunAsync("init shop --schema foreshard.json --sql schema.sql --partitions 2 --buckets 8 --json")).Expect(ExitCode.Done).Json;

        Assert.Equal(8, (int)made["buckets"]!);
        Assert.Equal(1, (int)made["schemaVersion"]!);
        Assert.Equal(["p1", "p2"], made["partitions"]!.AsArray().Select(partition => (string?)partition!["name"]));
    }

    [Fact]
    public async Task A_store_made_without_a_schema_gets_one_later()
    {
        using var shell = new Shell();

        (await shell.RunAsync("init shop --buckets 16")).Expect(ExitCode.Done);
        var before = (await shell.RunAsync("status shop")).Expect(ExitCode.Done).Output;
        (await shell.RunAsync("apply shop 1 schema.sql --schema foreshard.json")).Expect(ExitCode.Done);

        Assert.Contains("no tables yet: no entity types", before, StringComparison.Ordinal);
        Assert.Contains("schema version 1: customer", (await shell.RunAsync("status shop")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_that_breaks_rules_leaves_no_store_behind()
    {
        using var shell = new Shell();

        (await shell.RunAsync("init shop --schema foreshard.json --sql bad.sql")).Expect(ExitCode.Found);

        Assert.False(Directory.Exists(shell.Store));
    }

    [Fact]
    public async Task A_store_is_not_made_where_one_is_or_where_other_things_are()
    {
        using var shell = await Shell.WithStoreAsync();
        Directory.CreateDirectory(Path.Combine(shell.Folder, "nowhere"));
        shell.Write("nowhere/letter.txt", "mine");

        Assert.Contains("already", (await shell.RunAsync("init shop")).Expect(ExitCode.Refused).Error, StringComparison.Ordinal);
        Assert.Contains("letter.txt", (await shell.RunAsync("init nowhere")).Expect(ExitCode.Refused).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_is_applied_once()
    {
        using var shell = await Shell.WithStoreAsync();
        shell.Write("two.sql", "ALTER TABLE notes ADD COLUMN author TEXT");

        var applied = (await shell.RunAsync("apply shop 2 two.sql --json")).Expect(ExitCode.Done).Json;
        var again = (await shell.RunAsync("apply shop 2 two.sql")).Expect(ExitCode.Done);

        Assert.Equal(["schemaVersion", "isNew"], applied.AsObject().Select(property => property.Key));
        Assert.True((bool)applied["isNew"]!);
        Assert.Contains("applied before", again.Output, StringComparison.Ordinal);
        Assert.Contains("schema version 2", (await shell.RunAsync("status shop")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CREATE TABLE loose (id INTEGER PRIMARY KEY)", ExitCode.Found, "table-undeclared")]
    [InlineData("CREATE TABEL x (id INTEGER)", ExitCode.Refused, "syntax error")]
    public async Task A_script_that_can_not_be_applied_changes_nothing(string script, int code, string said)
    {
        using var shell = await Shell.WithStoreAsync();
        shell.Write("two.sql", script);

        var shown = (await shell.RunAsync("apply shop 2 two.sql")).Expect(code);

        Assert.Contains(said, shown.Output + shown.Error, StringComparison.Ordinal);
        Assert.Contains("schema version 1", (await shell.RunAsync("status shop")).Expect(ExitCode.Done).Output, StringComparison.Ordinal);
    }
}
