using Foreshard.Servers;
using Npgsql;

namespace Foreshard.PostgreSql.Tests;

[Trait("Category", "Slow")]
public sealed class PostgresServerTests
{
    [Fact]
    public async Task What_was_committed_is_there_after_a_stop_and_after_a_kill()
    {
        await using var server = await PostgresServer.StartAsync();
        await PostgresDatabases.ExecuteAsync(server.ConnectionString("postgres"), "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)");
        await server.StopAsync();
        await server.StartAgainAsync();
        await PostgresDatabases.ExecuteAsync(server.ConnectionString("postgres"), "INSERT INTO kept VALUES (2)");
        await server.KillAsync();
        await server.StartAgainAsync();

        await using var connection = new NpgsqlConnection(server.ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM kept", connection);
        Assert.Equal(2L, await command.ExecuteScalarAsync());
    }
}
