namespace Foreshard.PostgreSql;

/// <summary>A server's changes can be followed only once all transactions are over that wrote before, in whichever of its databases.</summary>
internal static class OpenTransactions
{
    /// <summary>The refusal after waiting for them in vain. Names them.</summary>
    public static async ValueTask<PartitionServerException> RefusalAsync(PostgresPartition partition, TimeSpan patience, string remedy)
    {
        var holders = await partition.ReadAsync(
            (here, stop) => here.ScalarAsync(
                "SELECT string_agg(holder, ', ') FROM (SELECT 'process ' || pid AS holder FROM pg_stat_activity WHERE backend_xid IS NOT NULL "
                + "UNION ALL SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts) open", stop),
            CancellationToken.None).ConfigureAwait(false);
        return new PartitionServerException(
            partition.Name,
            $"has transactions open for longer than {patience.TotalSeconds:0} s, and changes can be followed only once they are over: {holders}",
            remedy);
    }
}
