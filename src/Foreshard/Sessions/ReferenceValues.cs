using System.Globalization;
using System.Text.Json;

namespace Foreshard.Sessions;

/// <summary>Values of statements that are kept as JSON until every partition has run them.</summary>
internal static class ReferenceValues
{
    private const string BytesPrefix = "bytes:";
    private const string TextPrefix = "text:";

    public static JsonElement ToJson(object? value) => value switch
    {
        null or DBNull => Element("null"),
        bool truth => Element(truth ? "1" : "0"),
        byte or sbyte or short or ushort or int or uint or long =>
            Element(Convert.ToInt64(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)),
        float or double => Element(Real(Convert.ToDouble(value, CultureInfo.InvariantCulture))),
        string text => Text(TextPrefix + text),
        byte[] bytes => Text(BytesPrefix + Convert.ToBase64String(bytes)),
        _ => throw new ArgumentException(
            $"A value of type {value.GetType().Name} can't be written to reference tables: use null, integers, floating-point numbers, "
            + "text or bytes."),
    };

    public static object? FromJson(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Number when value.TryGetInt64(out var number) && !value.GetRawText().Contains('.', StringComparison.Ordinal) => number,
        JsonValueKind.Number => value.GetDouble(),
        _ when value.GetString()!.StartsWith(BytesPrefix, StringComparison.Ordinal) => Convert.FromBase64String(value.GetString()![BytesPrefix.Length..]),
        _ => value.GetString()![TextPrefix.Length..],
    };

    private static string Real(double number)
    {
        if (!double.IsFinite(number)) throw new ArgumentException("Infinities and NaN can't be written to reference tables.");
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) || text.Contains('E', StringComparison.Ordinal) ? text : text + ".0";
    }

    private static JsonElement Text(string text) => Element("\"" + JsonEncodedText.Encode(text) + "\"");

    private static JsonElement Element(string json) => JsonDocument.Parse(json).RootElement.Clone();
}
