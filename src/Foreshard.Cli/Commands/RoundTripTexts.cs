using System.CommandLine;

namespace Foreshard.Cli.Commands;

/// <summary>Round trips between regions as people write them: <c>eu:us=90ms</c>.</summary>
internal static class RoundTripTexts
{
    public static Option<string[]> Option(string description) => new("--round-trip") { HelpName = "A:B=TIME", Description = description };

    /// <exception cref="UsageException">One of them can't be read.</exception>
    public static Dictionary<(string From, string To), TimeSpan> Parse(string[]? texts)
    {
        var times = new Dictionary<(string From, string To), TimeSpan>();
        foreach (var text in texts ?? [])
        {
            var parts = text.Split(':', '=');
            if (parts is not [{ Length: > 0 } from, { Length: > 0 } to, var time] || !Durations.TryParse(time, out var duration))
                throw new UsageException($"--round-trip takes two regions and a duration (eu:us=90ms), not '{text}'.");
            times[(from, to)] = duration;
        }

        return times;
    }
}
