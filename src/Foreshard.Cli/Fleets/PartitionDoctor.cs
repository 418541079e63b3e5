using System.Globalization;
using Foreshard.Cli.Output;
using Foreshard.PostgreSql;
using static Foreshard.Cli.Fleets.Diagnosis;

namespace Foreshard.Cli.Fleets;

/// <summary>Judges what was found of a partition's server. Pure.</summary>
/// <param name="partition">The partition's name.</param>
/// <param name="store">The store's name.</param>
/// <param name="id">Which partition it must be; null: the store isn't made yet.</param>
/// <param name="facts">What was found.</param>
internal sealed class PartitionDoctor(string partition, string store, PartitionId? id, PartitionFacts facts)
{
    /// <summary>Room for as many moves at a time as leave one server.</summary>
    private const int MovesAtATime = 4;

    private static readonly TimeSpan LargestSkew = TimeSpan.FromSeconds(2);

    public IEnumerable<Diagnosis> Judge() =>
        [Version(), .. Identity(), .. Durability(), .. Logs(), .. Locks(), .. Transactions(), .. Roles(), Clock()];

    private Diagnosis Version() => facts.VersionNumber >= PartitionFacts.OldestVersion
        ? Ok(partition, "version", $"PostgreSQL {facts.Version}")
        : Problem(partition, "version", $"PostgreSQL {facts.Version}", "Foreshard needs PostgreSQL 15 or newer: upgrade the server.");

    private IEnumerable<Diagnosis> Identity()
    {
        if (facts.IsStandby)
        {
            yield return Problem(
                partition, "server", "it is a standby, which takes no writes", "Let the partition's location lead to the primary (Target Session "
                    + "Attributes=read-write).");
        }

        if (facts.Identity is not { } identity)
        {
            yield return id is null
                ? Ok(partition, "partition", "its database is no partition yet")
                : Problem(
                    partition,
                    "partition",
                    "its database is no partition: it has no schema 'foreshard'",
                    "Correct the partition's location, or restore its database.");
            yield break;
        }

        if (identity.Format != PartitionTables.Format)
        {
            yield return Problem(
                partition, "format", Number(identity.Format), $"This version of Foreshard reads format {Number(PartitionTables.Format)}: use the version "
                    + "that made it.");
        }

        if (identity.Store.Length > 0 && identity.Store != store)
        {
            yield return Problem(
                partition, "store", $"its database is of the store '{identity.Store}'", $"Correct the partition's location: '{store}' must not write there.");
        }
        else if (id is { } expected && identity.Id != expected.Value)
        {
            yield return Problem(
                partition, "partition", $"the location leads to p{Number(identity.Id)}, it should be {expected}", "Correct the partition's location. Nothing "
                    + "is served there.");
        }
        else if (id is null)
        {
            yield return Warning(
                partition, "partition", $"its database is partition p{Number(identity.Id)} of some store already", "Name another database, or the store that "
                    + "it is of.");
        }

        yield return identity is { IsSameServer: true, IsSameTimeline: true }
            ? Ok(partition, "timeline", "the server whose owner rows were last compared with the mapping table")
            : Problem(
                partition,
                "timeline",
                identity.IsSameServer
                    ? "promoted or restored since its owner rows were last compared with the mapping table"
                    : "another server than the one recorded",
                "It serves nobody until then: its owner rows must be compared with the mapping table (docs/postgresql.md).");
    }

    private IEnumerable<Diagnosis> Durability()
    {
        yield return Of("fsync") == "off"
            ? Problem(partition, "fsync", "off", "A crash of the machine damages the database: switch it on.")
            : Ok(partition, "fsync", Of("fsync"));
        yield return facts.SynchronousCommit == "off"
            ? Warning(
                partition,
                "synchronous_commit",
                "off",
                "A crash takes the last commits with it. Moves wait for the disk all the same. Switch it on unless that is wanted.")
            : Ok(partition, "synchronous_commit", facts.SynchronousCommit);
        if (Of("full_page_writes") == "off")
            yield return Warning(partition, "full_page_writes", "off", "A crash can damage pages unless the disk writes them whole: switch it on.");
        if (Of("server_encoding") != "UTF8")
            yield return Problem(
                partition, "server_encoding", Of("server_encoding"), "Keys and groups are compared as UTF-8: make the database with ENCODING 'UTF8'.");
    }

    private IEnumerable<Diagnosis> Logs()
    {
        yield return Of("wal_level") == "logical"
            ? Ok(partition, "wal_level", "logical")
            : Problem(partition, "wal_level", Of("wal_level"), "Units can leave only frozen: set wal_level = logical and restart the server.");
        yield return Room("max_replication_slots", facts.SlotsInUse);
        yield return Room("max_wal_senders", facts.SendersInUse);
    }

