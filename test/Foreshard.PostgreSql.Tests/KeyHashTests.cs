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
        var random = new Random(20260301);
        var (form, sql) = kind switch
        {
            KeyKind.Integer => (ValueForm.Integer, "bigint"),
            KeyKind.Uuid => (ValueForm.Uuid, "uuid"),
            _ => (ValueForm.Text, "text"),
        };
        var keys = Enumerable.Range(0, 2000).Select(_ => AnyKey(type, random)).ToList();
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

    private static EntityKey AnyKey(EntityType type, Random random)
    {
        const string Letters = "abcXYZ019 _%'\\\"\täßøЖ漢😀";
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return type.KeyKind switch
        {
            KeyKind.Integer => type.Key(random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(63)),
            KeyKind.Uuid => type.Key(new Guid(bytes)),
            _ => type.Key(string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => Letters.EnumerateRunes().ElementAt(random.Next(22))))),
        };
    }
}
