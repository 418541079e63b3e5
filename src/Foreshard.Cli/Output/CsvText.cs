using System.Globalization;

namespace Foreshard.Cli.Output;

/// <summary>Writes CSV: commas, a header, quotes where they are needed; times in UTC with <c>Z</c>, numbers with a point.</summary>
internal sealed class CsvText : IDisposable
{
    private readonly TextWriter writer;
    private readonly bool isOwn;

    private CsvText(TextWriter writer, bool isOwn)
    {
        this.writer = writer;
        this.isOwn = isOwn;
    }

    /// <summary>Begins a file, or the standard output if the path is <c>-</c>.</summary>
    public static CsvText Create(string path, Terminal terminal, string header)
    {
        var isOwn = path != "-";
        var text = new CsvText(isOwn ? new StreamWriter(path) { NewLine = "\n" } : terminal.Output, isOwn);
        text.writer.WriteLine(header);
        return text;
    }

    public static string Of(double? value) => value is { } number && double.IsFinite(number) ? number.ToString("R", CultureInfo.InvariantCulture) : "";

    public static string Of(float value) => float.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "";

    public static string Of(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "";

    public static string Of(DateTime? timeUtc) => timeUtc?.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFZ", CultureInfo.InvariantCulture) ?? "";

    public void Row(params ReadOnlySpan<string> cells)
    {
        for (var cell = 0; cell < cells.Length; cell++)
        {
            if (cell > 0) writer.Write(',');
            writer.Write(Quoted(cells[cell]));
        }

        writer.WriteLine();
    }

    public void Dispose()
    {
        if (isOwn) writer.Dispose();
    }

    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
