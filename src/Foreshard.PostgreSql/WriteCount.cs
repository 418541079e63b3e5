using System.Text.Json;
using Foreshard.Partitions;
using Foreshard.Schema;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;

namespace Foreshard.PostgreSql;

/// <summary>Counts the rows of transactions that nobody has marked as a session's or Foreshard's own, by entity and group.</summary>
/// <remarks>Not safe for concurrent use.</remarks>
internal sealed class WriteCount
{
    /// <summary>Pairs of entity and group that are told apart in one reading; rows of more are counted as unknown.</summary>
    private const int PairsAtMost = 1_000_000;

    private readonly Dictionary<string, CountedTable> tables;
    private readonly Dictionary<(EntityKey Entity, GroupKey Group), long> total = [];
    private readonly SortedSet<string> emptied = new(StringComparer.Ordinal);
    private readonly DateTime sinceUtc;

    // Of the transaction that is being read.
    private readonly Dictionary<(EntityKey Entity, GroupKey Group), long> written = [];
    private readonly Dictionary<(CountedTable Table, EntityKey Entity), long> deleted = [];
    private readonly Dictionary<(CountedTable Table, EntityKey Entity, GroupKey Group), long> told = [];
    private readonly List<string> truncated = [];
    private long unknown;
    private bool isOwn;
    private DateTime committedUtc;

    /// <param name="layout">The partition's tables.</param>
    /// <param name="sinceUtc">By the server's clock; what committed earlier is summed up only.</param>
    public WriteCount(StoreLayout layout, DateTime sinceUtc)
    {
        this.sinceUtc = sinceUtc;
        tables = layout.Entities.SelectMany(entity => entity.Tables.Select(table => new CountedTable(entity, table)))
            .ToDictionary(table => table.Name, StringComparer.Ordinal);
    }

    public long EarlierRows { get; private set; }

    public long UnknownRows { get; private set; }

    public IReadOnlySet<string> Emptied => emptied;

    public IReadOnlyList<LoggedWrite> Writes => [.. total.Select(one => new LoggedWrite(one.Key.Entity, one.Key.Group, one.Value))];

    public async ValueTask TakeAsync(PgOutputReplicationMessage message)
    {
        switch (message)
        {
            case BeginMessage begin:
                Begin(begin.TransactionCommitTimestamp);
                break;
            case CommitMessage:
                End();
                break;
            case LogicalDecodingMessage { Prefix: LogMessage.Own }:
                isOwn = true;
                break;
            case LogicalDecodingMessage { Prefix: LogMessage.Deleted } row when !isOwn:
                Tell(await LogMessage.TextAsync(row).ConfigureAwait(false));
                break;
            case TruncateMessage truncate:
                truncated.AddRange(truncate.Relations.Select(relation => relation.RelationName));
                break;
            default:
                if (!isOwn) await TakeRowAsync(message).ConfigureAwait(false);
                break;
        }
    }

    private ValueTask TakeRowAsync(PgOutputReplicationMessage message) => message switch
    {
        InsertMessage insert => WroteAsync(insert.Relation, insert.NewRow),
        IndexUpdateMessage update => UpdatedAsync(update.Relation, update.Key, update.NewRow),
        FullUpdateMessage update => UpdatedAsync(update.Relation, update.OldRow, update.NewRow),
        UpdateMessage update => WroteAsync(update.Relation, update.NewRow),
        KeyDeleteMessage delete => DeletedAsync(delete.Relation, delete.Key),
        FullDeleteMessage delete => DeletedAsync(delete.Relation, delete.OldRow),
        _ => ValueTask.CompletedTask,
    };

    private void Begin(DateTime commitTime)
    {
        written.Clear();
        deleted.Clear();
        told.Clear();
        truncated.Clear();
        unknown = 0;
        isOwn = false;
        committedUtc = commitTime;
    }

    private void End()
    {
        emptied.UnionWith(truncated);
        if (isOwn) return;
        Resolve();
        if (committedUtc < sinceUtc)
        {
            EarlierRows += written.Values.Sum() + unknown;
            return;
        }

        UnknownRows += unknown;
        foreach (var (pair, rows) in written)
        {
            if (total.TryGetValue(pair, out var known)) total[pair] = known + rows;
            else if (total.Count < PairsAtMost) total[pair] = rows;
            else UnknownRows += rows;
        }
    }

    /// <summary>Finds out whose the deleted rows were: triggers told of each, or the transaction has written rows of one entity only.</summary>
    private void Resolve()
    {
        foreach (var ((table, entity, group), rows) in told)
        {
            // The log has the same rows once more, by their primary keys: with their entity where those hold it.
            var logged = (table, table.KeyTellsEntity ? entity : default);
            if (!deleted.TryGetValue(logged, out var seen)) continue;
            deleted[logged] = Math.Max(0, seen - rows);
            Add(entity, group, Math.Min(seen, rows));
        }

        foreach (var ((_, entity), rows) in deleted)
        {
            if (!entity.IsNone) Add(entity, default, rows);
        }

        foreach (var ((table, entity), rows) in deleted)
        {
            if (!entity.IsNone || rows == 0) continue;
            var owners = written.Keys.Select(pair => pair.Entity).Where(one => ReferenceEquals(one.Type, table.Type)).Distinct().Take(2).ToList();
            if (owners is [var only]) Add(only, default, rows);
            else unknown += rows;
        }
    }

    private async ValueTask WroteAsync(RelationMessage relation, ReplicationTuple row)
    {
        if (!tables.TryGetValue(relation.RelationName, out var table)) return;
        var (entity, group) = await table.ReadAsync(relation, row).ConfigureAwait(false);
        if (entity.IsNone) unknown++;
        else Add(entity, group, 1);
    }

    private async ValueTask UpdatedAsync(RelationMessage relation, ReplicationTuple old, ReplicationTuple row)
    {
        await foreach (var _ in old.ConfigureAwait(false))
        {
            // Parts of a message are read in their order.
        }

        await WroteAsync(relation, row).ConfigureAwait(false);
    }

    private async ValueTask DeletedAsync(RelationMessage relation, ReplicationTuple row)
    {
        if (!tables.TryGetValue(relation.RelationName, out var table)) return;
        var (entity, group) = await table.ReadAsync(relation, row).ConfigureAwait(false);
        if (table.KeyTellsAll) Add(entity, group, 1);
        else deleted[(table, entity)] = deleted.GetValueOrDefault((table, entity)) + 1;
    }

    private void Tell(string text)
    {
        if (JsonSerializer.Deserialize(text, LogJson.Default.StringArray) is not [{ } name, { } key, var group]) return;
        if (!tables.TryGetValue(name, out var table)) return;
        var one = (table, table.Entity(key), table.Group(group));
        told[one] = told.GetValueOrDefault(one) + 1;
    }

    private void Add(EntityKey entity, GroupKey group, long rows)
    {
        if (rows > 0) written[(entity, group)] = written.GetValueOrDefault((entity, group)) + rows;
    }
}
