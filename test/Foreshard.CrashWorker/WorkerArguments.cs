using System.Globalization;

namespace Foreshard.CrashWorker;

/// <summary>What a worker is to do: <c>FOLDER --run 3 --seed 17 --milliseconds 500 --die-at frozen --nth 2</c>.</summary>
/// <param name="Folder">The store's folder; the journals lie beside it, in <c>FOLDER.journal</c>.</param>
/// <param name="Run">Number of the run; unique for the store, so that ids are.</param>
/// <param name="Seed">Of all choices.</param>
/// <param name="Milliseconds">How long clients and moves go on.</param>
/// <param name="DieAt">The step at which the process kills itself; null: none.</param>
/// <param name="Nth">At which time that the step is reached.</param>
/// <param name="Recover">Opens the store and ends: what is killed then is the recovery.</param>
/// <param name="Piloted">The store's autopilot moves units about, at full speed, instead of random operations.</param>
/// <param name="Unguarded">Admits sessions with any epoch: a fault, to see whether the checks notice.</param>
internal sealed record WorkerArguments(
    string Folder, int Run, int Seed, int Milliseconds, string? DieAt = null, int Nth = 1, bool Recover = false, bool Piloted = false, bool Unguarded = false)
{
    /// <summary>Dies at whichever step comes first.</summary>
    public const string AnyStep = "any";

    public static WorkerArguments Parse(string[] words)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var position = 1; position + 1 < words.Length; position += 2) values[words[position]] = words[position + 1];
        return new WorkerArguments(
            words[0],
            Number("--run", 1),
            Number("--seed", 1),
            Number("--milliseconds", 1000),
            values.GetValueOrDefault("--die-at"),
            Number("--nth", 1),
            values.GetValueOrDefault("--recover") == "yes",
            values.GetValueOrDefault("--piloted") == "yes",
            values.GetValueOrDefault("--unguarded") == "yes");

        int Number(string name, int otherwise) => values.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
    }

    public IEnumerable<string> ToWords()
    {
        yield return Folder;
        foreach (var (name, value) in new[] { ("--run", Run), ("--seed", Seed), ("--milliseconds", Milliseconds), ("--nth", Nth) })
        {
            yield return name;
            yield return value.ToString(CultureInfo.InvariantCulture);
        }

        var switches = new[] { ("--recover", Recover), ("--piloted", Piloted), ("--unguarded", Unguarded) };
        foreach (var (name, value) in switches.Select(one => (one.Item1, one.Item2 ? "yes" : null)).Prepend(("--die-at", DieAt)))
        {
            if (value is null) continue;
            yield return name;
            yield return value;
        }
    }
}
