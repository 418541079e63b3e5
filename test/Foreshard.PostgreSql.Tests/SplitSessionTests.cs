using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql.Tests;

[Trait("Category", "Slow")]
public sealed class SplitSessionTests : IAsyncDisposable
{
    private const string Orders = "SELECT count(*) FROM orders WHERE customer_id = 1";

    private static readonly ShardRows Eu = new(Trial.Customer(1), ShardScope.OfSegments(["eu"], takesNew: false), [], WithCore: false);
    private static readonly ShardRows Rest = new(Trial.Customer(1), ShardScope.OfSegments([], takesNew: true), ["eu"], WithCore: false);

    private readonly Trial trial = new();

    public ValueTask DisposeAsync() => trial.DisposeAsync();

    [Fact]
    public async Task A_session_on_shards_that_are_here_sees_their_rows_and_none_that_lie_beside_them()
    {
        var partition = await trial.MakeAsync();
        var request = Trial.Ask(partition, arms: new UnionArm(partition, Trial.Unit(partition), Eu));

        await using (var session = (await partition.AdmitAsync(request, CancellationToken.None)).Session!)
        {
            Assert.Equal(2L, await Trial.ScalarAsync(session, Orders));
            await session.CommitAsync(CancellationToken.None);
        }

        await using var after = await Trial.BeginAsync(partition);
        Assert.Equal(4L, await Trial.ScalarAsync(after, Orders));
    }

    [Fact]
    public async Task A_session_on_an_entity_whose_shards_are_elsewhere_refuses_to_read_half_of_it()
    {
        var (home, other) = (await trial.MakeAsync(), await trial.MakeAsync(2, hasRows: false));
        var request = Trial.Ask(
            home, SessionScope.Whole, arms: [new UnionArm(home, Trial.Unit(home), Eu), new UnionArm(other, Trial.Unit(other, 6), Rest)]);
        await using var session = (await home.AdmitAsync(request, CancellationToken.None)).Session!;

        Assert.Equal("c1", await Trial.ScalarAsync(session, "SELECT name FROM customers WHERE id = 1"));
        await Trial.ExecuteAsync(session, "SAVEPOINT a");
        var refused = await Assert.ThrowsAsync<PostgresException>(() => Trial.ScalarAsync(session, Orders));
        await Trial.ExecuteAsync(session, "ROLLBACK TO a; UPDATE customers SET name = 'written' WHERE id = 1");
        await session.CommitAsync(CancellationToken.None);

        Assert.Equal(GuardErrors.Scope, refused.SqlState);
        Assert.Contains("QueryShardsAsync", session.ScopeViolation, StringComparison.Ordinal);
        await using var after = await Trial.BeginAsync(home);
        Assert.Equal("written", await Trial.ScalarAsync(after, "SELECT name FROM customers WHERE id = 1"));
    }

    [Fact]
    public async Task A_session_under_a_hold_ends_with_the_connection_that_holds()
    {
        var partition = await trial.MakeAsync();
        var (hold, _) = await partition.HoldAsync([Trial.Unit(partition)], exclusive: true, Trial.Ample, CancellationToken.None);
        await using (hold)
        {
            var request = new AdmissionRequest
            {
                Unit = Trial.Unit(partition),
                Entity = Trial.Customer(1),
                Layout = partition.CurrentLayout.Entities[0],
                Scope = SessionScope.Whole,
                Hold = hold,
                WaitLimit = Trial.Ample,
            };
            await using var session = (await partition.AdmitAsync(request, CancellationToken.None)).Session!;
            await using (var killer = await trial.ConnectAsync())
            {
                await Trial.ScalarAsync(
                    killer,
                    $"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 5 AND granted AND {Trial.IsOfThisDatabase}");
            }

            await Assert.ThrowsAnyAsync<NpgsqlException>(() => Trial.ExecuteAsync(session, "UPDATE customers SET name = 'x' WHERE id = 1"));
        }

        await using var free = await Trial.BeginAsync(partition);
        Assert.Equal("c1", await Trial.ScalarAsync(free, "SELECT name FROM customers WHERE id = 1"));
    }
}
