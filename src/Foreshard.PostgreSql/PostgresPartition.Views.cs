using Foreshard.Partitions;
using Npgsql;

namespace Foreshard.PostgreSql;

internal sealed partial class PostgresPartition : IViewed
{
    private const string ExtensionMark = "made by foreshard, for its views";

    public async ValueTask CheckViewsAsync(CancellationToken cancellationToken) =>
        await InstallAsync(RefuseViewsAsync, cancellationToken).ConfigureAwait(false);

    public async ValueTask ShowOwnAsync(IReadOnlyList<(Placement Unit, UnitRows Rows)> units, int bucketCount, CancellationToken cancellationToken)
    {
        var state = layout;
        await InstallAsync(
            async (connection, stop) =>
            {
                if (!await ShownSchema.ExistsAsync(connection, OwnViews.Schema, stop).ConfigureAwait(false))
                    await connection.ExecuteAsync(OwnViews.Frame(options.Mover), stop).ConfigureAwait(false);
                var facts = await TableFacts.ReadAsync(connection, state.Layout, stop).ConfigureAwait(false);
                var columns = await ShownColumn.ReadAsync(connection, stop).ConfigureAwait(false);
                var text = OwnViews.Tables(state.Layout, facts, columns, bucketCount) + OwnViews.Grants(options.Application);
                if (!await ShownSchema.IsMadeFromAsync(connection, OwnViews.Schema, text, stop).ConfigureAwait(false))
                {
                    await OwnViews.DropTablesAsync(connection, stop).ConfigureAwait(false);
                    await connection.ExecuteAsync(text, stop).ConfigureAwait(false);
                    await ShownSchema.NoteAsync(connection, OwnViews.Schema, text, stop).ConfigureAwait(false);
                }

                await UnitParts.WriteAsync(connection, state.Layout, units, stop).ConfigureAwait(false);
                await UnitParts.ForgetAsync(connection, stop).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DescribeAsync(IReadOnlyList<(Placement Unit, UnitRows Rows)> units, CancellationToken cancellationToken) => await AdministerAsync(
        async (connection, stop) =>
        {
            if (!await ShownSchema.ExistsAsync(connection, OwnViews.Schema, stop).ConfigureAwait(false)) return false;
            await UnitParts.WriteAsync(connection, layout.Layout, units, stop).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public async ValueTask ShowAllAsync(IReadOnlyList<IPartition> others, int bucketCount, bool isAnew, CancellationToken cancellationToken)
    {
        var users = new List<string>();
        foreach (var other in others.Cast<PostgresPartition>())
        {
            var user = ReaderOf(other.server);
            var password = await ForeignPassword.FindAsync(other.server.Location, user, options, cancellationToken).ConfigureAwait(false);
            users.Add(AllViews.UserMapping(other.Id, user, password));
        }

        await InstallAsync(
            async (connection, stop) =>
            {
                var text = await AllTextAsync(connection, others, bucketCount, stop).ConfigureAwait(false);
                if (!isAnew && await ShownSchema.IsMadeFromAsync(connection, AllViews.Schema, text, stop).ConfigureAwait(false)) return false;
                await RefuseViewsAsync(connection, stop).ConfigureAwait(false);
                await AllViews.EmptyAsync(connection, stop).ConfigureAwait(false);
                await connection.ExecuteAsync($"CREATE SCHEMA IF NOT EXISTS {AllViews.Schema};\n{text}{string.Concat(users)}", stop).ConfigureAwait(false);
                await ShownSchema.NoteAsync(connection, AllViews.Schema, text, stop).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<bool> IsShownAsync(IReadOnlyList<IPartition> others, int bucketCount, CancellationToken cancellationToken)
    {
        try
        {
            return await InstallAsync(
                async (connection, stop) =>
                {
                    var text = await AllTextAsync(connection, others, bucketCount, stop).ConfigureAwait(false);
                    return await ShownSchema.IsMadeFromAsync(connection, AllViews.Schema, text, stop).ConfigureAwait(false)
                        && await connection.ScalarAsync($"SELECT {AllViews.Schema}.check_whole()", stop).ConfigureAwait(false) is true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (PartitionServerException exception) when (exception.SqlState == GuardErrors.NotWhole)
        {
            return false;
        }
    }

    public async ValueTask HideAllAsync(CancellationToken cancellationToken) => await InstallAsync(
        async (connection, stop) =>
        {
            await AllViews.EmptyAsync(connection, stop).ConfigureAwait(false);
            await connection.ExecuteAsync($"DROP SCHEMA IF EXISTS {AllViews.Schema}", stop).ConfigureAwait(false);
            var isOurs = await connection.ScalarAsync(
                $"SELECT 1 FROM pg_extension WHERE extname = 'postgres_fdw' AND obj_description(oid, 'pg_extension') = '{ExtensionMark}' "
                + "AND NOT EXISTS (SELECT 1 FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE w.fdwname = 'postgres_fdw')",
                stop).ConfigureAwait(false);
            if (isOurs is not null) await connection.ExecuteAsync("DROP EXTENSION postgres_fdw", stop).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    public async ValueTask HideOwnAsync(CancellationToken cancellationToken) => await InstallAsync(
        (connection, stop) => connection.ExecuteAsync($"DROP SCHEMA IF EXISTS {OwnViews.Schema} CASCADE", stop), cancellationToken).ConfigureAwait(false);

    /// <summary>By whom partitions read on a server.</summary>
    private string ReaderOf(PartitionServer at) => options.Application ?? new NpgsqlConnectionStringBuilder(at.Location).Username ?? "";

    private async ValueTask<string> AllTextAsync(
        NpgsqlConnection connection, IReadOnlyList<IPartition> others, int bucketCount, CancellationToken cancellationToken)
    {
        var state = layout;
        return AllViews.Text(
            state.Layout,
            await TableFacts.ReadAsync(connection, state.Layout, cancellationToken).ConfigureAwait(false),
            await ShownColumn.ReadAsync(connection, cancellationToken).ConfigureAwait(false),
            [.. others.Cast<PostgresPartition>().Select(other => (other.Id, other.server.Location))],
            bucketCount,
            options.Application);
    }

    /// <summary>The installer's writing, in one transaction; one process at a time, and not while a script runs.</summary>
    private ValueTask<T> InstallAsync<T>(Func<NpgsqlConnection, CancellationToken, ValueTask<T>> write, CancellationToken cancellationToken) => OnAsync(
        server.Installer,
        async (connection, stop) =>
        {
            var transaction = await connection.BeginTransactionAsync(stop).ConfigureAwait(false);
            await using (transaction.ConfigureAwait(false))
            {
                // Reports that run keep views from being changed; whoever comes behind them would wait as well.
                await connection.ExecuteAsync(
                    "SET LOCAL lock_timeout = '5s'; LOCK TABLE foreshard.schema_version IN SHARE ROW EXCLUSIVE MODE", stop).ConfigureAwait(false);
                var result = await write(connection, stop).ConfigureAwait(false);
                await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
                return result;
            }
        },
        cancellationToken);

    /// <summary>Makes the extension where that is allowed.</summary>
    private async ValueTask<bool> RefuseViewsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Remedy = "Nothing was changed. As a superuser, in the partition's database: CREATE EXTENSION postgres_fdw; "
            + "GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO the installer (docs/postgresql.md)";
        var isSuperuser = await connection.ScalarAsync("SELECT rolsuper FROM pg_roles WHERE rolname = current_user", cancellationToken)
            .ConfigureAwait(false) is true;
        if (await connection.ScalarAsync("SELECT 1 FROM pg_extension WHERE extname = 'postgres_fdw'", cancellationToken).ConfigureAwait(false) is null)
        {
            if (await connection.ScalarAsync("SELECT 1 FROM pg_available_extensions WHERE name = 'postgres_fdw'", cancellationToken)
                .ConfigureAwait(false) is null)
            {
                throw new PartitionServerException(
                    Name, "can have no views of all partitions: its server has no postgres_fdw",
                    "Nothing was changed. Install PostgreSQL's contributed modules on the server (Debian: postgresql-contrib)");
            }

            if (!isSuperuser)
            {
                throw new PartitionServerException(
                    Name, "can have no views of all partitions: its database has no postgres_fdw, and the installer may not add it", Remedy);
            }

            await connection.ExecuteAsync(
                $"CREATE EXTENSION postgres_fdw; COMMENT ON EXTENSION postgres_fdw IS '{ExtensionMark}'", cancellationToken).ConfigureAwait(false);
        }

        if (await connection.ScalarAsync("SELECT has_foreign_data_wrapper_privilege('postgres_fdw', 'USAGE')", cancellationToken)
            .ConfigureAwait(false) is not true)
        {
            throw new PartitionServerException(Name, "can have no views of all partitions: the installer may not use postgres_fdw", Remedy);
        }

        var user = ReaderOf(server);
        if (isSuperuser || await ForeignPassword.FindAsync(server.Location, user, options, cancellationToken).ConfigureAwait(false) is not null) return true;
        throw new PartitionServerException(
            Name, $"can have no views of all partitions: no password is known for '{user}', by whom the partitions read each other",
            "Nothing was changed. postgres_fdw takes no one but superusers to a server that asks for no password. Give it by PGPASSWORD, a password file or "
            + "PostgresOptions.Password");
    }
}
