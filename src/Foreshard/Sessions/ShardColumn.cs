using System.Data.Common;
using System.Globalization;

namespace Foreshard.Sessions;

/// <summary>How a column of a query over shards is combined.</summary>
public enum ShardColumnKind
{
    /// <summary>Rows with equal keys are one group.</summary>
    Key,

    /// <summary>Added up; a count is added up too.</summary>
    Sum,

    /// <summary>The smallest; NULLs are passed over.</summary>
    Min,

    /// <summary>The largest; NULLs are passed over.</summary>
    Max,
}

/// <summary>What one column of a query over shards is. A mean is asked for as its sum and its count.</summary>
/// <param name="Kind">How it is combined.</param>
public readonly record struct ShardColumn(ShardColumnKind Kind)
{
    /// <summary>A key that groups.</summary>
    public static ShardColumn Key { get; } = new(ShardColumnKind.Key);

    /// <summary>A <c>sum(…)</c> or <c>count(…)</c>.</summary>
    public static ShardColumn Sum { get; } = new(ShardColumnKind.Sum);

    /// <summary>A <c>min(…)</c>.</summary>
    public static ShardColumn Min { get; } = new(ShardColumnKind.Min);

    /// <summary>A <c>max(…)</c>.</summary>
    public static ShardColumn Max { get; } = new(ShardColumnKind.Max);
}

/// <summary>Puts results of several partitions together.</summary>
internal static class ShardMerge
{
    /// <summary>Merges sorted lists; equal elements keep the order of the lists.</summary>
    public static IEnumerable<T> Merge<T>(IReadOnlyList<IReadOnlyList<T>> parts, IComparer<T> order)
    {
        var heads = new PriorityQueue<(int Part, int Position), (T Value, int Part)>(
            Comparer<(T Value, int Part)>.Create((a, b) => order.Compare(a.Value, b.Value) is var by && by != 0 ? by : a.Part.CompareTo(b.Part)));
        for (var part = 0; part < parts.Count; part++)
        {
            if (parts[part].Count > 0) heads.Enqueue((part, 0), (parts[part][0], part));
        }

        while (heads.TryDequeue(out var head, out var first))
        {
            yield return first.Value;
            var next = head.Position + 1;
            if (next < parts[head.Part].Count) heads.Enqueue((head.Part, next), (parts[head.Part][next], head.Part));
        }
    }

    public static object?[] Values(DbDataReader reader, int columns)
    {
        if (reader.FieldCount != columns)
            throw new ArgumentException($"The query has {reader.FieldCount} columns, but {columns} were described.", nameof(columns));
        var values = new object?[columns];
        for (var field = 0; field < columns; field++) values[field] = reader.IsDBNull(field) ? null : reader.GetValue(field);
        return values;
    }

    public static IReadOnlyList<object?[]> Combine(IEnumerable<object?[]> rows, IReadOnlyList<ShardColumn> columns)
    {
        var keys = Enumerable.Range(0, columns.Count).Where(column => columns[column].Kind == ShardColumnKind.Key).ToList();
        var order = Comparer<object?[]>.Create((a, b) => keys.Select(key => Compare(a[key], b[key])).FirstOrDefault(by => by != 0));
        var groups = new SortedDictionary<object?[], object?[]>(order);
        foreach (var row in rows)
        {
            if (!groups.TryGetValue(row, out var group))
            {
                groups.Add(row, [.. row]);
                continue;
            }

            for (var column = 0; column < columns.Count; column++) group[column] = Combine(columns[column].Kind, group[column], row[column]);
        }

        return [.. groups.Values];
    }

    private static object? Combine(ShardColumnKind kind, object? left, object? right)
    {
        if (left is null || right is null || kind == ShardColumnKind.Key) return left ?? right;
        return kind switch
        {
            ShardColumnKind.Min => Compare(left, right) <= 0 ? left : right,
            ShardColumnKind.Max => Compare(left, right) >= 0 ? left : right,
            _ => Add(left, right),
        };
    }

    private static object Add(object left, object right) => (left, right) switch
    {
        (decimal or long or int or short, decimal) or (decimal, long or int or short) =>
            Convert.ToDecimal(left, CultureInfo.InvariantCulture) + Convert.ToDecimal(right, CultureInfo.InvariantCulture),
        (long or int or short, long or int or short) =>
            checked(Convert.ToInt64(left, CultureInfo.InvariantCulture) + Convert.ToInt64(right, CultureInfo.InvariantCulture)),
        (string or byte[], _) or (_, string or byte[]) => throw new ArgumentException(
            $"'{left}' and '{right}' can't be added up: describe the column as a key, a minimum or a maximum."),
        _ => Convert.ToDouble(left, CultureInfo.InvariantCulture) + Convert.ToDouble(right, CultureInfo.InvariantCulture),
    };

    /// <summary>NULL first, then numbers by value, text by its bytes, bytes by bytes: as the databases sort.</summary>
    private static int Compare(object? left, object? right) => (left, right) switch
    {
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        (string a, string b) => CompareText(a, b),
        (byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b),
        (byte[], _) => 1,
        (_, byte[]) => -1,
        (string, _) => 1,
        (_, string) => -1,
        (long a, long b) => a.CompareTo(b),
        (IComparable a, _) when a.GetType() == right.GetType() => a.CompareTo(right),
        _ => Convert.ToDouble(left, CultureInfo.InvariantCulture).CompareTo(Convert.ToDouble(right, CultureInfo.InvariantCulture)),
    };

    /// <summary>By code point, which is the order of the bytes in UTF-8; UTF-16 has what needs surrogates before U+E000.</summary>
    private static int CompareText(string left, string right)
    {
        var at = left.AsSpan().CommonPrefixLength(right);
        if (at == left.Length || at == right.Length) return left.Length.CompareTo(right.Length);
        var (a, b) = (left[at], right[at]);
        if (char.IsSurrogate(a) == char.IsSurrogate(b)) return a.CompareTo(b);
        return char.IsSurrogate(a) ? 1 : -1;
    }
}
