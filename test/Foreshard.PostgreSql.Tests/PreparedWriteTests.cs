using Foreshard.Partitions;

namespace Foreshard.PostgreSql.Tests;

/// <summary>Transactions that wait for a decision elsewhere.</summary>
public sealed class PreparedWriteTests
{
    /// <summary>The driver keeps a transaction with its connection and uses it again for whoever has the connection next.</summary>
    [Fact]
    public async Task One_that_is_disposed_of_twice_leaves_the_next_transaction_on_its_connection_alone()
    {
        await using var trial = new Trial();
        var partition = await trial.MakeAsync();
        var prepared = await ((IPartition)partition).PrepareCoreCopyAsync(Trial.Customer(1), [], new CoreChanges([]), CancellationToken.None);
        await prepared.CommitAsync(CancellationToken.None);
        await prepared.DisposeAsync();

        var found = await partition.AdministerAsync(
            async (connection, stop) =>
            {
                await connection.ExecuteAsync("SELECT set_config('foreshard_test.here', 'yes', true)", stop);
                await prepared.DisposeAsync();
                return await connection.ScalarAsync("SELECT current_setting('foreshard_test.here', true)", stop);
            },
            CancellationToken.None);

        Assert.Equal("yes", found);
    }
}
