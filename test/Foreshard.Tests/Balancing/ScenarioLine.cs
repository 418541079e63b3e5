using System.Globalization;
using Foreshard.Profiling;
using Foreshard.Sharding;

namespace Foreshard.Tests.Balancing;

/// <summary>One line of a scenario: a word that says what it is, arguments, and values with names (<c>name=value</c>).</summary>
internal sealed class ScenarioLine
{
    private static readonly (string Unit, double Factor)[] ByteUnits = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("KB", 1e3), ("B", 1)];
    private static readonly (string Unit, double Seconds)[] TimeUnits = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];

    private readonly int number;
    private readonly Queue<string> arguments;
    private readonly Dictionary<string, string> named = [];

    /// <param name="number">Number of the line, from 1.</param>
    /// <param name="text">The line, without comment; not empty.</param>
    /// <exception cref="FormatException">A name stands twice.</exception>
    public ScenarioLine(int number, string text)
    {
        this.number = number;
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Kind = words[0];
        arguments = new Queue<string>(words.Skip(1).Where(word => !word.Contains('=', StringComparison.Ordinal)));
        foreach (var word in words.Skip(1).Where(word => word.Contains('=', StringComparison.Ordinal)))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (!named.TryAdd(word[..equals], word[(equals + 1)..])) throw Wrong($"'{word[..equals]}' stands twice");
        }
    }

    /// <summary>What the line is about.</summary>
    public string Kind { get; }

    /// <summary>What is wrong, with the line's number.</summary>
    public FormatException Wrong(string what) => new($"Line {number}: {what}.");

    /// <summary>The next argument.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public string Next(string what) => arguments.TryDequeue(out var word) ? word : throw Wrong($"'{Kind}' lacks {what}");

    /// <summary>Whether an argument is there; it is taken.</summary>
    public bool Has(string word)
    {
        var count = arguments.Count;
        for (var i = 0; i < count; i++)
        {
            var next = arguments.Dequeue();
            if (next == word) return true;
            arguments.Enqueue(next);
        }

        return false;
    }

    /// <summary>A named value; null if it isn't there.</summary>
    public string? Take(string name) => named.Remove(name, out var value) ? value : null;

    /// <summary>A named value that has to be there.</summary>
    public string Need(string name) => Take(name) ?? throw Wrong($"'{Kind}' lacks {name}=");

    /// <summary>All named values that are left.</summary>
    public List<(string Name, string Value)> TakeAll()
    {
        var all = named.Select(one => (one.Key, one.Value)).ToList();
        named.Clear();
        return all;
    }

    /// <exception cref="FormatException">Something wasn't understood.</exception>
    public void End()
    {
        if (arguments.Count > 0) throw Wrong($"'{Kind}' doesn't know what to do with '{arguments.Peek()}'");
        if (named.Count > 0) throw Wrong($"'{Kind}' has no {named.Keys.First()}=");
    }

    /// <summary>A number.</summary>
    public double Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw Wrong($"'{text}' is no number");

    /// <summary>A whole number.</summary>
    public int Whole(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw Wrong($"'{text}' is no whole number");

    /// <summary>Bytes, as <c>20GB</c>.</summary>
    public double Bytes(string text) => WithUnit(text, ByteUnits, "a size");

    /// <summary>A length of time, as <c>90s</c> or <c>3h</c>.</summary>
    public TimeSpan Length(string text) => TimeSpan.FromSeconds(WithUnit(text, TimeUnits, "a length of time"));

    /// <summary>A moment: <c>2026-03-02T06:00</c>; <c>18:30</c>, the next one from the start on; <c>-2h</c>, so long before the start.</summary>
    public DateTime Moment(string text, DateTime start)
    {
        if (text.StartsWith('-')) return start - Length(text[1..]);
        if (text.Contains('T', StringComparison.Ordinal))
        {
            return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out var moment)
                ? moment
                : throw Wrong($"'{text}' is no moment");
        }

        if (!TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var clock))
            throw Wrong($"'{text}' is no time of day");
        var day = start.Date + clock.ToTimeSpan();
        return day < start ? day.AddDays(1) : day;
    }

    /// <summary>
    /// A load: <c>10</c> all the time; <c>10,08:00-12:00=60</c>, 60 in the slots that begin then; later ones win. Room is a share of the mean.
    /// </summary>
    public LoadCurve Load(string text, string? room, PlanHorizon horizon)
    {
        var mean = new float[horizon.SlotCount];
        foreach (var (piece, index) in text.Split(',').Select((piece, index) => (piece, index)))
        {
            if (index == 0)
            {
                Array.Fill(mean, (float)Number(piece));
                continue;
            }

            var parts = piece.Split('=');
            var times = parts[0].Split('-');
            if (parts.Length != 2 || times.Length != 2) throw Wrong($"'{piece}' is no load in a time, as 08:00-12:00=60");
            var (from, to, load) = (Moment(times[0], horizon.StartUtc), Moment(times[1], horizon.StartUtc), (float)Number(parts[1]));
            if (to <= from) to = to.AddDays(1);
            for (var slot = 0; slot < mean.Length; slot++)
            {
                if (horizon.StartOf(slot) >= from && horizon.StartOf(slot) < to) mean[slot] = load;
            }
        }

        var share = room is null ? 0 : Number(room);
        return new LoadCurve(mean, [.. mean.Select(load => (float)(load * share * load * share))]);
    }

    /// <summary>Shares of labels, as <c>eu:0.6,us:0.4</c>.</summary>
    public LabelShare[] Shares(string? text) => text is null
        ? []
        : [.. text.Split(',').Select(piece => piece.Split(':')).Select(parts => parts.Length == 2
            ? new LabelShare(parts[0], Number(parts[1]))
            : throw Wrong($"'{text}' are no shares, as eu:0.6,us:0.4"))];

    /// <summary>An entity, as <c>customer/42</c>.</summary>
    public EntityKey Entity(string text) => text.Split('/') is [{ Length: > 0 } type, { Length: > 0 } key]
        ? EntityType.Of(type, KeyKind.Text).Key(key)
        : throw Wrong($"'{text}' is no entity, as customer/42");

    /// <summary>One of the names of an enumeration, in small letters.</summary>
    public T Name<T>(string text)
        where T : struct, Enum => Enum.GetValues<T>().Where(value => value.ToString().Equals(text, StringComparison.OrdinalIgnoreCase)).ToList() is [var value]
        ? value
        : throw Wrong($"'{text}' is none of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");

    private double WithUnit(string text, (string Unit, double Factor)[] units, string what)
    {
        foreach (var (unit, factor) in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text[..^unit.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                return value * factor;
            }
        }

        throw Wrong($"'{text}' is no {what[2..]}, as 3{units[1].Unit}");
    }
}
