namespace Foreshard.Simulation.AccessLogs;

/// <summary>Which column of a file is which: by what the options say, else by the known names.</summary>
internal sealed class ColumnMap(IReadOnlyDictionary<LogColumn, string> told)
{
    /// <summary>Stands where a file has no such column.</summary>
    public const int None = -1;

    /// <summary>What a column of that name is, each with how well the name fits (0 best). Usually nothing or one.</summary>
    public IReadOnlyList<(LogColumn Column, int Rank)> Of(string name)
    {
        var assigned = told.Where(one => one.Value.Equals(name, StringComparison.OrdinalIgnoreCase))
            .Select(one => (one.Key, Rank: one.Value.Equals(name, StringComparison.Ordinal) ? 0 : 1))
            .ToList();

        // What was told replaces what is known: a column that was assigned is nothing else, and nothing else is the column.
        if (assigned.Count > 0) return assigned;
        return LogColumns.Find(name) is { } known && !told.ContainsKey(known.Column) ? [known] : [];
    }

    /// <summary>The places of the columns in a file that has these.</summary>
    /// <returns>By <see cref="LogColumn"/>; <see cref="None"/> for those that there aren't.</returns>
    /// <exception cref="AccessLogException">A column that was told of or is required is missing; the message names all that are.</exception>
    public int[] Resolve(string path, IReadOnlyList<string> names)
    {
        var places = new int[LogColumns.Count];
        var ranks = new int[LogColumns.Count];
        Array.Fill(places, None);
        Array.Fill(ranks, int.MaxValue);
        for (var i = 0; i < names.Count; i++)
        {
            foreach (var (column, rank) in Of(names[i]))
            {
                if (rank >= ranks[(int)column]) continue;
                places[(int)column] = i;
                ranks[(int)column] = rank;
            }
        }

        ThrowIfMissing(path, column => places[(int)column] != None, names);
        return places;
    }

    /// <exception cref="AccessLogException">A column that was told of or is required isn't there.</exception>
    public void ThrowIfMissing(string path, Func<LogColumn, bool> isThere, IEnumerable<string> names)
    {
        var problems = new List<string>();
        foreach (var column in told.Keys.Where(column => !isThere(column)).Order())
            problems.Add($"There is no column '{told[column]}', which was named as {LogColumns.NameOf(column)}.");
        foreach (var column in (LogColumn[])[LogColumn.Time, LogColumn.Entity])
        {
            if (isThere(column) || told.ContainsKey(column)) continue;
            var name = LogColumns.NameOf(column);
            var usual = string.Join(", ", LogColumns.NamesOf(column).Take(6));
            problems.Add($"No column is known as {name}: name it (--column {name}=COLUMN), or call it one of {usual}.");
        }

        if (problems.Count == 0) return;
        throw new AccessLogException(path, null, $"{string.Join(' ', problems)} The file has {Shown(names)}.");
    }

    private static string Shown(IEnumerable<string> names)
    {
        var some = names.Take(31).Select(name => name.Length > 40 ? $"'{name[..39]}…'" : $"'{name}'").ToList();
        return some.Count == 0 ? "none" : string.Join(", ", some.Take(30)) + (some.Count > 30 ? " and more" : "");
    }
}
