using Foreshard.Moving;
using Foreshard.Sessions;
using Npgsql;

namespace Foreshard.Fleet.Tests;

/// <summary>Sessions on the whole of a split entity.</summary>
[Trait("Category", "Slow")]
public sealed class WholeSessionTests(OneEtcd etcd)
{
    /// <summary>It runs on the connection that holds the shards, and the limit for taking those was once left there.</summary>
    [Fact]
    public async Task A_statement_waits_for_a_locked_row_as_long_as_its_user_likes()
    {
        var (fleet, store) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        await Fleet.AddCustomerAsync(store, 42, 5, "eu", "us");
        var home = store.Where(Fleet.Customer(42)).Shards[0].Partition;
        await store.SplitAsync(Fleet.Customer(42), SplitPoints.Segments(["us"]), Fleet.Stop);
        await store.MoveAsync(Fleet.Customer(42), home == "p1" ? "p2" : "p1", "us", cancellationToken: Fleet.Stop);
        await using var other = new NpgsqlConnection(fleet.Locations[home[1] - '1'] + ";Pooling=false");
        await other.OpenAsync(Fleet.Stop);
        await using var locking = await other.BeginTransactionAsync(Fleet.Stop);
        await using (var command = new NpgsqlCommand("SELECT 1 FROM customers WHERE id = 42 FOR UPDATE", other)) await command.ExecuteScalarAsync(Fleet.Stop);

        var writing = store.ExecuteAsync(Fleet.Customer(42), default, "UPDATE customers SET name = 'new' WHERE id = 42", cancellationToken: Fleet.Stop);
        await Task.WhenAny(writing, Task.Delay(TimeSpan.FromSeconds(3), Fleet.Stop));
        await locking.RollbackAsync(Fleet.Stop);

        Assert.Equal(1, await writing);
        Assert.Equal("new", await Fleet.ReadAsync(store, 42, "SELECT name FROM customers WHERE id = 42", "us"));
    }

    [Theory]
    [InlineData(System.Data.IsolationLevel.ReadCommitted, "read committed")]
    [InlineData(System.Data.IsolationLevel.RepeatableRead, "repeatable read")]
    [InlineData(System.Data.IsolationLevel.Serializable, "serializable")]
    public async Task A_session_is_kept_apart_from_others_as_far_as_it_asks(System.Data.IsolationLevel isolation, string expected)
    {
        var (fleet, store) = await Fleet.StartAsync(etcd);
        await using var _ = fleet;
        await Fleet.AddCustomerAsync(store, 42, 5, "eu");
        var options = new SessionOptions { Isolation = isolation };
        await using var session = await store.BeginAsync(Fleet.Customer(42), "eu", options, Fleet.Stop);
        await using var command = session.Connection.CreateCommand();
        command.Transaction = session.Transaction;
        command.CommandText = "SELECT current_setting('transaction_isolation')";
        Assert.Equal(expected, await command.ExecuteScalarAsync(Fleet.Stop));
    }
}