    private Diagnosis Room(string setting, int used)
    {
        var free = int.Parse(Of(setting), CultureInfo.InvariantCulture) - used;
        var found = $"{Of(setting)}, {Number(used)} in use";
        return free switch
        {
            <= 0 => Problem(
                partition, setting, found, $"No move can leave the server live: raise it to {Number(used + MovesAtATime)} or more and restart the server."),
            < MovesAtATime => Warning(
                partition, setting, found, $"No more than {Number(free)} moves can leave at a time: raise it to {Number(used + MovesAtATime)} or more."),
            _ => Ok(partition, setting, found),
        };
    }

    private IEnumerable<Diagnosis> Locks()
    {
        yield return int.Parse(Of("max_locks_per_transaction"), CultureInfo.InvariantCulture) >= 64
            ? Ok(partition, "max_locks_per_transaction", Of("max_locks_per_transaction"))
            : Warning(
                partition,
                "max_locks_per_transaction",
                Of("max_locks_per_transaction"),
                "Each session takes a lock, a drain many: raise it to the default of 64.");
        yield return Of("max_prepared_transactions") == "0"
            ? Ok(partition, "max_prepared_transactions", "0")
            : Warning(
                partition, "max_prepared_transactions", Of("max_prepared_transactions"),
                "A prepared transaction keeps its unit from moving until somebody decides on it: set it to 0 unless something needs it.");
    }

    private IEnumerable<Diagnosis> Transactions()
    {
        foreach (var one in facts.Prepared)
        {
            yield return Problem(
                partition, "prepared transaction", $"'{one.Name}' of {one.User} since {Words.Duration(one.Age)}",
                "No move can leave the server live until somebody decides on it: COMMIT PREPARED or ROLLBACK PREPARED.");
        }

        foreach (var one in facts.Long)
        {
            yield return Warning(
                partition, "long transaction", $"{one.Name} of {one.User} since {Words.Duration(one.Age)}",
                "A live move waits for it, in whichever database it is: end it if it is forgotten (pg_terminate_backend).");
        }
    }

    private IEnumerable<Diagnosis> Roles()
    {
        var (installer, mover, application) = (facts.Installer, facts.Mover, facts.Application);
        yield return installer.MayCreate || facts.Identity is not null
            ? Ok(partition, "installer", $"'{installer.Name}' may create what it must")
            : Problem(
                partition, "installer", $"'{installer.Name}' may not create schemas and tables",
                $"GRANT CREATE ON DATABASE … TO {installer.Name}; GRANT CREATE ON SCHEMA public TO {installer.Name}");
        var missing = new[]
        {
            (mover.MayReplicate || mover.IsSuperuser, $"ALTER ROLE {mover.Name} REPLICATION"),
            (mover.MaySwitchTriggersOff, $"GRANT SET ON PARAMETER session_replication_role TO {mover.Name}"),
            (mover.OwnsTables, $"GRANT {installer.Name} TO {mover.Name}"),
        }.Where(right => !right.Item1).Select(right => right.Item2).ToList();
        yield return missing.Count == 0
            ? Ok(partition, "mover", $"'{mover.Name}' may do what moves need")
            : Problem(partition, "mover", $"'{mover.Name}' can't move units", string.Join("; ", missing));
        if (facts.TablesWithoutGrants is [_, ..] tables)
        {
            yield return Problem(
                partition, "application", $"'{application.Name}' can't read and write {string.Join(", ", tables)}",
                $"GRANT SELECT, INSERT, UPDATE, DELETE ON {string.Join(", ", tables)} TO {application.Name}");
        }
        else if (application.IsSuperuser || application.WritesOwnerRows)
        {
            yield return Warning(
                partition, "application", $"'{application.Name}' may "
                    + $"{(application.IsSuperuser ? "do anything: it is a superuser" : "write Foreshard's own tables")}",
                "Give sessions a role of their own: docs/postgresql.md, three roles.");
        }
        else
        {
            yield return Ok(partition, "application", $"'{application.Name}' may do what sessions need and no more");
        }
    }

    private Diagnosis Clock()
    {
        var (ahead, roundTrip) = facts.Clock;
        var error = roundTrip / 2;
        var found = $"{Words.Duration(ahead.Duration())} {(ahead < TimeSpan.Zero ? "behind" : "ahead of")} this machine's, give or take "
            + $"{Words.Duration(error)}";
        return ahead.Duration() - error <= LargestSkew
            ? Ok(partition, "clock", found)
            : Warning(partition, "clock", found, "Times of operations and ids won't be in order: let all machines follow one clock (NTP).");
    }

    private string Of(string setting) => facts.Settings.GetValueOrDefault(setting, "");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
