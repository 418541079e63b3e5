using System.Collections.Frozen;

namespace Foreshard.Simulation.AccessLogs;

/// <summary>The names under which columns are known without being told, and which column of a file is which.</summary>
/// <remarks>
/// Case, spaces and punctuation don't count: <c>Customer-ID</c>, <c>customer_id</c> and <c>customerId</c> are one name. If a file has
/// several names of one column, the one that stands first in <see cref="NamesOf"/> is taken.
/// </remarks>
internal static class LogColumns
{
    /// <summary>How many columns there can be.</summary>
    public const int Count = (int)LogColumn.Id + 1;

    private static readonly FrozenDictionary<LogColumn, string[]> Names = new Dictionary<LogColumn, string[]>
    {
        [LogColumn.Time] =
            ["time", "timestamp", "ts", "datetime", "time_utc", "event_time", "start", "start_time", "started_at", "created_at", "date", "hour"],
        [LogColumn.Entity] =
        [
            "entity", "entity_id", "entity_key", "tenant", "tenant_id", "customer", "customer_id", "account", "account_id", "user", "user_id",
            "player", "player_id", "client", "client_id", "organization", "organization_id", "org", "org_id", "shop", "shop_id", "device", "device_id",
        ],
        [LogColumn.EntityType] = ["entity_type"],
        [LogColumn.Group] = ["group", "group_key"],
        [LogColumn.Segment] = ["segment"],
        [LogColumn.Region] = ["region"],
        [LogColumn.Reads] = ["reads", "rows_read"],
        [LogColumn.Writes] = ["writes", "rows_written"],
        [LogColumn.Operation] = ["op", "operation", "kind", "method"],
        [LogColumn.Cost] = ["cost"],
        [LogColumn.Bytes] = ["bytes", "size", "size_bytes"],
        [LogColumn.Partners] = ["partners"],
        [LogColumn.Id] = ["id", "request_id", "event_id", "transaction_id"],
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, (LogColumn Column, int Rank)> Known = Names
        .SelectMany(column => column.Value.Select((name, rank) => (Name: Plain(name), column.Key, Rank: rank)))
        .ToFrozenDictionary(name => name.Name, name => (name.Key, name.Rank));

    /// <summary>The names of a column, the preferred first.</summary>
    public static IReadOnlyList<string> NamesOf(LogColumn column) => Names[column];

    /// <summary>What options call a column: its first name.</summary>
    public static string NameOf(LogColumn column) => Names[column][0];

    /// <summary>The column that is known by that name, and how far down its list the name stands; null if none is.</summary>
    public static (LogColumn Column, int Rank)? Find(string name) => Known.TryGetValue(Plain(name), out var known) ? known : null;

    /// <summary>Reads assignments such as <c>entity=customer_id</c>: a column's name, and what the file calls it.</summary>
    /// <exception cref="ArgumentException">One is not of that form, names no column, or a column a second time; the message names all that do.</exception>
    public static IReadOnlyDictionary<LogColumn, string> Parse(IEnumerable<string> assignments)
    {
        var columns = new Dictionary<LogColumn, string>();
        var problems = new List<string>();
        foreach (var assignment in assignments)
        {
            var at = assignment.IndexOf('=', StringComparison.Ordinal);
            var name = at < 0 ? assignment : assignment[..at];
            if (at <= 0 || at == assignment.Length - 1)
                problems.Add($"'{assignment}' assigns nothing: write the column, '=' and its name in the file, as in entity=customer_id.");
            else if (Find(name) is not { } known)
                problems.Add($"'{name}' is no column of an access log; there are {string.Join(", ", Enum.GetValues<LogColumn>().Select(NameOf))}.");
            else if (!columns.TryAdd(known.Column, assignment[(at + 1)..]))
                problems.Add($"'{NameOf(known.Column)}' is assigned twice, to '{columns[known.Column]}' and to '{assignment[(at + 1)..]}'.");
        }

        return problems.Count == 0 ? columns : throw new ArgumentException(string.Join(' ', problems), nameof(assignments));
    }

    private static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
}
