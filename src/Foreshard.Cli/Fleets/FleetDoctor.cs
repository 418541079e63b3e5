using Foreshard.Etcd;
using Foreshard.Mapping;
using Foreshard.PostgreSql;
using Npgsql;

namespace Foreshard.Cli.Fleets;

/// <summary>Looks a fleet over, and says what to change. Writes nothing.</summary>
/// <param name="address">The fleet.</param>
/// <param name="time">This machine's clock.</param>
internal sealed class FleetDoctor(FleetAddress address, TimeProvider time)
{
    private readonly PostgresOptions options = address.PostgresOptions;

    /// <summary>All that was looked at: etcd first, then partition by partition.</summary>
    public async Task<IReadOnlyList<Diagnosis>> LookAsync(CancellationToken cancellationToken)
    {
        var state = await EtcdSurvey.LookAsync(address.EtcdOptions, time, cancellationToken);
        var found = EtcdDoctor.Judge(state, address.Store).ToList();
        var (partitions, failure) = await PartitionsAsync(state.HasStore == true, cancellationToken);
        if (failure is not null) found.Add(failure);
        var judged = await Task.WhenAll(partitions.Select(partition => LookAsync(partition.Name, partition.Location, partition.Id, cancellationToken)));
        return [.. found, .. judged.SelectMany(one => one)];
    }

    /// <summary>Those of the mapping table; where it can't be read, those of the settings.</summary>
    private async Task<(IReadOnlyList<(string Name, string Location, PartitionId? Id)> Partitions, Diagnosis? Failure)> PartitionsAsync(
        bool hasStore, CancellationToken cancellationToken)
    {
        Diagnosis? failure = null;
        try
        {
            if (hasStore)
            {
                await using var store = await EtcdMappingStore.OpenAsync(address.EtcdOptions, time, cancellationToken);
                var table = await store.LoadAsync(cancellationToken);
                return (
                    [.. table.Partitions.Where(one => one.State != PartitionState.Removed).Select(one => (one.Name, one.Location, (PartitionId?)one.Id))],
                    null);
            }
        }
        catch (MappingStoreException exception)
        {
            failure = Diagnosis.Problem("etcd", "mapping table", exception.Message, "Mend what the message names; docs/etcd.md says how a table is made anew.");
        }

        return ([.. address.Settings.Partitions.Select(one => (one.Name, one.Location, (PartitionId?)null))], failure);
    }

    private async Task<IReadOnlyList<Diagnosis>> LookAsync(string name, string location, PartitionId? id, CancellationToken cancellationToken)
    {
        var found = new List<Diagnosis>();
        try
        {
            await using var server = PartitionServer.At(location, name, options, id: null);
            foreach (var (role, source) in new[] { ("installer", server.Installer), ("mover", server.Own), ("application", server.Sessions) })
            {
                if (await FailureAsync(source, cancellationToken) is { } failure)
                {
                    found.Add(Diagnosis.Problem(
                        name, "reachable", $"as the {role}: {failure}", "Look at the server, the location, pg_hba.conf, and where the password comes from "
                            + "(docs/postgresql.md)."));
                }
            }

            if (found.Count > 0) return found;
            await using var connection = await server.Own.OpenConnectionAsync(cancellationToken);
            if (await PartitionFacts.VersionAsync(connection, cancellationToken) is < PartitionFacts.OldestVersion and var version)
            {
                return [Diagnosis.Problem(name, "version", $"server_version_num {version}", "Foreshard needs PostgreSQL 15 or newer: upgrade the server.")];
            }

            var facts = await PartitionFacts.ReadAsync(connection, options, time, cancellationToken);
            await using var session = await server.Sessions.OpenConnectionAsync(cancellationToken);
            facts = facts with { SynchronousCommit = (string)(await session.ScalarAsync("SELECT current_setting('synchronous_commit')", cancellationToken))! };
            return [.. new PartitionDoctor(name, address.Store, id, facts).Judge()];
        }
        catch (Exception exception) when (exception is NpgsqlException or ArgumentException)
        {
            return [.. found, Diagnosis.Problem(name, "reachable", exception.Message, "Look at the server, and at the partition's location.")];
        }
    }

    /// <summary>Why somebody can't connect; null if he can.</summary>
    private static async Task<string?> FailureAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            return null;
        }
        catch (NpgsqlException exception)
        {
            return exception is PostgresException failure
                ? $"{failure.SqlState}: {failure.MessageText}"
                : exception.InnerException?.Message ?? exception.Message;
        }
    }
}
