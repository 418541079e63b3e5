using CsCheck;
using Foreshard.Mapping;
using Foreshard.Schema;
using Foreshard.Servers;
using Npgsql;

namespace Foreshard.PostgreSql.Tests;

[Trait("Category", "Slow")]
public sealed class KeyHashTests
{
    [Theory]
    [InlineData(KeyKind.Integer)]
    [InlineData(KeyKind.Uuid)]
    [InlineData(KeyKind.Text)]
    public async Task PostgreSql_sorts_any_key_into_the_bucket_that_the_mapping_table_names(KeyKind kind)
    {
        var type = EntityType.Of("hashed", kind);
        var (form, sql, any) = kind switch
        {
            KeyKind.Integer => (ValueForm.Integer, "bigint", Gen.Long.Select(type.Key)),
            KeyKind.Uuid => (ValueForm.Uuid, "uuid", Gen.Guid.Select(type.Key)),
            _ => (ValueForm.Text, "text", Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['\u00c0', '\u04ff'], Gen.Char["'\\\"% \t"]), 0, 40].Select(type.Key)),
        };
        var keys = any.Array[2000].Single(_ => true);
        await using var connection = new NpgsqlConnection((await PostgresDatabases.ServerAsync()).ConnectionString("postgres"));
        await connection.OpenAsync();
        var values = string.Join(", ", keys.Select((key, place) => $"({place}, {Sql.Key(key, form)}{(place == 0 ? "::" + sql : "")})"));
        await using var command = new NpgsqlCommand(
            $"SELECT {Sql.Hash("k", form)} & 4095 FROM (VALUES {values}) v(place, k) ORDER BY place", connection);
        await using var reader = await command.ExecuteReaderAsync();
        foreach (var key in keys)
        {
            Assert.True(await reader.ReadAsync());
            Assert.True(reader.GetInt64(0) == KeyHash.BucketOf(key, 4096), key.ToString());
        }
    }
}
