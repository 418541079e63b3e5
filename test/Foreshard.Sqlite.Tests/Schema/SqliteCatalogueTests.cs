using Foreshard.Schema;
using Microsoft.Data.Sqlite;

namespace Foreshard.Sqlite.Tests.Schema;

public sealed class SqliteCatalogueTests
{
    [Theory]
    [InlineData("id integer primary key", "rowid", true)]
    [InlineData("id INTEGER PRIMARY KEY AUTOINCREMENT", "AUTOINCREMENT", true)]
    [InlineData("id integer primary key desc", null, false)]
    [InlineData("id int primary key", null, false)]
    [InlineData("id text primary key", null, false)]
    public void Ids_from_the_database_are_seen(string column, string? generates, bool isNotNull)
    {
        var table = Read($"create table t ({column})");

        Assert.Equal(["id"], table.PrimaryKey);
        Assert.Equal(generates, table.Columns[0].GeneratesIds);
        Assert.Equal(isNotNull, table.Columns[0].IsNotNull);
    }

    [Theory]
    [InlineData("create table t (id integer primary key) without rowid", true)]
    [InlineData("create table t (a int not null, id text, primary key (id)) without rowid", true)]
    [InlineData("create table t (id text primary key) strict", true)]
    [InlineData("create table t (id text primary key)", false)]
    public void A_primary_key_may_be_null_only_in_rowid_tables(string script, bool isNotNull)
    {
        var table = Read(script);

        Assert.Null(table.Column("id")!.GeneratesIds);
        Assert.Equal(isNotNull, table.Column("id")!.IsNotNull);
    }

    [Fact]
    public void Primary_key_columns_come_in_its_own_order() =>
        Assert.Equal(["b", "a"], Read("create table t (a text, b text, c text, primary key (b, a))").PrimaryKey);

    [Fact]
    public void Generated_columns_and_collations_are_seen()
    {
        var table = Read("create table t (a text collate NoCase, b as (a), c as (a) stored, d text collate binary, e text)");

        Assert.Equal([false, true, true, false, false], table.Columns.Select(column => column.IsGenerated));
        Assert.Equal([false, true, true, true, true], table.Columns.Select(column => column.HasBinaryCollation));
    }

    [Fact]
    public void An_index_column_is_named_only_if_it_compares_as_the_column_does()
    {
        var table = Read(
            """
            create table t (a text collate nocase, b text, c text unique);
            create unique index i1 on t (a, b);
            create index i2 on t (b collate nocase, a, lower(c)) where a is not null;
            """);

        var i1 = table.Indexes.Single(index => index.Name == "i1");
        var i2 = table.Indexes.Single(index => index.Name == "i2");
        Assert.Equal(["a", "b"], i1.Columns);
        Assert.True(i1 is { IsUnique: true, IsPartial: false });
        Assert.Equal([null, "a", null], i2.Columns);
        Assert.True(i2 is { IsUnique: false, IsPartial: true });
        Assert.Equal(["c"], table.Indexes.Single(index => index.Name is not ("i1" or "i2")).Columns);
    }

