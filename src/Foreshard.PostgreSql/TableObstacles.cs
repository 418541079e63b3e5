using Foreshard.Schema;
using Npgsql;

namespace Foreshard.PostgreSql;

/// <summary>What keeps PostgreSQL's tables from being moved, whatever is declared of them.</summary>
internal static class TableObstacles
{
    /// <summary>Each part: the table, what is in the way (a name, or nothing), and the number of <see cref="Describe"/>.</summary>
    private const string Query = """
        SELECT n.relname, '', 1 FROM here n WHERE n.relkind = 'p' OR n.relispartition
        UNION ALL SELECT n.relname, '', 2 FROM here n WHERE n.relkind = 'f'
        UNION ALL SELECT n.relname, '', 3 FROM here n WHERE n.relpersistence = 'u'
        UNION ALL SELECT n.relname, '', 4 FROM here n WHERE n.relrowsecurity
        UNION ALL SELECT DISTINCT n.relname, '', 5 FROM here n JOIN pg_inherits i ON n.oid IN (i.inhrelid, i.inhparent)
            WHERE n.relkind = 'r' AND NOT n.relispartition
        UNION ALL SELECT n.relname, '', 6 FROM here n WHERE n.relkind = 'r' AND n.relreplident NOT IN ('d', 'f')
        UNION ALL SELECT n.relname, a.attname, 7 FROM here n JOIN pg_attribute a ON a.attrelid = n.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE a.atttypid = 'oid'::regtype OR a.atttypid IN (SELECT oid FROM pg_type WHERE typbasetype = 'oid'::regtype)
        UNION ALL SELECT n.relname, t.tgname, 8 FROM here n JOIN pg_trigger t ON t.tgrelid = n.oid AND NOT t.tgisinternal AND t.tgenabled IN ('A', 'R')
        UNION ALL SELECT n.relname, c.conname, 9 FROM here n JOIN pg_constraint c ON c.conrelid = n.oid AND c.contype IN ('p', 'u') AND c.condeferrable
        UNION ALL SELECT n.relname, c.conname, 10 FROM here n JOIN pg_constraint c ON c.conrelid = n.oid AND c.contype = 'x'
        UNION ALL SELECT n.relname, r.rulename, 11 FROM here n JOIN pg_rewrite r ON r.ev_class = n.oid
        """;

    public static async ValueTask<ILookup<string, CatalogueObstacle>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var found = await connection.RowsAsync(
            "WITH here AS (SELECT * FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'f')) "
            + $"SELECT * FROM ({Query}) found ORDER BY 1, 3, 2",
            row => (Table: row.GetString(0), Obstacle: Describe(row.GetInt32(2), row.GetString(1))),
            cancellationToken).ConfigureAwait(false);
        return found.ToLookup(one => one.Table, one => one.Obstacle, StringComparer.Ordinal);
    }

    private static CatalogueObstacle Describe(int kind, string what) => kind switch
    {
        1 => new("It is partitioned, or a part of such a table: rows are found through the parent and lie in the parts.",
            "Make it an ordinary table; Foreshard spreads the rows over databases instead."),
        2 => new("It is a foreign table: its rows are in another database.",
            "Keep it in a schema that is not in the search path, or make it an ordinary table."),
        3 => new("It is unlogged: a crash empties it, and no move could follow its changes.", "ALTER TABLE … SET LOGGED."),
        4 => new("Row security is enabled: a copy would silently lack the rows that its role may not see.",
            "ALTER TABLE … DISABLE ROW LEVEL SECURITY, or keep the table in a database that Foreshard does not manage."),
        5 => new("It inherits from another table or is inherited from: rows show up in both.", "ALTER TABLE … NO INHERIT …"),
        6 => new("Its replica identity is not its primary key: a live move could not tell which rows were changed.",
            "ALTER TABLE … REPLICA IDENTITY DEFAULT."),
        7 => new($"Column '{what}' is an oid: if it names a large object, that object stays behind when the row moves.",
            "Store the bytes in a bytea column; use bigint for other numbers."),
        8 => new($"Trigger '{what}' fires also for what replication writes (ENABLE ALWAYS or REPLICA), and so for copied rows.",
            $"ALTER TABLE … ENABLE TRIGGER {what}."),
        9 => new($"Constraint '{what}' is deferrable: PostgreSQL does not check it again for copied rows.", "Declare it NOT DEFERRABLE."),
        10 => new($"Exclusion constraint '{what}' holds on one partition only: rows of two entities may collide after a move.",
            "Replace it by a unique constraint that holds the key column, or check it in the application."),
        _ => new($"Rule '{what}' rewrites statements on it, the mover's too.", "Replace the rule by a trigger."),
    };
}
