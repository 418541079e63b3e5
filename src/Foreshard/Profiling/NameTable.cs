namespace Foreshard.Profiling;

/// <summary>Texts that many profiles share, by number. Number 0 is no text; number 1 stands for all that found no room.</summary>
internal sealed class NameTable
{
    /// <summary>No text.</summary>
    public const int None = 0;

    /// <summary>All that found no room.</summary>
    public const int Other = 1;

    private const string OtherName = "(other)";

    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly List<string?> names = [null, OtherName];
    private readonly SortedSet<int> free = [];
    private readonly int maxCount;

    public NameTable(int maxCount)
    {
        this.maxCount = maxCount;
        numbers[OtherName] = Other;
    }

    /// <summary>How many numbers there are, free ones included.</summary>
    public int Length => names.Count;

    /// <summary>The text of a number; null for <see cref="None"/> and for free ones.</summary>
    public string? this[int number] => names[number];

    /// <summary>The text's number; given out if it has none and there is room.</summary>
    public int Of(string? name)
    {
        if (name is null) return None;
        if (numbers.TryGetValue(name, out var number)) return number;
        if (free.Count > 0)
        {
            number = free.Min;
            free.Remove(number);
            names[number] = name;
        }
        else if (names.Count < maxCount)
        {
            number = names.Count;
            names.Add(name);
        }
        else
        {
            return Other;
        }

        numbers.Add(name, number);
        return number;
    }

    /// <summary>Takes back the numbers that are not in use.</summary>
    public void Sweep(IReadOnlySet<int> used)
    {
        for (var number = Other + 1; number < names.Count; number++)
        {
            if (names[number] is not { } name || used.Contains(number)) continue;
            numbers.Remove(name);
            names[number] = null;
            free.Add(number);
        }
    }

    /// <summary>Adds the number after the last; null for a free one. For a table that is read back.</summary>
    public void Restore(string? name)
    {
        if (name is null) free.Add(names.Count);
        else numbers.Add(name, names.Count);
        names.Add(name);
    }
}
