using Foreshard.Partitions;
using Foreshard.Servers;
using Npgsql;

namespace Foreshard.PostgreSql.Tests;

[Trait("Category", "Slow")]
public sealed class RoleTests : IAsyncDisposable
{
    private readonly Trial trial = new() { Options = Roles.Options };

    public ValueTask DisposeAsync() => trial.DisposeAsync();

    [Theory]
    [InlineData("UPDATE foreshard.owner SET epoch = 9")]
    [InlineData("INSERT INTO foreshard.core_log (table_name, entity_key, row_key) VALUES ('orders', '1', '{}')")]
    [InlineData("SELECT foreshard.take_ticket(1, 9)")]
    [InlineData("SELECT foreshard.run_script('SELECT 1')")]
    [InlineData("SELECT nextval('foreshard.generation')")]
    [InlineData("CREATE TABLE mine (id bigint PRIMARY KEY)")]
    [InlineData("CREATE FUNCTION foreshard.timeline() RETURNS text LANGUAGE sql AS 'SELECT 1'")]
    [InlineData("DROP TABLE orders")]
    [InlineData("TRUNCATE orders")]
    [InlineData("ALTER TABLE orders DISABLE TRIGGER ALL")]
    [InlineData("SET session_replication_role = replica")]
    [InlineData("SET foreshard.scope = 'maintenance'; DELETE FROM orders")]
    [InlineData("SET foreshard.scope = 'script'; DELETE FROM orders")]
    [InlineData("SET foreshard.scope = 'mover'; DELETE FROM orders")]
    [InlineData("DELETE FROM orders")]
    public async Task The_application_role_does_nothing_but_sessions(string sql)
    {
        await trial.MakeAsync();
        await using var application = await trial.ConnectAsync(Roles.Application);

        await Assert.ThrowsAsync<PostgresException>(() => Trial.ScalarAsync(application, sql));
    }

    [Fact]
    public async Task Three_roles_without_superuser_do_all_that_there_is_to_do()
    {
        var (source, target) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        await using (var session = await Trial.BeginAsync(source, SessionScope.Group, "eu"))
        {
            Assert.Equal(Roles.Application, await Trial.ScalarAsync(session, "SELECT current_user::text"));
            await Trial.ExecuteAsync(session, "UPDATE orders SET total = 5 WHERE customer_id = 1 AND region = 'eu'");
            await session.CommitAsync(CancellationToken.None);
        }

        await using (var transfer = Trial.Transfer(source, target)) await Trial.CarryAsync(transfer, source);

        Assert.Equal(OwnerState.Active, Assert.Single(await target.ReadOwnersAsync(CancellationToken.None)).State);
        Assert.Equal(default, await source.EstimateAsync(new ShardRows(Trial.Customer(1), ShardScope.Whole, [], WithCore: true), CancellationToken.None));
    }

    [Fact]
    public async Task A_password_comes_from_who_is_asked_for_it_and_not_from_the_location()
    {
        await using var server = await PostgresServer.StartAsync();
        await server.RequirePasswordAsync("of postgres");
        var asked = 0;
        await using var other = new Trial
        {
            Options = new PostgresOptions
            {
                Password = (connection, _) =>
                {
                    Interlocked.Increment(ref asked);
                    return ValueTask.FromResult("of " + connection.Username);
                },
            },
        };
        var partition = await other.MakeAsync(location: server.ConnectionString("postgres"));

        await using (var session = await Trial.BeginAsync(partition))
            Assert.Null(new NpgsqlConnectionStringBuilder(session.Connection.ConnectionString).Password);
        Assert.True(asked >= 3);
        await using var wrong = new PostgresEngine(new PostgresOptions { Password = (_, _) => ValueTask.FromResult("guessed") });
        var refused = await Assert.ThrowsAsync<PartitionServerException>(
            () => wrong.OpenAsync(new PartitionId(1), "part1", server.ConnectionString("postgres"), CancellationToken.None).AsTask());
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
        Assert.DoesNotContain("guessed", refused.ToString(), StringComparison.Ordinal);
    }
}