    [Fact]
    public void Foreign_keys_name_their_columns_even_where_the_script_does_not()
    {
        var tables = SqliteSchemaFile.ReadCatalogue(
            """
            create table Parent (x int, y int, z int unique, primary key (y, x));
            create table t (a int, b int, c int references parent (z) on delete set null on update cascade, d int references missing,
              foreign key (a, b) references PARENT);
            """).Tables;

        var foreignKeys = tables.Single(table => table.Name == "t").ForeignKeys
            .Select(key => $"{string.Join(',', key.Columns)} -> {key.ReferencedTable}({string.Join(',', key.ReferencedColumns)}) {key.OnDelete}/{key.OnUpdate}");

        Assert.Equal(
            ["a,b -> Parent(y,x) NO ACTION/NO ACTION", "c -> Parent(z) SET NULL/CASCADE", "d -> missing() NO ACTION/NO ACTION"],
            foreignKeys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Only_the_applications_own_tables_are_listed()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            """
            create table mine (id integer primary key autoincrement); create table Foreshard_owner (id integer);
            create view v as select 1 as one; create temp table t (id integer); analyze;
            """;
        command.ExecuteNonQuery();

        Assert.Equal(["mine"], SqliteCatalogue.Read(connection).Tables.Select(table => table.Name));
        Assert.Equal(["Foreshard_owner", "mine"], SqliteCatalogue.Read(connection, withReservedNames: true).Tables.Select(table => table.Name));
    }

    [Fact]
    public void A_script_that_fails_says_why()
    {
        var failed = Assert.Throws<SchemaException>(() => SqliteSchemaFile.ReadCatalogue("create table t (id integer); create tabel u (id integer)"));

        Assert.Contains("tabel", failed.Message, StringComparison.Ordinal);
        Assert.Equal("schema-file", Assert.Single(failed.Problems).Rule);
    }

    [Theory]
    [InlineData("attach '{0}' as other; create table other.t (id integer)")]
    [InlineData("create table t (id integer); vacuum into '{0}'")]
    public void A_script_can_not_write_files(string script)
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

        Assert.Throws<SchemaException>(() => SqliteSchemaFile.ReadCatalogue(script.Replace("{0}", file, StringComparison.Ordinal)));

        Assert.False(File.Exists(file));
    }

    [Theory]
    [InlineData("", "Integer Text Uuid UuidBytes Date Time")]
    [InlineData("bigint", "Integer")]
    [InlineData("varchar(10)", "Text Uuid Date Time")]
    [InlineData("blob", "UuidBytes")]
    [InlineData("double", "")]
    [InlineData("datetime", "Integer Uuid Date Time")]
    [InlineData("uniqueidentifier", "Integer Uuid Date Time")]
    [InlineData("any", "Integer Uuid Date Time")]
    public void The_declared_type_says_what_a_column_can_hold(string type, string forms) =>
        Assert.Equal(forms, string.Join(' ', Read($"create table t (a {type})").Columns[0].Forms));

    [Fact]
    public void In_a_strict_table_any_holds_everything() => Assert.Equal(6, Read("create table t (a any) strict").Columns[0].Forms.Length);

    /// <summary>What the forms promise: the driver's value comes back as it was written, and is found again by it.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("int")]
    [InlineData("text")]
    [InlineData("blob")]
    [InlineData("datetime")]
    [InlineData("guid")]
    public void A_column_keeps_the_forms_it_is_said_to_hold(string type)
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        using var create = connection.CreateCommand();
        create.CommandText = $"create table t (a {type})";
        create.ExecuteNonQuery();

        foreach (var form in SqliteCatalogue.Read(connection).Tables[0].Columns[0].Forms)
        {
            foreach (var value in Samples(form))
            {
                using var command = connection.CreateCommand();
                command.CommandText = "delete from t; insert into t values ($value); select count(*) from t where a = $value and typeof(a) = typeof($value)";
                command.Parameters.AddWithValue("$value", value);
                Assert.Equal(1L, command.ExecuteScalar());
            }
        }
    }

    private static object[] Samples(ValueForm form) => form switch
    {
        ValueForm.Integer => [0L, -1L, long.MaxValue, long.MinValue],
        ValueForm.Text => ["007", "1e3", "", "ä"],
        ValueForm.Uuid => [new Guid("00000000-0000-0000-0000-000000000000"), new Guid("12345678-1234-1234-1234-123456789012")],
        ValueForm.UuidBytes => [new Guid("12345678-1234-1234-1234-123456789012").ToByteArray()],
        ValueForm.Date => [new DateOnly(2026, 3, 1), new DateOnly(1, 1, 1)],
        _ => [new DateTime(2026, 3, 1, 12, 30, 0, DateTimeKind.Utc), DateTime.MinValue],
    };

    private static CatalogueTable Read(string script) => Assert.Single(SqliteSchemaFile.ReadCatalogue(script).Tables);
}
