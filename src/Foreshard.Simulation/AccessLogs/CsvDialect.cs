namespace Foreshard.Simulation.AccessLogs;

/// <summary>Which character stands between the fields of a CSV file, and whether its first line names them.</summary>
internal static class CsvDialect
{
    private static readonly byte[] Candidates = [(byte)',', (byte)';', (byte)'\t', (byte)'|'];

    /// <summary>The delimiter under which the first line has most columns that are known or told of, and times; of equals, that of most fields.</summary>
    public static byte DelimiterOf(ReadOnlySpan<byte> first, IReadOnlyDictionary<LogColumn, string> columns)
    {
        var (best, bestKnown, bestCount) = (Candidates[0], -1, 0);
        foreach (var candidate in Candidates)
        {
            var names = Split(first, candidate);
            var known = names.Count(name => IsTime(name)
                || LogColumns.Find(name) is not null || columns.Values.Contains(name, StringComparer.OrdinalIgnoreCase));
            if ((known, names.Count).CompareTo((bestKnown, bestCount)) <= 0) continue;
            (best, bestKnown, bestCount) = (candidate, known, names.Count);
        }

        return best;
    }

    /// <summary>The fields of a line as texts; of a line whose quotes are wrong, up to there.</summary>
    public static List<string> Split(ReadOnlySpan<byte> line, byte delimiter)
    {
        var fields = new CsvFields(delimiter);
        _ = fields.TrySplit(line);
        var texts = new List<string>(fields.Count);
        for (var i = 0; i < fields.Count; i++) texts.Add(AccessLogOptions.TextOf(fields.Field(line, i)));
        return texts;
    }

    /// <summary>Whether a line names columns: it does unless one of its fields is a time.</summary>
    public static bool IsHeader(IEnumerable<string> fields) => !fields.Any(IsTime);

    public static bool IsTime(string text) => new LogTime(null).TryParse(System.Text.Encoding.UTF8.GetBytes(text), out _);
}
