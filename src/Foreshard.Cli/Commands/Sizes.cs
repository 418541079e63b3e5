using System.CommandLine;
using System.Globalization;

namespace Foreshard.Cli.Commands;

/// <summary>Sizes on the command line: <c>500MB</c>, <c>20GB</c> or bytes; a megabyte is a million of them.</summary>
internal static class Sizes
{
    private static readonly (string Unit, long Bytes)[] Units = [("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000)];

    /// <summary>An option that is a size.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">What it says.</param>
    public static Option<long?> Option(string name, string description) => Parsed(name, "SIZE", description, "", "500MB, 20GB, or bytes");

    /// <summary>An option that is a size for each second, above 0.</summary>
    /// <inheritdoc cref="Option"/>
    public static Option<long?> PerSecond(string name, string description) => Parsed(name, "SIZE/s", description, "/s", "50MB/s, or bytes per second");

    private static Option<long?> Parsed(string name, string helpName, string description, string suffix, string expected) => new(name)
    {
        HelpName = helpName,
        Description = description,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            var size = text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text;
            if (TryParse(size, out var bytes) && (bytes > 0 || suffix.Length == 0)) return bytes;
            result.AddError($"'{text}' is no size for {name}: write {expected}.");
            return null;
        },
    };

    private static bool TryParse(string text, out long bytes)
    {
        var (unit, factor) = Units.FirstOrDefault(one => text.EndsWith(one.Unit, StringComparison.OrdinalIgnoreCase), ("", 1));
        var digits = text.AsSpan(0, text.Length - unit.Length).Trim();
        var isSize = decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number <= long.MaxValue / factor;
        bytes = isSize ? (long)(number * factor) : 0;
        return isSize;
    }
}
