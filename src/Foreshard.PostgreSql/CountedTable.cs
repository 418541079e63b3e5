using System.Text.Json.Serialization;
using Foreshard.Schema;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;

namespace Foreshard.PostgreSql;

/// <summary>A member table as the server's log tells of it. Immutable.</summary>
internal sealed class CountedTable
{
    private readonly TableLayout table;
    private readonly GroupKind? groups;

    public CountedTable(EntityLayout entity, TableLayout table)
    {
        this.table = table;
        Type = entity.Type;

        // As sizes are told: moments and numbers are too many to be told one by one.
        groups = table.Role == TableRole.Grouped && entity.GroupKind is GroupKind.Segment or GroupKind.Date ? entity.GroupKind : null;
    }

    public string Name => table.Name;

    public EntityType Type { get; }

    public string KeyColumn => table.KeyColumn;

    /// <summary>Whether all of the primary key is there.</summary>
    public bool HasKey(IReadOnlyDictionary<string, string> values) => table.PrimaryKey.All(values.ContainsKey);

    /// <summary>Whether a column is of the primary key, or tells whose a row is.</summary>
    public bool Names(string column) => column == table.KeyColumn || table.PrimaryKey.Contains(column);

    /// <summary>Whether a deleted row, of which the log has the primary key, names its entity.</summary>
    public bool KeyTellsEntity => table.PrimaryKey.Contains(table.KeyColumn);

    /// <summary>Whether it names the group, too, where there is one.</summary>
    public bool KeyTellsAll => KeyTellsEntity && (groups is null || table.PrimaryKey.Contains(table.GroupColumn!));

    /// <summary>What must be published: what replication asks for, and what tells whose a row is.</summary>
    public IEnumerable<string> Columns =>
        table.PrimaryKey.Append(table.KeyColumn).Concat(table.GroupColumn is { } group ? [group] : []).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The entity that a value of the key column names; none if it can't be one's.</summary>
    public EntityKey Entity(string key)
    {
        try
        {
            return Type.Parse(key);
        }
        catch (FormatException)
        {
            return default;
        }
    }

    /// <summary>The group that a value of the group column names; none if groups aren't told apart or it can't be one's.</summary>
    public GroupKey Group(string? group)
    {
        try
        {
            return groups is { } kind && group is not null ? GroupKey.Parse(kind, group) : default;
        }
        catch (FormatException)
        {
            return default;
        }
    }

    /// <summary>Whose a row of the log is.</summary>
    public async ValueTask<(EntityKey Entity, GroupKey Group)> ReadAsync(RelationMessage relation, ReplicationTuple row)
    {
        string? key = null, group = null;
        var position = 0;
        await foreach (var value in row.ConfigureAwait(false))
        {
            var column = relation.Columns[position++].ColumnName;
            if (value.IsDBNull || value.IsUnchangedToastedValue) continue;
            if (column == table.KeyColumn) key = await value.Get<string>().ConfigureAwait(false);
            else if (column == table.GroupColumn) group = await value.Get<string>().ConfigureAwait(false);
        }

        return (key is null ? default : Entity(key), Group(group));
    }
}

[JsonSerializable(typeof(string[]))]
internal sealed partial class LogJson : JsonSerializerContext;
