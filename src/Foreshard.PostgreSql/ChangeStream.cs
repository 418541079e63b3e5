using Foreshard.Mapping;
using Foreshard.Partitions;
using Foreshard.Schema;

namespace Foreshard.PostgreSql;

/// <summary>The primary keys of a unit's rows that change on the source, whoever changes them, as its server's log tells.</summary>
/// <remarks>
/// Keys only: whoever applies them reads the rows as they are then, so neither the order of changes matters nor what the log leaves out
/// of them. Keys of other units may be among them where the log does not say whose a row is. Not safe for concurrent use.
/// </remarks>
internal sealed class ChangeStream : IAsyncDisposable
{
    private readonly ChangeLog log;
    private readonly UnitRows rows;
    private readonly Dictionary<string, TableLayout> tables;
    private readonly HashSet<uint> transactions = [];
    private readonly Lock gate = new();
    private KeyBatch arriving = new();
    private KeyBatch brought = new();

    public ChangeStream(ChangeLog log, UnitRows rows, IEnumerable<TableLayout> tables)
    {
        this.log = log;
        this.rows = rows;
        this.tables = tables.ToDictionary(table => table.Name, StringComparer.Ordinal);
        Pending = this.tables.Values.ToDictionary(table => table, _ => new HashSet<string>(StringComparer.Ordinal));
    }

    /// <summary>Who tells it; null before it came and after it left.</summary>
    public LogReader? Reader { get; set; }

    public IEnumerable<TableLayout> Tables => tables.Values;

    /// <summary>Keys noted and not taken, as lists of values in parentheses.</summary>
    public Dictionary<TableLayout, HashSet<string>> Pending { get; }

    /// <summary>Changes noted since the pending keys were last taken; several of one key count each.</summary>
    public long Changes { get; private set; }

    /// <summary>The transactions, by their numbers, whose changes were noted since the pending keys were last taken.</summary>
    public IReadOnlyCollection<uint> Transactions => transactions;

    /// <summary>Which changes of a table the server is to tell.</summary>
    public string? FilterOf(TableLayout table)
    {
        // A filter on columns that are not in the replica identity would make the application's own statements fail.
        if (!table.PrimaryKey.Contains(table.KeyColumn)) return null;
        return RowPredicate.Instance.For(rows is ShardRows shard ? shard with { Scope = ShardScope.Whole, WithCore = true } : rows, table);
    }

    /// <summary>Notes everything that was committed before the call.</summary>
    public async ValueTask ReadToNowAsync(CancellationToken cancellationToken)
    {
        await Current.ReadToNowAsync(this, cancellationToken).ConfigureAwait(false);
        TakeBrought();
    }

    /// <summary>Notes everything that was committed before a transaction froze the unit.</summary>
    public async ValueTask ReadToFreezeAsync(uint frozenBy, CancellationToken cancellationToken)
    {
        await Current.ReadToFreezeAsync(this, frozenBy, cancellationToken).ConfigureAwait(false);
        TakeBrought();
    }

    /// <summary>What was noted has been applied, durably.</summary>
    public void Forget()
    {
        foreach (var keys in Pending.Values) keys.Clear();
        transactions.Clear();
        Changes = 0;
    }

    public ValueTask DisposeAsync() => log.LeaveAsync(this);

    /// <summary>Called by the log, for one change at a time.</summary>
    internal void Note(string table, EntityKey entity, IReadOnlyDictionary<string, string> values, uint transaction)
    {
        if (!tables.TryGetValue(table, out var known) || !MayHold(entity)) return;
        var key = $"({string.Join(", ", known.PrimaryKey.Select(column => Sql.Text(values[column])))})";
        lock (gate) arriving.Add(known, key, transaction);
    }

    /// <summary>Called by the log where somebody has to read to: what comes later is for the next time.</summary>
    internal void Bring()
    {
        lock (gate)
        {
            brought.Add(arriving);
            arriving = new KeyBatch();
        }
    }

    private LogReader Current => Reader ?? throw new InvalidOperationException("The stream is over.");

    private void TakeBrought()
    {
        lock (gate)
        {
            foreach (var (table, key) in brought.Keys) Pending[table].Add(key);
            transactions.UnionWith(brought.Transactions);
            Changes += brought.Changes;
            brought = new KeyBatch();
        }
    }

    private bool MayHold(EntityKey entity) => entity == default || rows switch
    {
        ShardRows shard => shard.Entity == entity,
        BucketRows bucket => KeyHash.BucketOf(entity, bucket.BucketCount) == bucket.Bucket && !bucket.Isolated.Contains(entity),
        _ => true,
    };

    private sealed class KeyBatch
    {
        public HashSet<(TableLayout Table, string Key)> Keys { get; } = [];

        public HashSet<uint> Transactions { get; } = [];

        public long Changes { get; private set; }

        public void Add(TableLayout table, string key, uint transaction)
        {
            Keys.Add((table, key));
            Transactions.Add(transaction);
            Changes++;
        }

        public void Add(KeyBatch later)
        {
            Keys.UnionWith(later.Keys);
            Transactions.UnionWith(later.Transactions);
            Changes += later.Changes;
        }
    }
}
