using System.Globalization;
using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>
/// The schema <c>foreshard_all</c>: for every table a view of the rows that all partitions answer for. Each other partition is a foreign server with its own
/// views as foreign tables; one transaction reads each at one moment, which the check at the beginning of every statement sees, too.
/// </summary>
internal static class AllViews
{
    public const string Schema = "foreshard_all";

    /// <summary>How foreign servers and their schemas are called.</summary>
    public static string ServerName(PartitionId partition) => string.Create(CultureInfo.InvariantCulture, $"foreshard_{partition}");

    /// <summary>The statements that make them, all but the passwords.</summary>
    public static string Text(
        StoreLayout layout,
        TableFacts facts,
        ILookup<string, ShownColumn> columns,
        IReadOnlyList<(PartitionId Id, string Location)> others,
        int bucketCount,
        string? application) => string.Concat(
            others.Select(other => ForeignServer(other.Id, other.Location) + ForeignTables(other.Id, layout, facts, columns)))
            + Check(others.Select(other => other.Id), UnitCover.OfStore(bucketCount))
            + string.Concat(layout.Entities.SelectMany(entity => entity.Tables).Where(facts.Has).Select(table => Union(table, columns, others)))
            + string.Concat(layout.References.Where(facts.Has).Select(table =>
                $"CREATE VIEW {Schema}.{Sql.Name(table.Name)} AS SELECT * FROM {facts.NameOf(table)};\n"))
            + (application is null
                ? ""
                : $"GRANT USAGE ON SCHEMA {Schema} TO {Sql.Name(application)}; GRANT SELECT ON ALL TABLES IN SCHEMA {Schema} TO {Sql.Name(application)};\n");

    /// <summary>Who reads on another partition, in whose name.</summary>
    public static string UserMapping(PartitionId partition, string user, string? password) =>
        $"CREATE USER MAPPING FOR CURRENT_USER SERVER {ServerName(partition)} OPTIONS (user {Sql.Text(user)}"
        + (password is null ? "" : $", password {Sql.Text(password)}") + ");\n";

    /// <summary>Takes away everything but the schema, in which others may have been given rights.</summary>
    public static async ValueTask EmptyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await ShownSchema.EmptyAsync(connection, Schema, "true", cancellationToken).ConfigureAwait(false);
        if (await ShownSchema.ExistsAsync(connection, Schema, cancellationToken).ConfigureAwait(false))
            await connection.ExecuteAsync($"DROP FUNCTION IF EXISTS {Schema}.check_whole()", cancellationToken).ConfigureAwait(false);
        var servers = await connection.RowsAsync(
            "SELECT srvname FROM pg_foreign_server WHERE srvname ~ '^foreshard_p[0-9]+$'", row => row.GetString(0), cancellationToken).ConfigureAwait(false);
        foreach (var server in servers)
            await connection.ExecuteAsync($"DROP SERVER {server} CASCADE; DROP SCHEMA IF EXISTS {server} CASCADE", cancellationToken).ConfigureAwait(false);
    }

    private static string ForeignServer(PartitionId partition, string location)
    {
        var settings = new NpgsqlConnectionStringBuilder(location);
        var hosts = (settings.Host ?? "localhost").Split(',', StringSplitOptions.TrimEntries);
        var ports = hosts.Select(host => PortOf(host) ?? settings.Port.ToString(CultureInfo.InvariantCulture));
        var names = hosts.Select(host => PortOf(host) is { } port ? host[..^(port.Length + 1)] : host);
        var options = new List<(string Name, string Value)>
        {
            ("host", string.Join(",", names)),
            ("port", string.Join(",", ports)),
            ("dbname", settings.Database ?? settings.Username ?? ""),
            ("sslmode", settings.SslMode switch { SslMode.VerifyCA => "verify-ca", SslMode.VerifyFull => "verify-full", var mode => Lower(mode.ToString()) }),
            ("fetch_size", "5000"),
            ("updatable", "false"),
        };
        if (settings.TargetSessionAttributes is { } attributes) options.Add(("target_session_attrs", Lower(attributes)));
        return $"CREATE SERVER {ServerName(partition)} FOREIGN DATA WRAPPER postgres_fdw "
            + $"OPTIONS ({string.Join(", ", options.Select(option => $"{option.Name} {Sql.Text(option.Value)}"))});\n";

        // An IPv6 address has colons of its own.
        static string? PortOf(string host) =>
            host.LastIndexOf(':') is > 0 and var colon && host[colon..].Length > 1 && host[(colon + 1)..].All(char.IsAsciiDigit)
                && (host.IndexOf(':', StringComparison.Ordinal) == colon || host[colon - 1] == ']') ? host[(colon + 1)..] : null;

        static string Lower(string text) => text.ToLowerInvariant();
    }

    private static string ForeignTables(PartitionId partition, StoreLayout layout, TableFacts facts, ILookup<string, ShownColumn> columns)
    {
        var schema = ServerName(partition);
        var tables = layout.Entities.SelectMany(entity => entity.Tables).Where(facts.Has).Select(table => Foreign(
            table.Name, string.Join(", ", columns[table.Name].Select(column => $"{Sql.Name(column.Name)} {column.Type}"))));
        return $"CREATE SCHEMA {schema};\n" + Foreign("foreshard_coverage", "core numeric, grouped numeric") + string.Concat(tables);

        string Foreign(string table, string list) => $"CREATE FOREIGN TABLE {schema}.{Sql.Name(table)} ({list}) SERVER {schema} "
            + $"OPTIONS (schema_name '{OwnViews.Schema}', table_name {Sql.Text(table)});\n";
    }

    /// <summary>
    /// STABLE, so that it reads this partition in the snapshot of the statement that calls it; and with the rights of its owner, who alone has the
    /// other partitions' passwords.
    /// </summary>
    private static string Check(IEnumerable<PartitionId> others, long whole) => $"""
        CREATE FUNCTION {Schema}.check_whole() RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER
            SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            core numeric;
            grouped numeric;
        BEGIN
            SELECT sum(c.core), sum(c.grouped) INTO core, grouped FROM (
                SELECT * FROM {OwnViews.Schema}.foreshard_coverage
                {string.Concat(others.Select(other => $" UNION ALL SELECT * FROM {ServerName(other)}.foreshard_coverage"))}) c;
            IF mod(core - ({Sql.Number(whole)}), 18446744073709551616) <> 0 OR mod(grouped - ({Sql.Number(whole)}), 18446744073709551616) <> 0 THEN
                RAISE EXCEPTION USING ERRCODE = 'FS007',
                    MESSAGE = 'foreshard: at this moment the partitions together do not answer for every row once, so nothing was read',
                    HINT = 'Something is about to change its place: run the statement again, in a new transaction. If that goes on for more than some seconds, '
                        || 'a move was left halfway or the views are out of date: ''foreshard moves'' and ''foreshard partition set NAME --views on''.';
            END IF;
            RETURN true;
        END $$;

        """;

    private static string Union(TableLayout table, ILookup<string, ShownColumn> columns, IReadOnlyList<(PartitionId Id, string Location)> others)
    {
        var list = Sql.Names(columns[table.Name].Select(column => column.Name));
        var name = Sql.Name(table.Name);
        var arms = others.Select(other => ServerName(other.Id)).Prepend(OwnViews.Schema).Select(schema => $"SELECT {list} FROM {schema}.{name}");
        return $"CREATE VIEW {Schema}.{name} AS SELECT {list} FROM ({string.Join(" UNION ALL ", arms)}) u WHERE (SELECT {Schema}.check_whole());\n";
    }
}
